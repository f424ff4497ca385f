"""Array types, and the checks that every function makes on its arguments.

An error names the function, the rule, where the rule comes from, and what arrived:

    batchnorm_forward: gamma must have shape (D,) = (4,) because x is (8, 4); got (3,)
"""

import difflib
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "FLOATS",
    "Array",
    "ShapeError",
    "check_dtypes",
    "check_labels",
    "check_number",
    "check_pair",
    "check_shapes",
    "check_whole",
    "did_you_mean",
    "meant",
    "nearest",
]

Array = npt.NDArray[Any]
FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


class ShapeError(ValueError):
    """An array or a number has the wrong shape, dtype or range."""


def check_shapes(who: str, **arrays: tuple[Array, str]) -> dict[str, int]:
    """Check each array against its pattern and return the size of each named axis.

    A pattern is a list of axis names, `"N C H W"`. A name means the same size wherever it appears, a number means itself,
    and a final `...` means any further axes. All arrays must be float32, or all float64.

    >>> check_shapes("affine_forward", x=(np.zeros((2, 3)), "N D"), w=(np.zeros((3, 5)), "D M"))
    {'N': 2, 'D': 3, 'M': 5}
    """
    sizes: dict[str, int] = {}
    origin: dict[str, str] = {}
    check_dtypes(who, **{name: array for name, (array, _) in arrays.items()})
    for name, (array, pattern) in arrays.items():
        axes = pattern.split()
        rest = axes[-1:] == ["..."]
        if rest:
            axes = axes[:-1]
        if array.ndim < len(axes) or (array.ndim > len(axes) and not rest):
            raise ShapeError(f"{who}: {name} must have shape {_pattern(pattern)}; got {array.shape}")
        for axis, size in zip(axes, array.shape, strict=False):
            expected = sizes.setdefault(axis, size) if not axis.isdigit() else int(axis)
            if expected != size:
                wanted = "(" + ", ".join(str(sizes.get(a, a)) for a in axes) + ("," if len(axes) == 1 else "") + ")"
                because = f" because {origin[axis]}" if axis in origin else ""
                equals = "" if _pattern(pattern) == wanted else f" = {wanted}"
                raise ShapeError(
                    f"{who}: {name} must have shape {_pattern(pattern)}{equals}{because}; got {array.shape}"
                )
            if not axis.isdigit():
                origin.setdefault(axis, f"{name} is {array.shape}")
    return sizes


def check_dtypes(who: str, **arrays: Array) -> None:
    """Raise ShapeError unless all are NumPy arrays, either all float32 or all float64."""
    first, dtype = "", None
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray):
            raise ShapeError(f"{who}: {name} must be a NumPy array; got {type(array).__name__}")
        if array.dtype not in FLOATS:
            raise ShapeError(f"{who}: {name} must be float32 or float64; got {array.dtype}")
        if dtype is None:
            first, dtype = name, array.dtype
        elif array.dtype != dtype:
            raise ShapeError(f"{who}: {name} must be {dtype} like {first}; got {array.dtype}")


def check_labels(who: str, labels: Array, rows: int, classes: int) -> None:
    """Raise ShapeError unless labels are `rows` whole numbers from 0 to `classes - 1`."""
    if not isinstance(labels, np.ndarray) or labels.dtype.kind not in "iu":
        kind = labels.dtype if isinstance(labels, np.ndarray) else type(labels).__name__
        raise ShapeError(f"{who}: labels must be an array of whole numbers; got {kind}")
    if labels.shape != (rows,):
        raise ShapeError(f"{who}: labels must have shape (N,) = ({rows},), one for each row; got {labels.shape}")
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if wrong.size:
        row = int(wrong[0])
        raise ShapeError(
            f"{who}: labels must lie in 0..{classes - 1} for {classes} classes; row {row} is {labels[row]}"
        )


