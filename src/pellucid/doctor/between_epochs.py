"""Do the weights stay as they are between two epochs?"""

import math
from collections import deque
from dataclasses import replace

import numpy as np

from pellucid.doctor.vitals import WeightJump, distance
from pellucid.shapes import Array

__all__ = ["BetweenEpochs"]

GROWTH = 1.5  # between two epochs' ends that are looked at
LOSSES = 5  # of the last steps, whose mean is the loss before


class BetweenEpochs:
    """Compares the weights at an epoch's end with those after the next two steps.

    `weights` (P,), those of the run's beginning, are kept as they are and must not change; later ones are copied.
    """

    def __init__(self, weights: Array) -> None:
        self._start = weights  # (P,)
        self._kept: Array | None = None  # those of the epoch's end, then those after the step that followed
        self._jump: WeightJump | None = None  # without its `update`, which the second step tells
        self._ends = self._next_end = 1
        self._losses: deque[float] = deque(maxlen=LOSSES)

    def end_epoch(self, weights: Array) -> None:
        """Note the weights (P,) at an epoch's end."""
        if self._ends == self._next_end:
            self._kept, self._jump = weights.copy(), None
            self._next_end = math.ceil((self._ends + 1) * GROWTH) - 1
        self._ends += 1

    def after_step(self, step: int, weights: Array, loss: float) -> WeightJump | None:
        """Read the weights after every step, and its loss; return a jump two steps after an epoch's end."""
        jump = None
        if self._kept is not None and self._jump is None:
            start, change = _relative(self._kept, self._start), _relative(weights, self._kept)
            before = float(np.mean(self._losses)) if self._losses else math.nan
            self._jump = WeightJump(step, change, 0.0, start, _relative(weights, self._start), before, loss)
            self._kept[...] = weights
        elif self._kept is not None and self._jump is not None:
            jump = replace(self._jump, update=_relative(weights, self._kept))
            self._kept = self._jump = None
        self._losses.append(loss)
        return jump


def _relative(one: Array, other: Array) -> float:
    """Return the length of a difference, relative to that of the second."""
    with np.errstate(all="ignore"):
        size = float(np.sqrt(np.dot(other, other)))
        return distance(one, other) / size if size else 0.0
