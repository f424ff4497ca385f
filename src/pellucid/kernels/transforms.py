"""Image transforms by native kernels. See `data/transforms.py` for what they do; the decisions are drawn there.

Images lie channels last or in C order (others are copied into C order), and results lie in the same order. Mirroring, cropping and
cutting move bytes, so they take any dtype; standardization takes bytes or numbers of its output's dtype.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.data import REFERENCE_TRANSFORMS
from pellucid.data.transforms import check_crop, check_cutout, check_flip, check_standardize
from pellucid.kernels.binding import native
from pellucid.kernels.memory import as_logical, dense_like, is_channels_last
from pellucid.kernels.threads import default_threads
from pellucid.shapes import Array

__all__ = ["crop", "cutout", "flip", "standardize"]


def standardize(images: Array, mean: Array, std: Array, dtype: npt.DTypeLike) -> Array:
    """Return (images - mean) / std as `dtype`, float32 or float64; the reference computes wider images."""
    if images.size == 0 or images.dtype not in (np.uint8, dtype):
        return REFERENCE_TRANSFORMS.standardize(images, mean, std, dtype)
    check_standardize(images, mean, std, dtype)
    last = is_channels_last(images)
    dense = dense_like(images, last)
    n, pixels = len(images), int(np.prod(images.shape[2:], dtype=np.int64))
    if images.ndim != 4:
        planes, shape = 1, (n, 1, 1, images[0].size)
    elif last:
        planes, shape = 1, (n, 1, pixels, images.shape[1])
    else:
        planes, shape = images.shape[1], (n, images.shape[1], pixels, 1)
    out = np.empty(dense.shape, dtype)
    scales = (np.ascontiguousarray(values, dtype).reshape(planes, -1) for values in (mean, std))
    native().standardize(dense.reshape(shape), *scales, out.reshape(shape), default_threads())
    return as_logical(out) if last else out


def flip(images: Array, which: Array) -> Array:
    """Mirror left-right the images that `which` ((N,) bool) marks."""
    check_flip(images, which)
    marks = np.ascontiguousarray(which).view(np.uint8)
    return _moved(images, lambda x, out: native().flip_images(x, marks, out, default_threads()))


def crop(images: Array, offsets: Array, pad: int) -> Array:
    """Pad each side with `pad` black pixels, then cut H x W out again from (row, column) `offsets` on."""
    check_crop(images, offsets, pad)
    shifts = offsets.astype(np.int64) - pad
    return _moved(images, lambda x, out: native().shift_images(x, shifts, out, default_threads()))


def cutout(images: Array, corners: Array, size: int) -> Array:
    """Blacken a square of `size` x `size` pixels with its upper left at (row, column) `corners`."""
    check_cutout(images, corners, size)
    places = np.ascontiguousarray(corners, np.int64)
    side = min(size, 2**31)  # larger than any image; what lies outside is clipped
    return _moved(images, lambda x, out: native().cut_images(x, places, side, out, default_threads()))


def _moved(images: Array, move: Callable[[Array, Array], Any]) -> Array:
    """Run a kernel that moves the bytes of images (n, planes, h, w, bytes of a pixel) into an array of their own."""
    last = is_channels_last(images)
    dense = dense_like(images, last)
    out = np.empty_like(dense)
    if images.size:
        n, c, h, w = images.shape
        shape = (n, 1, h, w, c * images.itemsize) if last else (n, c, h, w, images.itemsize)
        move(*(array.reshape(-1).view(np.uint8).reshape(shape) for array in (dense, out)))
    return as_logical(out) if last else out
