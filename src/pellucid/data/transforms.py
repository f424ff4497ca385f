"""Image transforms: pure functions that take random choices as arrays, and the table of them.

The random choices are drawn elsewhere (`Augmentation`), so that a faster table can be compared with this one entry by entry.
Images are (N, C, H, W), uint8 or float; results keep the dtype (except `standardize`) and the memory layout. Black is 0 in raw
pixel values: augment first, standardize last.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pellucid.data.checks import DataError, is_whole
from pellucid.shapes import FLOATS, Array

__all__ = ["REFERENCE_TRANSFORMS", "ImageTransforms", "crop", "cutout", "flip", "standardize"]


def standardize(images: Array, mean: Array, std: Array, dtype: npt.DTypeLike) -> Array:
    """Return (images - mean) / std as `dtype`, float32 or float64, computed in that dtype or in that of the images if it is wider.

    Shapes: images (N, C, H, W) with mean, std (C,); other samples (N, ...) with mean, std of the sample's shape.
    """
    check_standardize(images, mean, std, dtype)
    wider = images.dtype == np.float64  # a mean far from 0 must be subtracted before float32 cuts off digits
    out = images.astype(np.float64 if wider else dtype)  # keeps the memory layout
    out -= _spread(mean, out) if images.ndim == 4 else mean.astype(out.dtype, copy=False)
    out /= _spread(std, out) if images.ndim == 4 else std.astype(out.dtype, copy=False)
    return out.astype(dtype, copy=False)


def check_standardize(images: Array, mean: Array, std: Array, dtype: npt.DTypeLike) -> None:
    """Raise DataError if the arguments of `standardize` do not match."""
    if np.dtype(dtype) not in FLOATS:
        raise DataError(f"standardize: dtype must be float32 or float64; got {np.dtype(dtype)}")
    rule = "(C,)" if images.ndim == 4 else "of a sample"
    expected = images.shape[1:2] if images.ndim == 4 else images.shape[1:]
    for name, value in (("mean", mean), ("std", std)):
        if value.shape != expected:
            raise DataError(
                f"standardize: {name} must have shape {rule} = {expected} because images are {images.shape}; "
                f"got {value.shape}"
            )
    if not (std > 0).all():
        raise DataError("standardize: every std must be positive; use 1 for a constant feature")


def _spread(values: Array, images: Array) -> Array:
    """Return (C,) values in the layout of one image, so that NumPy loops over whole images instead of three channels."""
    spread = np.empty_like(images[:1])  # (1, C, H, W) in the images' memory layout
    spread[...] = values.reshape(-1, 1, 1)
    return spread


def flip(images: Array, which: Array) -> Array:
    """Mirror left-right the images where `which` ((N,) bool) is true."""
    check_flip(images, which)
    out = np.copy(images, order="K")
    out[which] = images[which, :, :, ::-1]
    return out


def crop(images: Array, offsets: Array, pad: int) -> Array:
    """Pad each side with `pad` black pixels, then crop H x W pixels whose top left is at (row, column) `offsets`.

    `offsets` is (N, 2), whole numbers in 0..2*pad; an offset of `pad` returns the image unchanged.
    """
    check_crop(images, offsets, pad)
    height, width = images.shape[2:]
    out = np.zeros_like(images)
    for n, (row, column) in enumerate((offsets.astype(np.int64) - pad).tolist()):  # shift of the window
        rows = slice(max(0, row), max(0, height + min(0, row)))
        columns = slice(max(0, column), max(0, width + min(0, column)))
        top, left = max(0, -row), max(0, -column)
        part = images[n, :, rows, columns]
        out[n, :, top : top + part.shape[1], left : left + part.shape[2]] = part
    return out


def cutout(images: Array, corners: Array, size: int) -> Array:
    """Set a square of `size` x `size` pixels to black; its top left is at (row, column) `corners`.

    `corners` is (N, 2), whole numbers, which may be negative; the square is clipped to the image.
    Source: DeVries & Taylor 2017, "Improved regularization of convolutional neural networks with cutout".
    """
    check_cutout(images, corners, size)
    inside = []
    for axis, length in enumerate(images.shape[2:]):
        distance = np.arange(length) - corners.astype(np.int64)[:, axis, None]  # (N, H), then (N, W)
        inside.append((distance >= 0) & (distance < size))
    square = inside[0][:, None, :, None] & inside[1][:, None, None, :]  # (N, 1, H, W)
    out = np.copy(images, order="K")
    np.copyto(out, 0, where=square)
    return out


@dataclass(frozen=True)
class ImageTransforms:
    """The table of image transforms; a faster table replaces entries of it."""

    name: str
    standardize: Callable[[Array, Array, Array, npt.DTypeLike], Array]  # (images, mean, std, dtype)
    flip: Callable[[Array, Array], Array]  # (images, which)
    crop: Callable[[Array, Array, int], Array]  # (images, offsets, pad)
    cutout: Callable[[Array, Array, int], Array]  # (images, corners, size)

    def __repr__(self) -> str:
        """Return the name alone."""
        return f"ImageTransforms({self.name!r})"


REFERENCE_TRANSFORMS = ImageTransforms("reference", standardize=standardize, flip=flip, crop=crop, cutout=cutout)
"""Every transform in plain NumPy."""


def check_flip(images: Array, which: Array) -> None:
    """Raise DataError if the arguments of `flip` do not match."""
    _check("flip", images, "which", which, "b", ())


def check_crop(images: Array, offsets: Array, pad: int) -> None:
    """Raise DataError if the arguments of `crop` do not match."""
    _check("crop", images, "offsets", offsets, "iu", (2,))
    if not is_whole(pad) or pad < 0:
        raise DataError(f"crop: pad must be a whole number, 0 or more; got {pad!r}")
    if offsets.size and (offsets.min() < 0 or offsets.max() > 2 * pad):
        raise DataError(f"crop: offsets must lie in 0..{2 * pad} for pad {pad}; they span {_span(offsets)}")


def check_cutout(images: Array, corners: Array, size: int) -> None:
    """Raise DataError if the arguments of `cutout` do not match."""
    _check("cutout", images, "corners", corners, "iu", (2,))
    if not is_whole(size) or size < 0:
        raise DataError(f"cutout: size must be a whole number, 0 or more; got {size!r}")


def _check(who: str, images: Array, name: str, decisions: Array, kinds: str, rest: tuple[int, ...]) -> None:
    if images.ndim != 4:
        raise DataError(f"{who}: images must have shape (N, C, H, W); got {images.shape}")
    expected = (len(images), *rest)
    if decisions.shape != expected or decisions.dtype.kind not in kinds:
        kind = "bool" if kinds == "b" else "whole numbers"
        raise DataError(
            f"{who}: {name} must be {kind} of shape {expected} for {len(images)} images; "
            f"got {decisions.dtype} {decisions.shape}"
        )


def _span(values: Array) -> str:
    return f"{values.min()}..{values.max()}"
