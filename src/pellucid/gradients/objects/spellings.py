"""The usual spellings of a layer's methods, and what was handed to gradcheck: two functions, two methods, an object, a class."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from pellucid.shapes import ShapeError

__all__ = ["BACKWARDS", "FORWARDS", "layer_given", "required_arguments"]

FORWARDS = ("forward", "forward_pass", "fprop", "call", "__call__")
BACKWARDS = ("backward", "backward_pass", "backprop", "backward_propagation", "bprop", "grad", "gradient")


def layer_given(forward: Any, backward: Any, inputs: Sequence[Any]) -> tuple[Any, str, str, tuple[Any, ...]] | None:
    """Return (object, name of its forward, name of its backward, inputs) where a layer was given; None for two functions.

    A layer is given as an object, as a class that needs no arguments, or by two methods of one object. Raises ShapeError for a
    class that cannot be made.
    """
    owner = getattr(forward, "__self__", None)
    if owner is not None and owner is getattr(backward, "__self__", False) and not inspect.ismodule(owner):
        return owner, forward.__name__, backward.__name__, tuple(inputs)
    names = methods_of(forward)
    if names is None:
        return None
    layer = _made(forward) if isinstance(forward, type) else forward
    given = inputs if backward is None else (backward, *inputs)
    return layer, *names, tuple(given)


def methods_of(layer: Any) -> tuple[str, str] | None:
    """Return the names of a layer's forward and backward, None for anything else, such as a function."""
    backward = next((name for name in BACKWARDS if callable(getattr(layer, name, None))), None)
    forward = next((name for name in FORWARDS if callable(getattr(layer, name, None))), None)
    return (forward, backward) if forward and backward else None


def required_arguments(function: Callable[..., Any]) -> int:
    """Return how many positional arguments a function cannot do without; 1 where that cannot be seen."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 1
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is p.empty for p in parameters)


def _made(layer: type) -> Any:
    try:
        needed = list(inspect.signature(layer).parameters.values())
    except (TypeError, ValueError):
        needed = []
    names = [p.name for p in needed if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if names:
        raise ShapeError(
            f"gradcheck: {layer.__name__} needs {', '.join(names)}: pass an object, gradcheck({layer.__name__}(...), x)"
        )
    return layer()
