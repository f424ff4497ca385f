"""Further image transforms: rotation and scaling, colour, erased boxes, mixtures of samples.

Pure functions that take random choices as arrays, like those in `transforms.py`; `Augmentation` draws the choices. Images are
(N, C, H, W), uint8 or float; results keep dtype and memory layout. Black is 0.
"""

import numpy as np

from pellucid.data.checks import DataError
from pellucid.shapes import Array

__all__ = ["adjust_colour", "erase", "mix_boxes", "mix_samples", "rotate_and_scale"]

_GREY = np.array([0.299, 0.587, 0.114])  # how bright red, green and blue look (ITU-R BT.601)


def rotate_and_scale(images: Array, angles: Array, scales: Array) -> Array:
    """Rotate each image about its centre by `angles` ((N,) degrees, counterclockwise) and enlarge it by `scales` ((N,) above 0).

    Pixels are interpolated (bilinear); what comes from outside the image is black.
    """
    _check("rotate_and_scale", images, angles=angles, scales=scales)
    if not (scales > 0).all():
        raise DataError(f"rotate_and_scale: scales must be above 0; got {scales.min()}")
    n, _, height, width = images.shape
    down, right = np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    radians = np.deg2rad(angles)
    cosine, sine = (f(radians)[:, None, None] / scales[:, None, None] for f in (np.cos, np.sin))
    # Where each pixel of the result comes from: the inverse rotation, since rows count downwards.
    rows = cosine * down[:, None] + sine * right[None, :] + (height - 1) / 2  # (N, H, W)
    columns = -sine * down[:, None] + cosine * right[None, :] + (width - 1) / 2
    top, left = np.floor(rows).astype(np.int64), np.floor(columns).astype(np.int64)
    image = np.arange(n)[:, None, None]
    total = np.zeros((n, height, width, images.shape[1]))
    for dy, dx in ((0, 0), (0, 1), (1, 0), (1, 1)):
        y, x = top + dy, left + dx
        weight = (1 - np.abs(rows - y)) * (1 - np.abs(columns - x))
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        pixels = images[image, :, np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]  # (N, H, W, C)
        total += (weight * inside)[..., None] * pixels
    return _like(images, total.transpose(0, 3, 1, 2))


def adjust_colour(images: Array, brightness: Array, contrast: Array, saturation: Array) -> Array:
    """Multiply brightness, contrast (about the image's mean) and, of RGB images, saturation by these factors, each (N,).

    A factor of 1 changes nothing. uint8 images are clipped to 0..255.
    """
    _check("adjust_colour", images, brightness=brightness, contrast=contrast, saturation=saturation)
    values = images * brightness[:, None, None, None]
    mean = values.mean(axis=(1, 2, 3), keepdims=True)
    values = mean + contrast[:, None, None, None] * (values - mean)
    if images.shape[1] == 3:
        grey = np.einsum("nchw,c->nhw", values, _GREY)[:, None]
        values = grey + saturation[:, None, None, None] * (values - grey)
    return _like(images, values)


def erase(images: Array, boxes: Array) -> Array:
    """Set a box of each image to black; boxes are (N, 4) whole numbers: top, left, height, width; a height of 0 erases nothing.

    Source: Zhong et al. 2017, "Random erasing data augmentation".
    """
    _check("erase", images, boxes=boxes)
    out = np.copy(images, order="K")
    for n, (top, left, height, width) in enumerate(boxes.tolist()):
        out[n, :, max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)] = 0
    return out


def mix_samples(x: Array, partner: Array, share: Array) -> Array:
    """Return share * x + (1 - share) * x[partner] (mixup); partner (N,) rows, share (N,) in 0..1.

    Source: Zhang et al. 2018, "mixup: beyond empirical risk minimization".
    """
    share = share.reshape(-1, *(1 for _ in x.shape[1:])).astype(x.dtype)
    return share * x + (1 - share) * x[partner]


def mix_boxes(x: Array, partner: Array, boxes: Array) -> Array:
    """Return images with a box of each taken from its partner's image (cutmix); boxes (N, 4): top, left, height, width.

    Source: Yun et al. 2019, "CutMix: regularization strategy to train strong classifiers with localizable features".
    """
    out = np.copy(x, order="K")
    for n, (top, left, height, width) in enumerate(boxes.tolist()):
        rows, columns = slice(top, top + height), slice(left, left + width)
        out[n, :, rows, columns] = x[partner[n], :, rows, columns]
    return out


def _like(images: Array, values: Array) -> Array:
    """Return values in the dtype and the memory layout of the images; uint8 is rounded and clipped."""
    out = np.empty_like(images)
    out[...] = np.clip(np.rint(values), 0, 255) if images.dtype == np.uint8 else values
    return out


def _check(who: str, images: Array, **decisions: Array) -> None:
    if images.ndim != 4:
        raise DataError(f"{who}: images must have shape (N, C, H, W); got {images.shape}")
    for name, values in decisions.items():
        if len(values) != len(images):
            raise DataError(f"{who}: {name} must hold one entry for each of {len(images)} images; got {values.shape}")
