"""`cs231n.gradient_check`: central differences that change x in place, because the course's functions read it by closure."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pellucid.shapes import Array

__all__ = [
    "eval_numerical_gradient",
    "eval_numerical_gradient_array",
    "eval_numerical_gradient_blobs",
    "eval_numerical_gradient_net",
    "grad_check_sparse",
]


def eval_numerical_gradient(f: Callable[[Array], float], x: Array, verbose: bool = True, h: float = 0.00001) -> Array:
    """Return df/dx, shaped like x, of a function that returns a number."""
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        below, above = _both_sides(lambda: f(x), x, index, h)
        gradient[index] = (above - below) / (2 * h)
        if verbose:
            print(index, gradient[index])
    return gradient


def eval_numerical_gradient_array(f: Callable[[Array], Array], x: Array, df: Any, h: float = 1e-5) -> Array:
    """Return d sum(f(x) * df) / dx, shaped like x, of a function that returns an array."""
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        below, above = _both_sides(lambda: np.array(f(x)), x, index, h)
        gradient[index] = np.sum((above - below) * df) / (2 * h)
    return gradient


def eval_numerical_gradient_blobs(
    f: Callable[..., Any], inputs: tuple[Any, ...], output: Any, h: float = 1e-5
) -> list[Array]:
    """Return the gradient of each input blob of f(*inputs, output).

    f writes output.vals; output.diffs is the upstream gradient.
    """

    def forward() -> Array:
        f(*inputs, output)
        return np.array(output.vals)

    gradients = []
    for blob in inputs:
        gradient = np.zeros_like(blob.diffs)
        for index in np.ndindex(blob.vals.shape):
            below, above = _both_sides(forward, blob.vals, index, h)
            gradient[index] = np.sum((above - below) * output.diffs) / (2 * h)
        gradients.append(gradient)
    return gradients


def eval_numerical_gradient_net(net: Any, inputs: tuple[Any, ...], output: Any, h: float = 1e-5) -> list[Array]:
    """Return the gradients of a net whose forward() computes its output blob from its input blobs."""
    return eval_numerical_gradient_blobs(lambda *args: net.forward(), inputs, output, h=h)


def grad_check_sparse(
    f: Callable[[Array], float], x: Array, analytic_grad: Array, num_checks: int = 10, h: float = 1e-5
) -> None:
    """Print numerical and analytic gradients and their relative error, at entries drawn with the module `random`."""
    for index in _drawn(x.shape, num_checks):
        below, above = _both_sides(lambda: f(x), x, index, h)
        numerical, analytic = (above - below) / (2 * h), analytic_grad[index]
        size = abs(numerical) + abs(analytic)
        error = abs(numerical - analytic) / size if size else 0.0
        print(f"numerical: {numerical:f} analytic: {analytic:f}, relative error: {error:e}")


def _drawn(shape: tuple[int, ...], count: int) -> Iterator[tuple[int, ...]]:
    for _ in range(count):
        yield tuple(random.randrange(size) for size in shape)


def _both_sides(value: Callable[[], Any], x: Array, index: tuple[int, ...], h: float) -> tuple[Any, Any]:
    """Return the values at x - h and x + h along one entry; x is restored, even if the function raises."""
    before = x[index]
    try:
        x[index] = before - h
        below = value()
        x[index] = before + h
        return below, value()
    finally:
        x[index] = before
