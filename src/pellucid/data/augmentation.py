"""Data augmentation: random changes to training images.

Row r of the data set gets the same changes in epoch e whatever the batch size, the order or the other settings.
"""

import functools
from dataclasses import dataclass

import numpy as np

from pellucid.data.checks import DataError, is_whole
from pellucid.data.draws import Purpose, draws
from pellucid.data.transforms import REFERENCE_TRANSFORMS, ImageTransforms
from pellucid.shapes import Array

__all__ = ["Augmentation"]

_DECISIONS = 5  # an image: flip, crop row, crop column, cutout row, cutout column


@dataclass(frozen=True)
class Augmentation:
    """Random changes to a training image, in this order: horizontal flip, padded random crop, cutout."""

    flip: bool = False  # mirror left-right with probability 1/2
    crop_pad: int = 0  # pixels: shift by up to this many, filled with black
    cutout: int = 0  # pixels: side of a black square centred anywhere in the image

    def __post_init__(self) -> None:
        """Check the settings."""
        if not isinstance(self.flip, bool):
            raise DataError(f"Augmentation: flip must be true or false; got {self.flip!r}")
        for name in ("crop_pad", "cutout"):
            value = getattr(self, name)
            if not is_whole(value) or value < 0:
                raise DataError(f"Augmentation: {name} must be a whole number of pixels, 0 or more; got {value!r}")

    def __bool__(self) -> bool:
        """Whether any augmentation is enabled."""
        return self.flip or self.crop_pad > 0 or self.cutout > 0

    def check(self, sample_shape: tuple[int, ...]) -> None:
        """Raise DataError unless samples are images that are larger than the crop padding and the cutout square."""
        if self and len(sample_shape) != 3:
            raise DataError(
                f"Augmentation: samples must be images (C, H, W); got {sample_shape}; turn augmentation off"
            )
        for name in ("crop_pad", "cutout"):
            if (value := getattr(self, name)) and value >= min(sample_shape[1:]):
                height, width = sample_shape[1:]
                raise DataError(f"Augmentation: {name} must be smaller than the image, {height}x{width}; got {value}")

    def apply(
        self,
        images: Array,
        *,
        seed: int,
        epoch: int,
        rows: Array,
        transforms: ImageTransforms = REFERENCE_TRANSFORMS,
    ) -> Array:
        """Return augmented images; `rows` (N,) are their rows in the data set. With nothing enabled, return the same array.

        images: (N, C, H, W), uint8 or float. A cutout's centre is uniform over the image, so it may be clipped.
        """
        self.check(images.shape[1:])
        if not self:
            return images
        if rows.shape != (len(images),) or rows.dtype.kind not in "iu" or (rows.size and rows.min() < 0):
            raise DataError(
                f"Augmentation: rows must be ({len(images)},) whole numbers, 0 or more, one for each image; "
                f"got {rows.dtype} {rows.shape}"
            )
        uniform = _uniforms(seed, epoch, _room(rows))[rows]  # (N, 5)
        if self.flip:
            images = transforms.flip(images, uniform[:, 0] < 0.5)
        if self.crop_pad:
            offsets = (uniform[:, 1:3] * (2 * self.crop_pad + 1)).astype(np.int64)
            images = transforms.crop(images, offsets, self.crop_pad)
        if self.cutout:
            centres = (uniform[:, 3:5] * images.shape[2:]).astype(np.int64)
            images = transforms.cutout(images, centres - self.cutout // 2, self.cutout)
        return images


def _room(rows: Array) -> int:
    """Return a power of two above every row, so that few sizes are cached; a longer draw starts with the shorter one."""
    return int(1 << max(10, int(rows.max(initial=0)).bit_length()))


@functools.lru_cache(maxsize=4)
def _uniforms(seed: int, epoch: int, rows: int) -> Array:
    """Return numbers in [0, 1) for one epoch, (rows, 5), drawn once and shared by all batches."""
    bits = draws(Purpose.AUGMENTATION, rows * _DECISIONS, seed=seed, epoch=epoch)
    uniform: Array = ((bits >> np.uint64(11)) * 2.0**-53).reshape(rows, _DECISIONS)
    uniform.flags.writeable = False
    return uniform
