"""The adjoints of reading, which generated backward passes call: gradients go back to the entries that were read.

An entry that was read several times receives the sum of the gradients.
"""

from typing import Any

import numpy as np

from pellucid.shapes import Array

__all__ = ["add_windows", "first_winner", "put_back"]


def put_back(gradient: Array, shape: tuple[int, ...], index: Any) -> Array:
    """Return zeros of `shape` with the gradient added at `index`: the adjoint of value[index]."""
    out = np.zeros(shape, gradient.dtype)
    np.add.at(out, index, gradient)
    return out


def add_windows(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Return an image (N, C, H, W) in which each pixel holds the sum over the windows (N, C, H', W', HH, WW) that read it."""
    out = np.zeros(shape, gradient.dtype)
    height, width, window_height, window_width = gradient.shape[2:]
    for r in range(window_height):
        for s in range(window_width):
            out[:, :, r : r + height, s : s + width] += gradient[..., r, s]
    return out


def first_winner(value: Array, axis: int) -> Array:
    """Return 1 at the first maximum along `axis`, 0 elsewhere: where the gradient of a maximum goes."""
    places = np.arange(value.shape[axis]).reshape([-1 if a == axis % value.ndim else 1 for a in range(value.ndim)])
    return (places == np.expand_dims(value.argmax(axis=axis), axis)).astype(value.dtype)
