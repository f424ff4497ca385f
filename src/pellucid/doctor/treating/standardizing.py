"""Mean 0 and spread 1: what inputs or targets are divided by, measured on training rows."""

from typing import NamedTuple

import numpy as np

from pellucid.doctor.patient import Patient
from pellucid.shapes import Array

__all__ = ["Scaling", "input_scaling", "target_scaling"]

VALUES = 16_000_000  # of the rows that are measured
MOST_ROWS = 20_000


class Scaling(NamedTuple):
    """(x - mean) / spread."""

    mean: Array
    spread: Array

    def __call__(self, values: Array) -> Array:
        """Return values standardized, in their type."""
        scaled: Array = ((values - self.mean) / self.spread).astype(
            values.dtype if values.dtype.kind == "f" else np.float32
        )
        return scaled


def input_scaling(patient: Patient) -> Scaling | None:
    """Return that of the inputs: by column, of images by channel; None where there are several inputs."""
    first = patient.rows("training", 1)
    if first is None or isinstance(first.x, tuple):
        return None
    rows = patient.rows("training", max(64, min(MOST_ROWS, VALUES // max(1, first.x.size))))
    assert rows is not None
    axes = (0,) if rows.x.ndim == 2 else (0, *range(2, rows.x.ndim))
    return _scaling(rows.x, axes)


def target_scaling(patient: Patient) -> Scaling | None:
    """Return that of targets that are numbers; None of others."""
    rows = patient.rows("training", MOST_ROWS)
    return None if rows is None or rows.y.dtype.kind != "f" else _scaling(rows.y, (0,))


def _scaling(values: Array, axes: tuple[int, ...]) -> Scaling:
    wide = values.astype(np.float64)
    mean, spread = wide.mean(axis=axes, keepdims=True), wide.std(axis=axes, keepdims=True)
    return Scaling(mean, np.where(spread > 0, spread, 1))
