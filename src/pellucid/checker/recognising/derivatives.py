"""The derivative of a unit's own forward: central differences of two steps, extrapolated, from its outputs at moved inputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.shapes import Array

__all__ = ["MOST_ENTRIES", "OwnSlopes", "gradients", "moved", "slopes"]

MOST_ENTRIES = 60  # of an input that is larger, only some are moved
KINK = 1e-3


@dataclass(frozen=True)
class OwnSlopes:
    """The derivative of an output with respect to some entries of an input."""

    entries: Array  # indices into the raveled input
    shape: tuple[int, ...]  # of the input
    matrix: Array  # (entries, numbers of the output)
    is_smooth: Array  # (entries,) whether both steps agree
    change: float  # largest difference of the two steps, relative to the largest slope

    @property
    def is_whole(self) -> bool:
        """Whether all entries were moved."""
        return len(self.entries) == int(np.prod(self.shape))

    def along(self, dout: Array) -> Array:
        """Return the gradient of sum(output * dout) at the entries."""
        return np.asarray(self.matrix @ dout.ravel())


def moved(x: Array, seed: int = 0, most: int = MOST_ENTRIES) -> tuple[Array, Array]:
    """Return the entries that are moved, and x moved up and down by two steps at each: (4 * entries, *x.shape).

    most: of an array that has more than 60, this many are moved.
    """
    entries = np.arange(x.size)
    if x.size > MOST_ENTRIES:
        entries = np.sort(np.random.default_rng(seed).choice(x.size, most, replace=False))
    step = _step(x)
    many = np.repeat(x.ravel()[None], 4 * len(entries), axis=0)
    for number, (sign, part) in enumerate(((1, 1.0), (-1, 1.0), (1, 0.5), (-1, 0.5))):
        many[number::4][np.arange(len(entries)), entries] += sign * part * step
    return entries, many.reshape(-1, *x.shape)


def _step(x: Array) -> float:
    return 1e-3 * max(1e-2, min(1.0, float(np.abs(x).max(initial=0.0))))


def slopes(x: Array, entries: Array, outputs: Any) -> OwnSlopes | None:
    """Return the derivative from the outputs at the moved inputs; None where these are not what was asked for."""
    if not isinstance(outputs, np.ndarray) or len(outputs) != 4 * len(entries) or outputs.dtype.kind not in "iuf":
        return None
    flat, h = outputs.reshape(len(outputs), -1).astype(np.float64), _step(x)
    wide, narrow = (flat[0::4] - flat[1::4]) / (2 * h), (flat[2::4] - flat[3::4]) / h
    if not (np.isfinite(wide).all() and np.isfinite(narrow).all()):
        return None
    matrix = (4 * narrow - wide) / 3
    # where nothing depends on an input, as on the bias of keys, its slopes are rounding: no kinks
    scale = float(np.abs(matrix).max(initial=0.0)) + 1e-7 * float(np.abs(flat).max(initial=0.0)) + 1e-12
    apart = np.abs(wide - narrow).max(axis=1, initial=0.0) / scale
    return OwnSlopes(entries, x.shape, matrix, apart < KINK, float(apart.max(initial=0.0)))


def gradients(found: Mapping[str, Sequence[OwnSlopes]], douts: Sequence[Array]) -> dict[str, Array]:
    """Return the gradient at the moved entries of each input, over all outputs that have a gradient."""
    return {
        role: np.sum([one.along(dout) for one, dout in zip(parts, douts, strict=False)], axis=0)
        for role, parts in found.items()
    }
