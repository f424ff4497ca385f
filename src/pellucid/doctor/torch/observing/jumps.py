"""OutsideChanges: weights that change between two steps, by something else than the optimizer."""

from collections.abc import Sequence

import numpy as np
import torch

from pellucid.doctor.torch.observing.arrays import array_of, quiet
from pellucid.doctor.vitals import WeightJump
from pellucid.shapes import Array

__all__ = ["OutsideChanges"]

LARGEST, VALUES = 3, 256  # weights that are looked at, and numbers of each, evenly spaced
LOSSES = 5  # of the last steps, whose mean is the loss before
MOST = 200


class OutsideChanges:
    """Looks at some numbers of the largest weights before and after each step."""

    def __init__(self, parameters: Sequence[torch.Tensor]) -> None:
        self.jumps: list[WeightJump] = []
        self._watched = sorted(parameters, key=lambda parameter: -parameter.numel())[:LARGEST]
        self._start = self._after = self._before = self._look()
        self._update = 0.0

    def step_begins(self, step: int, losses: Sequence[float], loss: float) -> None:
        """Compare with what the last step left. step: the one that comes; losses: those before; loss: that of its batch."""
        self._before = self._look()
        if step == 1 or len(self.jumps) >= MOST or np.array_equal(self._before, self._after):
            return
        before = float(np.mean(losses[-LOSSES:])) if losses else float("nan")
        self.jumps.append(
            WeightJump(
                step,
                _distance(self._before, self._after),
                self._update,
                _distance(self._after, self._start),
                _distance(self._before, self._start),
                before,
                loss,
            )
        )

    def step_ended(self) -> None:
        """Keep what the step left."""
        self._after = self._look()
        self._update = _distance(self._after, self._before)

    def _look(self) -> Array:
        with quiet(), torch.no_grad():
            parts = [p.detach().reshape(-1)[:: max(1, p.numel() // VALUES)] for p in self._watched]
            return array_of(torch.cat([part.float() for part in parts]))


def _distance(one: Array, other: Array) -> float:
    """Return the length of a difference, relative to that of the second."""
    size = float(np.linalg.norm(other))
    return float(np.linalg.norm(one - other)) / size if size else 0.0
