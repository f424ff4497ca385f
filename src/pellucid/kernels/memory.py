"""Memory order: kernels take dense arrays, images channels last. These views and, where they must be, copies make them so."""

from pellucid.shapes import Array

__all__ = ["as_images", "as_logical", "dense_like", "is_channels_last", "is_dense"]

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
    return images if is_dense(images) else images.copy(order="C")


def as_logical(images: Array) -> Array:
    """(N, H, W, C) -> (N, C, H, W), a view."""
    return images.transpose(LOGICAL_ORDER)


def dense_like(x: Array, channels_last: bool) -> Array:
    """Return x dense: as (N, H, W, C) where `channels_last`, else in C order; a view where it lies so already."""
    if channels_last:
        return as_images(x)
    return x if is_dense(x) else x.copy(order="C")
