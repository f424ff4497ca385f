"""The whole derivative of a function: one number for each pair of an output's and an input's entry.

    J[i, j] = d out[i] / d x[j]          i over the axes of out, j over the axes of x

This is the general method: any function has a Jacobian, and contracting it with the upstream gradient, dx[j] =
sum_i dout[i] J[i, j],
is what every backward pass computes without ever building it. It has (size of out) x (size of x) entries: `jacobian_bytes`.

It is computed by complex steps: f(x + i h) = f(x) + i h f'(x) + O(h^2) has the derivative in its imaginary part, without a
difference and so without rounding; h = 1e-30 is exact in float64. A function that does not take complex numbers (or drops the
imaginary part) is differentiated by central differences instead. Source: Squire & Trapp 1998.
"""

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid.shapes import Array, ShapeError

__all__ = ["contract", "jacobian", "jacobian_bytes"]

STEP = 1e-30


def jacobian(f: Callable[..., Any], x: Array, *others: Any) -> Array:
    """Return d f(x, *others) / d x, of shape (shape of the output) + (shape of x). x must be float64 and is not changed.

    f returns an array or a number. Exact to rounding where f takes complex numbers, to about 1e-9 elsewhere.

    >>> jacobian(lambda x: x**2, np.array([1.0, 3.0])).tolist()
    [[2.0, 0.0], [0.0, 6.0]]
    """
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        kind = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise ShapeError(f"jacobian: x must be a float64 array; got {kind}")
    exact = _by_complex_steps(f, x, others)
    if exact is not None and _agrees(f, x, others, exact):
        return exact
    return _by_differences(f, x, others)


def contract(dout: Array, whole: Array) -> Array:
    """Return dx[j] = sum over i of dout[i] J[i, j]: what the backward pass of f returns for this upstream gradient."""
    upstream = np.asarray(dout)
    if whole.shape[: upstream.ndim] != upstream.shape:
        raise ShapeError(
            f"contract: dout must have the shape of the output, with which J begins; got {upstream.shape} and {whole.shape}"
        )
    return np.tensordot(upstream, whole, axes=upstream.ndim)


def jacobian_bytes(out_shape: Sequence[int], x_shape: Sequence[int], itemsize: int = 4) -> int:
    """Return how many bytes the whole Jacobian would take.

    >>> jacobian_bytes((64, 512), (64, 512))
    4294967296
    """
    return math.prod(out_shape) * math.prod(x_shape) * itemsize


def _by_complex_steps(f: Callable[..., Any], x: Array, others: tuple[Any, ...]) -> Array | None:
    columns = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a cast that drops the imaginary part only warns
            for index in np.ndindex(x.shape):
                moved = x.astype(np.complex128)
                moved[index] += 1j * STEP
                columns.append(np.imag(f(moved, *others)) / STEP)
    except Exception:
        return None  # f does not take complex numbers: use differences, whatever it raised
    return _assembled(columns, x)


def _by_differences(f: Callable[..., Any], x: Array, others: tuple[Any, ...]) -> Array:
    columns = []
    for index in np.ndindex(x.shape):
        h = 1e-5 * max(1.0, abs(float(x[index])))
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[index] += sign * h
            ends.append((moved[index], np.array(f(moved, *others), dtype=np.float64)))
        columns.append((ends[0][1] - ends[1][1]) / (ends[0][0] - ends[1][0]))
    return _assembled(columns, x)


def _agrees(f: Callable[..., Any], x: Array, others: tuple[Any, ...], whole: Array) -> bool:
    """Whether the Jacobian predicts how f changes along two random directions; after a dropped imaginary part it does not."""
    rng = np.random.default_rng(0)
    for _ in range(2):
        direction = rng.standard_normal(x.shape)
        h = 1e-6
        change = (np.asarray(f(x + h * direction, *others)) - np.asarray(f(x - h * direction, *others))) / (2 * h)
        predicted = np.tensordot(whole, direction, axes=x.ndim)
        if not np.allclose(change, predicted, rtol=1e-4, atol=1e-5 * max(1.0, float(np.abs(change).max(initial=0)))):
            return False
    return True


def _assembled(columns: list[Any], x: Array) -> Array:
    if not columns:
        raise ShapeError("jacobian: x must have at least one entry; got an empty array")
    stacked = np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=-1)
    return stacked.reshape(*stacked.shape[:-1], *x.shape)
