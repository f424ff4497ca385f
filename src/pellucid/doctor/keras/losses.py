"""BatchLosses: the loss of each batch, from the running means that Keras reports within an epoch."""

import math
from typing import Any

from pellucid.doctor.keras.engine import as_array

__all__ = ["BatchLosses"]


class BatchLosses:
    """Reads running means late, many at once, so that a device is not waited for in every step."""

    def __init__(self) -> None:
        self._sizes: list[int] = []  # of the batches of an epoch
        self._waiting: list[Any] = []  # running means that are not read yet
        self._mean, self._rows, self._batch = 0.0, 0, 0

    def begin_epoch(self) -> None:
        """A new mean begins. What waits must have been read."""
        self._mean, self._rows, self._batch = 0.0, 0, 0

    def expect(self, rows: int) -> None:
        """Note how many rows the next batch of the first epoch holds."""
        self._sizes.append(rows)

    def add(self, mean: Any) -> None:
        """Note a running mean after a batch."""
        self._waiting.append(mean)

    @property
    def waiting(self) -> int:
        """How many means are not read yet."""
        return len(self._waiting)

    def read(self) -> list[float]:
        """Return the losses of the batches since the last time."""
        losses = [self._one(math.nan if mean is None else float(as_array(mean))) for mean in self._waiting]
        self._waiting.clear()
        return losses

    def _one(self, mean: float) -> float:
        known = self._sizes[self._batch] if self._batch < len(self._sizes) else None
        size = known or (self._sizes[0] if self._sizes else 1)
        before, self._batch, self._rows = self._rows, self._batch + 1, self._rows + size
        loss = (mean * self._rows - self._mean * before) / size
        self._mean = mean
        return loss
