"""`cs231n.im2col_cython`: the functions that the course compiles with Cython, in NumPy."""

import numpy as np

from pellucid.interop.cs231n.im2col import col2im_indices, im2col_indices
from pellucid.shapes import Array

__all__ = ["col2im_6d_cython", "col2im_cython", "im2col_cython"]


def im2col_cython(x: Array, field_height: int, field_width: int, padding: int, stride: int) -> Array:
    """Return x (N, C, H, W) as a matrix (C * HH * WW, H' * W' * N)."""
    return im2col_indices(x, field_height, field_width, padding, stride)


def col2im_cython(
    cols: Array, N: int, C: int, H: int, W: int, field_height: int, field_width: int, padding: int, stride: int
) -> Array:
    """Sum matrix entries into images (N, C, H, W)."""
    return col2im_indices(cols, (N, C, H, W), field_height, field_width, padding, stride)


def col2im_6d_cython(cols: Array, N: int, C: int, H: int, W: int, HH: int, WW: int, pad: int, stride: int) -> Array:
    """The same from an array (C, HH, WW, N, H', W')."""
    matrix = np.moveaxis(cols, 3, -1).reshape(C * HH * WW, -1)
    return col2im_indices(matrix, (N, C, H, W), HH, WW, pad, stride)
