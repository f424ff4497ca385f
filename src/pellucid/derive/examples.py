"""Inputs for derivations: sizes with letters, labels and masks, and small integers that one can follow by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.layers import DropoutKey, keep_mask
from pellucid.shapes import Array

__all__ = [
    "EPS_NOTE",
    "IMAGE",
    "KERNEL",
    "ONE_CHANNEL",
    "SIZES",
    "SMALL_MASK",
    "SMALL_MATRIX",
    "arrays",
    "image",
    "indicators_for",
    "labels_for",
    "mask_for",
]

# Every size differs from the others, so that a shape can be written in letters: also those padded by 1, of windows (H', W')
# and of pools. (4 is left to 2 x 2 windows.)
SIZES = {
    **{"N": 10, "C": 12, "D": 3, "M": 5, "F": 7, "H": 22, "W": 30, "HH": 6, "WW": 8},
    **{"H+2": 24, "W+2": 32, "H'": 19, "W'": 25, "H/2": 11, "W/2": 15, "H-1": 21, "W-1": 29},
}


def arrays(*rows: Any) -> tuple[Array, ...]:
    """Return each argument as a float64 array."""
    return tuple(np.array(row, dtype=np.float64) for row in rows)


def image(rows: list[list[int]]) -> Array:
    """Return one image of one channel, (1, 1, H, W)."""
    return np.array(rows, dtype=np.float64)[None, None]


def labels_for(rows: str, classes: str) -> Callable[[dict[str, int]], tuple[Array, ...]]:
    """Labels 1, 2, ... for rows and classes whose numbers are named by letters."""
    return lambda sizes: (np.arange(1, sizes[rows] + 1) % sizes[classes],)


def indicators_for(rows: str, columns: str) -> Callable[[dict[str, int]], tuple[Array, ...]]:
    """Whole numbers 0 and 1, every third of them 1, for rows and columns whose numbers are named by letters."""
    return lambda sizes: ((np.arange(sizes[rows] * sizes[columns]) % 3 == 0).reshape(sizes[rows], -1).astype(np.int64),)


def mask_for(*axes: str) -> Callable[[dict[str, int]], tuple[Array, ...]]:
    """A dropout mask (keep 0.5) of the axes named by letters, always the same."""
    return lambda sizes: (keep_mask(tuple(sizes[a] for a in axes), 0.5, DropoutKey(0, 0, 0)),)


SMALL_MATRIX = np.array([[1.0, 2], [3, 4]])
SMALL_MASK = np.array([[True, False], [False, True]])
IMAGE = image([[1, 2, 0], [4, 3, 1], [0, 2, 5]])
KERNEL = image([[1, 2], [0, -1]])
ONE_CHANNEL = np.ones(1)
EPS_NOTE = "eps is 0 here, so that the numbers stay integers"
