"""Data augmentation: random changes to training images.

Row r of the data set gets the same changes in epoch e whatever the batch size, the order or the other settings.
"""

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.data.checks import DataError, is_whole
from pellucid.data.distortions import adjust_colour, erase, mix_boxes, mix_samples, rotate_and_scale
from pellucid.data.draws import Purpose, draws
from pellucid.data.transforms import REFERENCE_TRANSFORMS, ImageTransforms
from pellucid.shapes import Array

__all__ = ["Augmentation"]

_DECISIONS = 5  # an image: flip, crop row, crop column, cutout row, cutout column
_DISTORTIONS = (
    10  # an image: angle, scale, brightness, contrast, saturation; whether to erase, area, shape, row, column
)
_MIXTURES = (
    5 + 2 * 8
)  # a row: order, mixup or cutmix, row and column of the box, whose label, eight tries of two for the share
_AREAS, _SHAPES = (0.02, 0.33), (0.3, 1 / 0.3)  # of erased boxes: share of the image, height / width


@dataclass(frozen=True)
class Augmentation:
    """Random changes to a training image, in this order: rotation and scaling, horizontal flip, padded random crop, colour,
    cutout, erasing. Mixup and cutmix then mix pairs of samples of a batch."""

    flip: bool = False  # mirror left-right with probability 1/2
    crop_pad: int = 0  # pixels: shift by up to this many, filled with black
    cutout: int = 0  # pixels: side of a black square centred anywhere in the image
    rotate: float = 0.0  # degrees: rotate by up to this many, either way
    scale: float = 0.0  # enlarge or shrink by a factor of up to 1 + this
    colour: float = 0.0  # change brightness, contrast and saturation by factors between 1 - this and 1 + this
    erase: float = 0.0  # probability of a black box of 2 % to 33 % of the image
    mixup: float = 0.0  # mix a sample with another; the share is drawn from Beta(mixup, mixup)
    cutmix: float = 0.0  # take a box from another sample; its share of the image is drawn from Beta(cutmix, cutmix)

    def __post_init__(self) -> None:
        """Check the settings."""
        if not isinstance(self.flip, bool):
            raise DataError(f"Augmentation: flip must be true or false; got {self.flip!r}")
        for name in ("crop_pad", "cutout"):
            value = getattr(self, name)
            if not is_whole(value) or value < 0:
                raise DataError(f"Augmentation: {name} must be a whole number of pixels, 0 or more; got {value!r}")
        for name, most in (("rotate", 180), ("scale", 10), ("colour", 1), ("erase", 1), ("mixup", 1), ("cutmix", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
                raise DataError(f"Augmentation: {name} must be a number from 0 to {most}; got {value!r}")

    def __bool__(self) -> bool:
        """Whether images are changed one by one; mixing is not counted."""
        return self.flip or self.crop_pad > 0 or self.cutout > 0 or self.distorts

    @property
    def distorts(self) -> bool:
        """Whether images are rotated, scaled, coloured or erased: in NumPy, so that threads should do it ahead of the step."""
        return max(self.rotate, self.scale, self.colour, self.erase) > 0

    @property
    def mixes(self) -> bool:
        """Whether samples of a batch are mixed."""
        return self.mixup > 0 or self.cutmix > 0

    def check(self, sample_shape: tuple[int, ...]) -> None:
        """Raise DataError unless samples are images that are larger than the crop padding and the cutout square."""
        if (self or self.cutmix) and len(sample_shape) != 3:
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
        _check_rows(rows, len(images))
        uniform = _uniforms(Purpose.AUGMENTATION, _DECISIONS, seed, epoch, rows)  # (N, 5)
        distort = _uniforms(Purpose.DISTORTION, _DISTORTIONS, seed, epoch, rows) if self.distorts else uniform
        if self.rotate or self.scale:
            angles, factor = (2 * distort[:, 0] - 1) * self.rotate, 1 + self.scale
            images = rotate_and_scale(images, angles, factor ** (2 * distort[:, 1] - 1))
        if self.flip:
            images = transforms.flip(images, uniform[:, 0] < 0.5)
        if self.crop_pad:
            offsets = (uniform[:, 1:3] * (2 * self.crop_pad + 1)).astype(np.int64)
            images = transforms.crop(images, offsets, self.crop_pad)
        if self.colour:
            images = adjust_colour(images, *(1 + self.colour * (2 * distort[:, 2:5] - 1)).T)
        if self.cutout:
            centres = (uniform[:, 3:5] * images.shape[2:]).astype(np.int64)
            images = transforms.cutout(images, centres - self.cutout // 2, self.cutout)
        if self.erase:
            images = erase(images, _erased(distort[:, 5:], self.erase, images.shape[2:]))
        return images

    def mix(
        self,
        x: Array,
        y: Array,
        weights: Array | None,
        *,
        seed: int,
        epoch: int,
        rows: Array,
        numbers: bool,
        classes: int = 0,
    ) -> tuple[Array, Array, Array | None]:
        """Return network inputs, targets and weights of a batch, each sample mixed with another one of the batch.

        Targets that are `numbers` are mixed like the inputs. Labels (N,) of so many `classes`, or indicators (N, C), become soft
        targets (N, C): with the sample's share a, its weight w and those of its partner, 1 - a and w', the row's loss is

            a w l(y) + (1 - a) w' l(y') = v l(q)        v = a w + (1 - a) w'        q = (a w y + (1 - a) w' y') / v

        since the loss l is linear in one-hot targets y; v is the row's weight. With classes=0, for a loss that takes no soft
        targets, the partner's label is taken with the probability of its share, which on average gives the same gradient.
        The partner depends on the batch. Source: Zhang et al. 2018, equation 2; Yun et al. 2019, equation 1.
        """
        self.check(x.shape[1:])
        if not self.mixes or len(x) < 2:
            return x, y, weights
        _check_rows(rows, len(x))
        drawn = _uniforms(Purpose.MIXING, _MIXTURES, seed, epoch, rows)
        order = np.argsort(drawn[:, 0], kind="stable")
        partner = np.empty_like(order)
        partner[order] = np.roll(order, 1)
        boxed = np.full(len(x), self.cutmix > 0) if not self.mixup or not self.cutmix else drawn[:, 1] < 0.5
        share = np.where(boxed, _beta(drawn[:, 5:], self.cutmix or 1), _beta(drawn[:, 5:], self.mixup or 1))
        mixed = mix_samples(x, partner, np.where(boxed, 1.0, share))
        if boxed.any():
            boxes = _boxes(np.where(boxed, np.sqrt(1 - share), 0), np.ones(len(x)), drawn[:, 2:4], x.shape[2:])
            taken = mix_boxes(x, partner, boxes)
            mixed[boxed] = taken[boxed]
            share = np.where(boxed, 1 - boxes[:, 2] * boxes[:, 3] / (x.shape[2] * x.shape[3]), share)
        if numbers:
            return mixed, mix_samples(y, partner, share), weights
        if classes:
            return mixed, *_soft(y, weights, partner, share, classes, x.dtype)
        kept = drawn[:, 4] < share
        chosen = np.where(kept, np.arange(len(x)), partner)
        return mixed, y[chosen], None if weights is None else weights[chosen]


def _soft(
    y: Array, weights: Array | None, partner: Array, share: Array, classes: int, dtype: Any
) -> tuple[Array, Array | None]:
    """Return soft targets (N, C) and weights of rows that are mixed with their partner's."""
    each = np.ones(len(y)) if weights is None else weights
    own, others = share * each, (1 - share) * each[partner]
    total = own + others
    of_own = np.divide(own, total, out=np.ones_like(total), where=total > 0)[:, None]  # 1 where neither row counts
    vectors = y if y.ndim == 2 else np.eye(classes)[y]
    soft = of_own * vectors + (1 - of_own) * vectors[partner]
    return soft.astype(dtype), None if weights is None else total


def _check_rows(rows: Array, count: int) -> None:
    if rows.shape != (count,) or rows.dtype.kind not in "iu" or (rows.size and rows.min() < 0):
        raise DataError(
            f"Augmentation: rows must be ({count},) whole numbers, 0 or more, one for each image; "
            f"got {rows.dtype} {rows.shape}"
        )


def _erased(uniform: Array, probability: float, size: tuple[int, ...]) -> Array:
    """Return the box of each image to erase, (N, 4), from five numbers in [0, 1); those of images that stay have no height."""
    area = _AREAS[0] + uniform[:, 1] * (_AREAS[1] - _AREAS[0])
    shape = _SHAPES[0] * (_SHAPES[1] / _SHAPES[0]) ** uniform[:, 2]
    return _boxes(np.where(uniform[:, 0] < probability, np.sqrt(area), 0), np.sqrt(shape), uniform[:, 3:5], size)


def _boxes(side: Array, stretch: Array, centre: Array, size: tuple[int, ...]) -> Array:
    """Return boxes (N, 4): top, left, height, width, clipped to the image; side is the share of an image's side, (N,)."""
    edges = []
    for axis, (length, factor) in enumerate(zip(size, (stretch, 1 / stretch), strict=True)):
        whole = np.minimum(np.rint(side * factor * length), length)
        first = np.floor(centre[:, axis] * length) - np.floor(whole / 2)
        start, stop = np.clip(first, 0, length), np.clip(first + whole, 0, length)
        edges.append((start, stop - start))
    (top, height), (left, width) = edges
    return np.stack([top, left, height, width], axis=1).astype(np.int64)


def _beta(uniform: Array, alpha: float) -> Array:
    """Return numbers drawn from Beta(alpha, alpha), alpha at most 1, from eight tries of two uniform numbers each (Jöhnk 1964)."""
    first, second = (uniform[:, part::2] ** (1 / alpha) for part in (0, 1))  # (N, 8)
    total = first + second
    good = (total <= 1) & (total > 0)
    chosen = np.where(good.any(axis=1), good.argmax(axis=1), 0)[:, None]
    return np.take_along_axis(first / np.where(total > 0, total, 1), chosen, axis=1)[:, 0]


def _uniforms(purpose: Purpose, count: int, seed: int, epoch: int, rows: Array) -> Array:
    """Return `count` numbers in [0, 1) for each row, (N, count), the same for a row whatever the others are."""
    # A power of two above every row, so that few sizes are cached; a longer draw starts with the shorter one.
    room = int(1 << max(10, int(rows.max(initial=0)).bit_length()))
    return _all_uniforms(purpose, count, seed, epoch, room)[rows]


@functools.lru_cache(maxsize=8)
def _all_uniforms(purpose: Purpose, count: int, seed: int, epoch: int, rows: int) -> Array:
    """Return numbers in [0, 1) for one epoch, (rows, count), drawn once and shared by all batches."""
    bits = draws(purpose, rows * count, seed=seed, epoch=epoch)
    uniform: Array = ((bits >> np.uint64(11)) * 2.0**-53).reshape(rows, count)
    uniform.flags.writeable = False
    return uniform
