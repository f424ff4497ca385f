"""Mean and standard deviation of the training images."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.lazy import LazyArray
from pellucid.shapes import Array

__all__ = ["Standardization"]

FEW = 4  # values that are shown
_MEASURED = 2_000  # of lazy samples
_VALUES_AT_ONCE = 2**20  # 8 MB as float64


class Standardization(NamedTuple):
    """The mean subtracted from each sample, and the standard deviation that it is then divided by."""

    mean: Array  # (C,) float64 for images (N, C, H, W); of the sample's shape for other data
    std: Array  # the same; 1 where the training samples never vary

    def __repr__(self) -> str:
        """Return few values in full, of many their number."""
        if self.mean.size > FEW:
            return f"Standardization of {self.mean.size:,} values"
        return f"Standardization(mean={np.round(self.mean, 4).tolist()}, std={np.round(self.std, 4).tolist()})"

    @classmethod
    def of(cls, images: Any) -> "Standardization":
        """Measure training images, in chunks and in float64; the variance divides by N.

        Of a LazyArray, at most 2,000 samples are measured, evenly spaced.

        Images (N, C, H, W) have one mean and std per channel, over N, H and W; other samples (N, ...) one per feature, over N.
        """
        if images.ndim < 2 or images.size == 0:
            raise DataError(
                f"Standardization: expected samples (N, ...) with N at least 1; got an array of shape {images.shape}"
            )
        if isinstance(images, LazyArray):
            images = images[np.linspace(0, len(images) - 1, min(len(images), _MEASURED)).astype(np.int64)]
        if images.dtype == np.uint8 and images.ndim == 4:
            mean, variance = _moments_of_pixels(images)
        else:
            mean, variance = _moments(images)
        std = np.sqrt(variance)
        # Rounding may make a constant feature differ slightly from its computed mean.
        return cls(mean, np.where(std <= 1e-14 * np.abs(mean), 1.0, std))


def _moments_of_pixels(images: Array) -> tuple[Array, Array]:
    """Mean and variance of each channel of uint8 images, from an exact count of each pixel value."""
    counts = np.zeros((images.shape[1], 256), dtype=np.int64)
    for chunk in _chunks(images):
        for channel, count in enumerate(counts):
            count += np.bincount(chunk[:, channel].ravel(order="K"), minlength=256)
    values, pixels = np.arange(256.0), counts[0].sum()
    mean = counts @ values / pixels
    centered = values - mean[:, None]  # (C, 256)
    return mean, (counts * centered**2).sum(axis=1) / pixels


def _moments(images: Array) -> tuple[Array, Array]:
    """Mean and variance in two passes: the variance is computed from centred values."""
    axes = (0, 2, 3) if images.ndim == 4 else (0,)
    count = images.size // (images.shape[1] if images.ndim == 4 else images[0].size)
    total: Array = np.zeros(images.shape[1:2] if images.ndim == 4 else images.shape[1:])
    for chunk in _chunks(images):
        total += chunk.sum(axis=axes, dtype=np.float64)
    mean, squares = total / count, np.zeros_like(total)
    center = mean.reshape(-1, 1, 1) if images.ndim == 4 else mean
    for chunk in _chunks(images):
        squares += ((chunk - center) ** 2).sum(axis=axes)
    return mean, squares / count


def _chunks(images: Array) -> Iterator[Array]:
    rows = max(1, _VALUES_AT_ONCE // (images.size // len(images)))
    for start in range(0, len(images), rows):
        yield images[start : start + rows]
