"""The complex step: derivatives accurate to the last digit, without a subtraction.

    df/dx_i  =  Im f(x + i h e_i) / h   +   O(h^2)

Nothing cancels, so h may be 1e-30 and only rounding error remains. The function must compute the same formula for complex
numbers: sums, products, exp, log, sqrt and maximum do. It fails where the imaginary part is dropped (float buffers, abs, real
and imag, conjugates), which is detected and reported. Source: Squire & Trapp, SIAM Review 40 (1998).
"""

from collections.abc import Callable

import numpy as np

from pellucid.gradients.numerical import numerical_slope
from pellucid.shapes import Array, ShapeError

__all__ = ["DifferentiationError", "complex_step_gradient"]

STEP = 1e-30
AGREEMENT = 1e-4  # with central differences along one direction, relative


class DifferentiationError(ArithmeticError):
    """A function cannot be differentiated by the requested method."""


def complex_step_gradient(f: Callable[[Array], Array | float], x: Array, dout: Array | float | None = None) -> Array:
    """Return d sum(f(x) * dout) / dx, shaped like x (float64), exact up to rounding.

    f returns a number or an array; dout is the upstream gradient, shaped like f(x) (all ones unless given). x is not changed.
    Raises DifferentiationError if f does not accept complex numbers, drops their imaginary part, or disagrees with central
    differences along a random direction.
    """
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        kind = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise ShapeError(f"complex_step_gradient: x must be a float64 array; got {kind}")
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        direction = np.zeros_like(x)
        direction[index] = 1.0
        gradient[index] = _slope(f, x, direction, dout)
    direction = np.random.default_rng(x.size).normal(size=x.shape)
    complex_slope, central = float((gradient * direction).sum()), numerical_slope(f, x, direction, dout)
    scale = abs(central) + float(np.sqrt(((gradient * direction) ** 2).sum())) + 1e-8
    rounding = 1e-10 * float(np.abs(f(x.copy())).sum())  # of the differences: 1e-16 |f| / h, with a margin
    if not abs(complex_slope - central) <= AGREEMENT * scale + rounding:
        raise DifferentiationError(
            f"complex_step_gradient: along a random direction the complex step gives {complex_slope:.6g}, central differences "
            f"{central:.6g}; f treats complex numbers differently from real ones (abs, conjugates, comparisons)"
        )
    return gradient


def _slope(f: Callable[[Array], Array | float], x: Array, direction: Array, dout: Array | float | None) -> float:
    try:
        result = np.asarray(f(x + 1j * STEP * direction))
    except TypeError as error:
        raise DifferentiationError(f"complex_step_gradient: f does not accept complex numbers: {error}") from error
    if not np.iscomplexobj(result):
        raise DifferentiationError(
            "complex_step_gradient: f(x) is real for complex x: f drops the imaginary part (a float buffer, abs)"
        )
    upstream = np.ones(result.shape) if dout is None else np.asarray(dout)
    if upstream.shape != result.shape:
        raise ShapeError(
            f"complex_step_gradient: dout must have the shape of f(x), {result.shape}; got {upstream.shape}"
        )
    return float((result.imag * upstream).sum() / STEP)
