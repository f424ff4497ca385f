"""Memory order: kernels take dense arrays, images channels last. These functions return views where possible, copies elsewhere."""

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.threads import default_threads
from pellucid.shapes import Array

__all__ = ["as_images", "as_logical", "dense_like", "fill_images", "is_channels_last", "is_dense"]

KERNEL_TYPES = (np.float32, np.float64)
IMAGE_ORDER, LOGICAL_ORDER = (0, 2, 3, 1), (0, 3, 1, 2)


def is_dense(x: Array) -> bool:
    """Whether x lies in C order without gaps, each number on an address that is a multiple of its size."""
    return x.flags.c_contiguous and x.flags.aligned


def is_channels_last(x: Array) -> bool:
    """Whether a logical (N, C, H, W) lies as [N][H][W][C]."""
    return x.ndim == 4 and x.transpose(IMAGE_ORDER).flags.c_contiguous


def as_images(x: Array) -> Array:
    """(N, C, H, W) -> contiguous (N, H, W, C): a view where it lies so already, else a copy."""
    images = x.transpose(IMAGE_ORDER)
    if is_dense(images):
        return images
    copy = np.empty(images.shape, x.dtype)
    fill_images(copy, x)
    return copy


def fill_images(images: Array, x: Array) -> None:
    """Copy x (N, C, H, W) into contiguous images (N, H, W, C)."""
    if not (is_dense(x) and x.dtype == images.dtype and x.dtype in KERNEL_TYPES):
        np.copyto(images, x.transpose(IMAGE_ORDER))
        return
    n, c, h, w = x.shape
    native().to_channels_last(x.reshape(n, c, h * w), images.reshape(n, h * w, c), default_threads())


def as_logical(images: Array) -> Array:
    """(N, H, W, C) -> (N, C, H, W), a view; other arrays as they are."""
    return images.transpose(LOGICAL_ORDER) if images.ndim == 4 else images


def dense_like(x: Array, channels_last: bool) -> Array:
    """Return x dense: as (N, H, W, C) where `channels_last`, else in C order; a view where it lies so already."""
    if channels_last:
        return as_images(x)
    return x if is_dense(x) else x.copy(order="C")
