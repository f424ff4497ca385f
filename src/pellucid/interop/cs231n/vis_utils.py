"""`cs231n.vis_utils`: grids of images."""

import math
from collections.abc import Sequence

import numpy as np

from pellucid.shapes import Array

__all__ = ["vis_grid", "vis_nn", "visualize_grid"]


def visualize_grid(Xs: Array, ubound: float = 255.0, padding: int = 1) -> Array:
    """Return images (N, H, W, C) as one square grid, `padding` pixels of 0 between them, values 0 to ubound."""
    side = math.ceil(math.sqrt(len(Xs)))
    return _grid([_stretched(image, ubound) for image in Xs], side, side, padding, outside=0)


def vis_grid(Xs: Array) -> Array:
    """Return images (N, H, W, C) as a square grid with a black line below and to the right of each, scaled together to 0..1."""
    side = math.ceil(math.sqrt(len(Xs)))
    return _stretched(_grid(list(Xs), side, side, 1, outside=float(np.min(Xs)), ending=True), 1.0)


def vis_nn(rows: Sequence[Sequence[Array]]) -> Array:
    """Return rows of images (H, W, C) as one picture with a line of ones below and right of each, scaled together to 0..1."""
    images = [image for row in rows for image in row]
    return _stretched(_grid(images, len(rows), len(rows[0]), 1, outside=1.0, ending=True), 1.0)


def _grid(
    images: Sequence[Array], down: int, across: int, padding: int, *, outside: float, ending: bool = False
) -> Array:
    """Arrange images in a grid; with `ending`, there is padding after the last row and column too."""
    height, width, channels = images[0].shape
    cut = 0 if ending else padding
    shape = (height + padding) * down - cut, (width + padding) * across - cut, channels
    grid = np.full(shape, outside, dtype=np.float64)
    for place, image in enumerate(images):
        top, left = (place // across) * (height + padding), (place % across) * (width + padding)
        grid[top : top + height, left : left + width] = image
    return grid


def _stretched(image: Array, maximum: float) -> Array:
    """Map the smallest value to 0 and the largest to `maximum`; a constant image becomes 0."""
    low, high = image.min(), image.max()
    return maximum * (image - low) / (high - low if high > low else 1.0)