def check_whole(who: str, name: str, value: Any, *, minimum: int = 1, maximum: int | None = None) -> int:
    """Return the value as an int; raise ShapeError unless it is a whole number within its bounds."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < minimum:
        raise ShapeError(f"{who}: {name} must be a whole number of at least {minimum}; got {value!r}")
    if maximum is not None and value > maximum:
        raise ShapeError(f"{who}: {name} must be at most {maximum:,}; got {value:,}")
    return int(value)


def check_number(
    who: str,
    name: str,
    value: Any,
    *,
    above: float = -np.inf,
    minimum: float = -np.inf,
    below: float = np.inf,
    maximum: float = np.inf,
) -> float:
    """Return the value as a float; raise ShapeError unless it is a finite number within its bounds."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ShapeError(f"{who}: {name} must be a number; got {value!r}")
    if above < value < below and minimum <= value <= maximum:
        return float(value)
    raise ShapeError(f"{who}: {name} must {_bounds(above, minimum, below, maximum)}; got {value!r}")


def check_pair(who: str, name: str, value: int | tuple[int, int], *, minimum: int) -> tuple[int, int]:
    """Return (height, width) from a pair, or from one whole number for both."""
    both = value if isinstance(value, tuple) else (value, value)
    if len(both) != 2 or not all(isinstance(n, (int, np.integer)) and not isinstance(n, bool) for n in both):
        raise ShapeError(f"{who}: {name} must be a whole number or a pair of them; got {value!r}")
    if min(both) < minimum:
        raise ShapeError(f"{who}: {name} must be at least {minimum}; got {value!r}")
    return int(both[0]), int(both[1])


def _pattern(pattern: str) -> str:
    axes = pattern.split()
    return "(" + ", ".join(axes) + ("," if len(axes) == 1 else "") + ")"


def _bounds(above: float, minimum: float, below: float, maximum: float) -> str:
    """Describe the allowed range."""
    low, high = max(above, minimum), min(below, maximum)
    if low > -np.inf and high < np.inf:
        return f"lie in {'(' if above > -np.inf else '['}{low:g}, {high:g}{')' if below < np.inf else ']'}"
    if high < np.inf:
        return f"be a finite number of at most {high:g}"
    if low == 0:
        return "be positive and finite" if above == 0 else "be finite and not negative"
    return "be a finite number" + (f" {'above' if above == low else 'of at least'} {low:g}" if low > -np.inf else "")


def meant(name: str, names: Iterable[str]) -> str | None:
    """Return the one of `names` that is spelled like `name` apart from capitals, hyphens, underscores and spaces; or None.

    >>> meant("vgg6bn", ["vgg6-bn", "resnet9"]), meant("Adam", ["adam", "adamw"]), meant("vgg", ["vgg6-bn"])
    ('vgg6-bn', 'adam', None)
    """
    found = [known for known in names if known == name] or [known for known in names if _bare(known) == _bare(name)]
    return found[0] if len(set(found)) == 1 else None


def did_you_mean(name: Any, names: Iterable[str]) -> str:
    """Return "; did you mean 'adam'?" for the nearest of `names`, or nothing where none is near.

    >>> did_you_mean("adm", ["adam", "sgd"]), did_you_mean("lion", ["adam", "sgd"])
    ("; did you mean 'adam'?", '')
    """
    close = nearest(name, names)
    return "" if close is None else f"; did you mean {close!r}?"


def nearest(name: Any, names: Iterable[str]) -> str | None:
    """Return the one of `names` that is spelled most like `name`, or None where none is near.

    >>> nearest("colour-jitter", ["colour", "erase"]), nearest("lion", ["adam", "sgd"])
    ('colour', None)
    """
    if not isinstance(name, str):
        return None
    by_letters = {_bare(known): known for known in names}
    begun = [known for known in by_letters if len(known) > 3 and _bare(name).startswith(known)]
    close = begun or difflib.get_close_matches(_bare(name), by_letters, n=1, cutoff=0.65)
    return by_letters[close[0]] if close else None


def _bare(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
