"""Functions of users' own, such as losses and metrics: what they raise is answered with whose they are and how they are called."""

from collections.abc import Callable
from typing import Any

from pellucid.shapes import ShapeError

__all__ = ["called"]


def called(who: str, form: str, function: Callable[..., Any], *values: Any, **options: Any) -> Any:
    """Return what a function returns. Raises ShapeError, from the function's own error, naming `who` and its `form`.

    >>> called("metric share", "share(predictions, targets)", lambda predictions, targets: predictions / targets, 1, 0)
    Traceback (most recent call last):
    pellucid.shapes.ShapeError: metric share raised ZeroDivisionError: division by zero; it is called as share(predictions, targets)
    """
    try:
        return function(*values, **options)
    except (ShapeError, MemoryError):
        raise
    except Exception as error:
        said = " ".join(str(error).split())
        raised = f"{type(error).__name__}: {said}" if said else type(error).__name__
        raise ShapeError(f"{who} raised {raised}; it is called as {form}") from error
