"""`cs231n.features`: what assignment 1 computes of an image before a linear classifier, gradients and colours."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pellucid.shapes import Array

__all__ = ["color_histogram_hsv", "extract_features", "hog_feature", "rgb2gray"]

CELL = 8  # rows and columns of a cell
ORIENTATIONS = 9  # of gradients, in half a turn


def extract_features(imgs: Array, feature_fns: Sequence[Callable[[Array], Array]], verbose: bool = False) -> Array:
    """Return (N, D): what the functions make of each image (H, W, C), side by side."""
    if len(imgs) == 0:
        return np.array([])
    rows: Any = None
    for number, image in enumerate(imgs):
        row = np.concatenate([np.ravel(function(np.squeeze(image))) for function in feature_fns])
        if rows is None:
            rows = np.zeros((len(imgs), len(row)))
        rows[number] = row
        if verbose and number % 1000 == 999:
            print(f"Done extracting features for {number + 1} / {len(imgs)} images")
    return rows


def rgb2gray(rgb: Array) -> Array:
    """Return the luminance (H, W) of an image (H, W, 3): 0.299 red + 0.587 green + 0.144 blue, as the course weighs them."""
    return np.dot(rgb[..., :3], [0.299, 0.587, 0.144])


def hog_feature(im: Array) -> Array:
    """Return the histogram of oriented gradients of an image, gray or RGB: 9 orientations for each cell of 8 x 8 pixels.

    A gradient is the difference to the next pixel; each counts, with its length, for one orientation of its cell. The numbers
    are means over a cell, cells by columns for a square image, as in the course, and by rows otherwise. Source: Dalal & Triggs
    2005, without their normalization of blocks.
    """
    gray = rgb2gray(im) if im.ndim == 3 else np.atleast_2d(im)
    across, down = np.zeros(gray.shape), np.zeros(gray.shape)
    across[:, :-1] = np.diff(gray, axis=1)
    down[:-1, :] = np.diff(gray, axis=0)
    length = np.hypot(across, down)
    degrees = np.degrees(np.arctan2(down, across + 1e-15)) + 90
    rows, columns = gray.shape[0] // CELL, gray.shape[1] // CELL
    out = np.zeros((rows, columns, ORIENTATIONS))
    for number in range(ORIENTATIONS):
        low, high = (180 / ORIENTATIONS * each for each in (number, number + 1))
        counted = np.where((degrees >= low) & (degrees < high) & (degrees > 0), length, 0)[
            : rows * CELL, : columns * CELL
        ]
        out[:, :, number] = counted.reshape(rows, CELL, columns, CELL).mean(axis=(1, 3))
    return (out.transpose(1, 0, 2) if rows == columns else out).ravel()


def color_histogram_hsv(
    im: Array, nbin: int = 10, xmin: float = 0, xmax: float = 255, normalized: bool = True
) -> Array:
    """Return how often each of `nbin` ranges of hue occurs in an image (H, W, 3) of numbers from xmin to xmax.

    normalized: as shares, which add up to 1.
    """
    from matplotlib.colors import rgb_to_hsv

    hue = rgb_to_hsv(im / xmax)[..., 0] * xmax
    counts, edges = np.histogram(hue, bins=np.linspace(xmin, xmax, nbin + 1), density=normalized)
    return counts * np.diff(edges)
