"""LazyArray: samples that are read when a batch needs them, in the form of an array."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from pellucid.shapes import Array

__all__ = ["LazyArray", "LazyRows", "rows_of"]


class LazyArray(ABC):
    """Samples (N, ...) on a disk or elsewhere. `samples[rows]` reads these rows; several threads may do so at the same time."""

    shape: tuple[int, ...]  # (N, ...)
    dtype: np.dtype[Any]

    @abstractmethod
    def read(self, rows: Array) -> Any:
        """Return the samples at `rows` (M,), in that order. Raises DataError, naming the file or the row."""

    def __repr__(self) -> str:
        """Return sizes; nothing is read."""
        what = "rows" if self.dtype == object else f"samples {self.shape[1:]} {self.dtype}"
        return f"{type(self).__name__} of {len(self):,} {what}, read when they are needed"

    def __len__(self) -> int:
        """Return N, the number of samples."""
        return self.shape[0]

    @property
    def ndim(self) -> int:
        """The number of axes, that of the rows included."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of values."""
        return int(np.prod(self.shape))

    def __getitem__(self, key: Any) -> Any:
        """Read one sample, or the samples of a slice or of an array of rows (whole numbers or bool)."""
        rows = np.arange(len(self))[key]
        return self.read(rows) if rows.ndim else self.read(rows[None])[0]

    def at(self, rows: Array) -> "LazyArray":
        """Return the samples at these rows without reading them."""
        return LazyRows(self, np.arange(len(self))[rows])

    def blocks(self) -> Array | None:
        """Return the block of each row, (N,), where rows of a block are read together; None if any order is as fast."""
        return None


class LazyRows(LazyArray):
    """Some rows of other samples: lazy ones, or an array whose rows are not copied."""

    def __init__(self, samples: Any, rows: Array) -> None:
        """Keep the samples and the rows (M,)."""
        self.samples, self.rows = samples, rows
        self.shape = (len(rows), *samples.shape[1:])
        self.dtype = samples.dtype

    def read(self, rows: Array) -> Any:
        """Return the samples at `rows`."""
        return self.samples[self.rows[rows]]

    def at(self, rows: Array) -> LazyArray:
        """Return the samples at these rows without reading them."""
        return LazyRows(self.samples, self.rows[rows])

    def blocks(self) -> Array | None:
        """Return the block of each row."""
        blocks = self.samples.blocks() if isinstance(self.samples, LazyArray) else None
        return None if blocks is None else blocks[self.rows]


def rows_of(samples: Any, rows: Array) -> Any:
    """Return some rows: copied from an array in memory, and left where they are in a memory-mapped or lazy one."""
    if isinstance(samples, LazyArray):
        return samples.at(rows)
    if _is_mapped(samples):
        return LazyRows(samples, np.arange(len(samples))[rows])
    return samples[rows]


def _is_mapped(samples: Any) -> bool:
    """Whether an array is a memory-mapped file, or a view of one."""
    while isinstance(samples, np.ndarray):
        if isinstance(samples, np.memmap):
            return True
        samples = samples.base
    return False
