"""Windows of images in elementary operations, for the definitions of convolution and pooling."""

import numpy as np

from pellucid.shapes import Array

__all__ = ["Size", "height_and_width", "strided_windows"]

Size = int | tuple[int, int]  # one number for height and width, or one for each


def height_and_width(size: Size) -> tuple[int, int]:
    """Return a size as a pair."""
    return size if isinstance(size, tuple) else (size, size)


def strided_windows(x: Array, size: tuple[int, int], stride: tuple[int, int]) -> Array:
    """Return every window of every channel: (N, C, H', W', HH, WW)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))
    return windows[:, :, :: stride[0], :: stride[1]] if stride != (1, 1) else windows
