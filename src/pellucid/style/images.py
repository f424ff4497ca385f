"""Arrays as PNG images for a page."""

import io
from collections.abc import Sequence

import numpy as np

from pellucid.shapes import Array

__all__ = ["as_png", "sheet_of"]


def as_png(image: Array, *, enlarged: int = 1) -> bytes:
    """Return an image with values from 0 to 1 as PNG: (1, H, W) in greys, (3, H, W) in colours, (4, H, W) with transparency.

    enlarged: each pixel becomes a square with this side, in pixels.
    """
    from PIL import Image

    pixels = np.rint(np.clip(np.nan_to_num(image), 0, 1) * 255).astype(np.uint8)
    pixels = pixels.repeat(enlarged, axis=1).repeat(enlarged, axis=2).transpose(1, 2, 0)
    buffer = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def sheet_of(images: Sequence[Array], columns: int) -> Array:
    """Return one image (4, H, W), rows of images (C, h, w) with values from 0 to 1, a transparent pixel apart."""
    height, width = images[0].shape[1:]
    rows = -(-len(images) // columns)
    sheet = np.zeros((4, rows * (height + 1) - 1, columns * (width + 1) - 1))
    for number, image in enumerate(images):
        top, left = number // columns * (height + 1), number % columns * (width + 1)
        sheet[:3, top : top + height, left : left + width] = image
        sheet[3, top : top + height, left : left + width] = 1
    return sheet
