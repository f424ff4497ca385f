"""Central differences: derivatives of any function from its values on both sides of a point.

    df/dx_i  =  (f(x + h e_i) - f(x - h e_i)) / (2 h)   +   O(h^2)

Rounding adds an error of about 1e-16 |f| / h, so with h = 1e-5 both errors are below 1e-10 for well-scaled float64 functions.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from pellucid.shapes import Array, ShapeError

__all__ = ["Slopes", "numerical_gradient", "numerical_slope", "relative_error", "slopes_at"]

ROUNDING = float(np.finfo(np.float64).eps)


class Slopes(NamedTuple):
    """The slope of sum(f(x) * dout) along one entry of x."""

    left: float  # from x - h to x
    right: float  # from x to x + h
    central: float  # from x - h to x + h
    noise: float  # how much rounding alone may have changed `central`


def numerical_gradient(
    f: Callable[[Array], Array | float], x: Array, dout: Array | float | None = None, h: float = 1e-5
) -> Array:
    """Return d sum(f(x) * dout) / dx, shaped like x, by central differences.

    f returns a number or an array; dout is the upstream gradient, shaped like f(x) (all ones unless given). x must be float64:
    in float32 the rounding error, about 1e-7 |f| / h, is larger than the result. x is not changed. The step at an entry is
    h * max(1, |x_i|).
    """
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        kind = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise ShapeError(
            f"numerical_gradient: x must be a float64 array (float32 rounds too coarsely for differences); got {kind}"
        )
    if not h > 0:
        raise ShapeError(f"numerical_gradient: h must be positive; got {h}")
    centre = np.array(f(x.copy()), dtype=np.float64)
    upstream = np.ones_like(centre) if dout is None else np.asarray(dout, dtype=np.float64)
    if upstream.shape != centre.shape:
        raise ShapeError(f"numerical_gradient: dout must have the shape of f(x), {centre.shape}; got {upstream.shape}")
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        gradient[index] = slopes_at(f, x, index, centre, upstream, h).central
    return gradient


def numerical_slope(
    f: Callable[[Array], Array | float], x: Array, direction: Array, dout: Array | float | None = None, h: float = 1e-5
) -> float:
    """Return the slope of sum(f(x) * dout) along a direction shaped like x (the directional derivative)."""
    above, below = (np.asarray(f(x + step * direction), dtype=np.float64) for step in (h, -h))
    upstream = np.ones_like(above) if dout is None else np.asarray(dout)
    return float(((above - below) * upstream).sum() / (2 * h))


def slopes_at(
    f: Callable[[Array], Array | float],
    x: Array,
    index: tuple[int, ...],
    centre: Array,
    dout: Array,
    h: float,
    floor: Array | float = 0.0,
) -> Slopes:
    """Return the one-sided and central slopes of sum(f(x) * dout) along x[index].

    centre: f(x). floor: how far each output is rounded if by more than float64 rounds it, a number or shaped like f(x).
    """
    below, above = _moved(x, index, -h), _moved(x, index, h)
    # The steps after rounding, not as requested; measured before f can change its argument.
    step_left, step_right = float(x[index] - below[index]), float(above[index] - x[index])
    f_below, f_above = (np.array(f(moved), dtype=np.float64) for moved in (below, above))
    left, right, both = (
        float(((b - a) * dout).sum()) for a, b in ((f_below, centre), (centre, f_above), (f_below, f_above))
    )
    # Every output that changed was rounded. If none changed, a change may have been rounded away in any of them.
    moved = f_above != f_below
    size = np.maximum(np.abs(f_above), np.abs(f_below)) * np.abs(dout)
    affected = moved if moved.any() else np.ones_like(moved)
    rounded = np.maximum(32 * ROUNDING * size, np.abs(floor * dout))[affected]
    noise = float(np.sqrt((rounded**2).sum()))
    width = step_left + step_right
    left, right = left / step_left, right / step_right
    # What the function subtracts from x[index] is rounded like it: that costs digits of steps far below its size.
    noise += 8 * ROUNDING * abs(float(x[index])) * max(abs(left), abs(right))
    return Slopes(left, right, both / width, noise / width)


def relative_error(a: Array | float, b: Array | float) -> float:
    """Return max |a - b| / max(1e-8, |a| + |b|) over all entries: from 0 (equal) to 1 (unrelated).

    The measure used in CS231n. It is strict for entries near 0; `gradcheck` compares with the largest entry instead.
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape:
        raise ShapeError(f"relative_error: a and b must have the same shape; got {a.shape} and {b.shape}")
    if a.size == 0:
        return 0.0
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))


def _moved(x: Array, index: tuple[int, ...], h: float) -> Array:
    moved = x.copy()
    moved[index] += h * max(1.0, abs(float(x[index])))
    return moved


def entries_by_size(error: Array) -> Iterator[tuple[int, ...]]:
    """Yield the indices of an array, the largest entry first; NaN counts as largest."""
    order = np.argsort(np.where(np.isnan(error), np.inf, error), axis=None)[::-1]
    for flat in order:
        yield tuple(int(i) for i in np.unravel_index(flat, error.shape))
