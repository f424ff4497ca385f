"""`cs231n.im2col`: windows of images as columns of a matrix, and back, in the course's order.

A matrix has C * HH * WW rows (channel, then row and column in the window) and H' * W' * N columns (the window's row and column,
then the image). Pellucid does not need it; it is here for user layers built on it.
"""

import numpy as np

from pellucid.shapes import Array

__all__ = ["col2im_indices", "get_im2col_indices", "im2col_indices"]


def get_im2col_indices(
    x_shape: tuple[int, int, int, int], field_height: int, field_width: int, padding: int = 1, stride: int = 1
) -> tuple[Array, Array, Array]:
    """Return the channel (rows, 1), row and column (rows, H' * W') of each matrix entry in the padded image."""
    _, channels, height, width = x_shape
    down = (height + 2 * padding - field_height) // stride + 1
    across = (width + 2 * padding - field_width) // stride + 1
    channel, i, j = (index.reshape(-1, 1) for index in np.indices((channels, field_height, field_width)))
    top, left = (stride * index.reshape(1, -1) for index in np.indices((down, across)))
    return channel, i + top, j + left


def im2col_indices(x: Array, field_height: int, field_width: int, padding: int = 1, stride: int = 1) -> Array:
    """Return x (N, C, H, W) as a matrix (C * HH * WW, H' * W' * N)."""
    around = (padding, padding)
    places = get_im2col_indices(x.shape, field_height, field_width, padding, stride)
    windows = np.pad(x, ((0, 0), (0, 0), around, around))[:, *places]
    return windows.transpose(1, 2, 0).reshape(windows.shape[1], -1)


def col2im_indices(
    cols: Array,
    x_shape: tuple[int, int, int, int],
    field_height: int = 3,
    field_width: int = 3,
    padding: int = 1,
    stride: int = 1,
) -> Array:
    """Sum matrix entries at the pixels they came from (N, C, H, W): the transpose of `im2col_indices`."""
    n, channels, height, width = x_shape
    padded = np.zeros((n, channels, height + 2 * padding, width + 2 * padding), cols.dtype)
    places = get_im2col_indices(x_shape, field_height, field_width, padding, stride)
    np.add.at(padded, (slice(None), *places), cols.reshape(len(cols), -1, n).transpose(2, 0, 1))  # type: ignore[arg-type]
    return padded[:, :, padding : padding + height, padding : padding + width]
