"""Seen: rows of the batches that went by, evenly spaced and as many as memory allows, in the form that the doctor reads."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from pellucid.doctor.keras.engine import as_array
from pellucid.doctor.patient import Rows
from pellucid.shapes import Array

__all__ = ["Seen", "SeenBatch", "TargetForm", "read_batch"]

VALUES = 16_000_000  # of the inputs that are kept
MOST_ROWS = 20_000
OF_LABELS = ("softmax", "focal", "bce", "binary_focal")
OF_NUMBERS = ("mse", "mae", "mape", "msle", "huber", "log_cosh", "poisson", "hinge", "squared_hinge")


class SeenBatch:
    """A batch as arrays: inputs flattened to a tuple, targets of the first output, weights of its rows."""

    def __init__(self, x: tuple[Array, ...], y: Array | None, weights: Array | None) -> None:
        self.x, self.y, self.weights = x, y, weights

    @property
    def rows(self) -> int:
        """How many samples it holds."""
        return len(self.x[0])

    def at(self, places: Any) -> "SeenBatch":
        """Return some of the rows, as copies."""
        y, weights = (None if one is None else np.array(one[places]) for one in (self.y, self.weights))
        return SeenBatch(tuple(np.array(one[places]) for one in self.x), y, weights)


def read_batch(data: Any, output_names: Sequence[str]) -> SeenBatch:
    """Return a batch, as `fit` hands it to a step, as arrays (which may share its memory)."""
    x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
    arrays = tuple(as_array(one) for one in keras.tree.flatten(x))
    y, weights = _of_first(y, output_names), _of_first(weights, output_names)
    return SeenBatch(arrays, None if y is None else as_array(y), None if weights is None else as_array(weights))


def _of_first(given: Any, output_names: Sequence[str]) -> Any:
    """Return what belongs to the first output."""
    if isinstance(given, Mapping):
        return next((given[name] for name in output_names if name in given), next(iter(given.values()), None))
    return given[0] if isinstance(given, (list, tuple)) and given else given


class Seen:
    """Rows that were seen in one pass over the data."""

    def __init__(self) -> None:
        self.count = 0  # rows that went by
        self._kept: list[SeenBatch] = []
        self._every = 1  # that many rows are passed by, and one is kept
        self._whole: SeenBatch | None = None

    def add(self, batch: SeenBatch) -> None:
        """Keep rows of a batch; of batches with other shapes than the first, none."""
        places = np.arange(-self.count % self._every, batch.rows, self._every)
        self.count += batch.rows
        if not len(places) or (self._kept and _shapes(batch) != _shapes(self._kept[0])):
            return
        self._kept.append(batch.at(places))
        self._whole = None
        rows = sum(one.rows for one in self._kept)
        width = sum(one[0].size for one in batch.x)
        if rows > 64 and (rows > MOST_ROWS or rows * width > VALUES):
            self._every *= 2
            self._kept = [self.all_rows().at(slice(None, None, 2))]

    def all_rows(self) -> SeenBatch:
        """Return everything that was kept, as one batch."""
        if self._whole is None:
            columns = zip(*(one.x for one in self._kept), strict=True)
            y, weights = ([getattr(one, name) for one in self._kept] for name in ("y", "weights"))
            self._whole = SeenBatch(tuple(np.concatenate(one) for one in columns), _joined(y), _joined(weights))
            self._kept = [self._whole]
        return self._whole

    def rows(self, count: int, form: "TargetForm") -> Rows | None:
        """Return up to `count` rows, evenly spaced, with targets as the doctor reads them; None where there are none."""
        if not self._kept or self._kept[0].y is None:
            return None
        every = self.all_rows()
        places = np.unique(np.linspace(0, every.rows - 1, min(count, every.rows)).astype(np.int64))
        chosen = every.at(places)
        assert chosen.y is not None
        return Rows(chosen.x if len(chosen.x) > 1 else chosen.x[0], form.read(chosen.y))


def _joined(parts: list[Array | None]) -> Array | None:
    found = [part for part in parts if part is not None]
    return np.concatenate(found) if len(found) == len(parts) else None


def _shapes(batch: SeenBatch) -> list[Any]:
    return [one.shape[1:] for one in (*batch.x, *(one for one in (batch.y, batch.weights) if one is not None))]


class TargetForm:
    """How a model's targets look, and how the doctor reads them: classes as whole numbers (N,), also of one-hot rows."""

    def __init__(self, y: Array, loss: str) -> None:
        """Look at the targets of a first batch, and at the name of the loss, in the doctor's words."""
        self.shape, self.dtype = y.shape[1:], y.dtype
        values = y.reshape(len(y), -1)
        self.one_hot = loss in ("softmax", "focal") and _is_one_hot(y)
        single = values.shape[1] == 1 and (loss in OF_LABELS or (y.dtype.kind in "iu" and loss not in OF_NUMBERS))
        self.labels = single and bool(np.isfinite(values).all() and (values >= 0).all() and (values % 1 == 0).all())
        if loss in ("bce", "binary_focal"):
            self.labels &= bool(values.max(initial=0) <= 1)

    def read(self, y: Array) -> Array:
        """Return targets as the doctor reads them."""
        if self.one_hot and _is_one_hot(y):
            found: Array = y.argmax(axis=1)
            return found
        if self.labels and (y >= 0).all() and (y % 1 == 0).all():
            return y.reshape(len(y)).astype(np.int64)
        return y.astype(np.float32) if y.dtype.kind in "iub" else y

    def give(self, y: Array) -> Array:
        """Return targets as the model takes them."""
        if self.one_hot and y.ndim == 1:
            return np.eye(self.shape[0], dtype=self.dtype)[y]
        whole = self.dtype.kind not in "iub" or y.dtype.kind in "iub" or bool((y % 1 == 0).all())
        return y.reshape(len(y), *self.shape).astype(self.dtype if whole else np.float32)


def _is_one_hot(y: Array) -> bool:
    return y.ndim == 2 and y.shape[1] > 1 and bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())
