"""Targets with names: those of a table's columns, which become the names of the outputs."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.shapes import Array

__all__ = ["NamedTargets"]


@dataclass(frozen=True, eq=False)
class NamedTargets:
    """The values of target columns, and the names of these, as a frame of pandas holds them."""

    values: Array  # (N,) or (N, K)
    columns: tuple[str, ...]

    def __repr__(self) -> str:
        """Return the shape and the names, not the array."""
        return f"NamedTargets {self.shape}: {', '.join(self.columns)}"

    def __len__(self) -> int:
        """Return N."""
        return len(self.values)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the values."""
        return self.values.shape

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Return the values, for NumPy."""
        return np.array(self.values, dtype=dtype) if copy else np.asarray(self.values, dtype=dtype)

    def at(self, rows: Array) -> "NamedTargets":
        """Return these rows (M,)."""
        return NamedTargets(self.values[rows], self.columns)
