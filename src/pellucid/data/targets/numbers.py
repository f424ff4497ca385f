"""Numbers (regression): one value or several for each sample, standardized for the network and given back in their units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.targets.classes import check_names
from pellucid.data.targets.raw import as_rows, check_scores, names_of, raw_values
from pellucid.shapes import Array

__all__ = ["Numbers"]


@dataclass(frozen=True)
class Numbers:
    """Values to predict. The network learns (value - mean) / std; predictions come back in the values' units.

    >>> target = Numbers.of([100.0, 300.0])
    >>> target.encode([400]).tolist(), target.decode(np.array([[2.0]])).tolist()
    ([[2.0]], [400.0])
    """

    names: tuple[str, ...]  # of the outputs
    mean: tuple[float, ...]  # of each output; 0 where values are not standardized
    std: tuple[float, ...]  # of each output; 1 where values are not standardized, or are all equal

    kind: ClassVar[str] = "numbers"
    takes: ClassVar[str] = "numbers"
    default_loss: ClassVar[str] = "mse"

    def __post_init__(self) -> None:
        """Raise DataError unless each name has a mean and a positive deviation."""
        check_names("Numbers", self.names, at_least=1)
        if not len(self.names) == len(self.mean) == len(self.std):
            raise DataError(f"Numbers: {len(self.names)} outputs need as many means and deviations")
        if not (np.isfinite([self.mean, self.std]).all() and min(self.std) > 0):
            raise DataError(f"Numbers: mean and std must be finite, std above 0; got {self.mean} and {self.std}")

    @classmethod
    def of(cls, y: Any, names: Sequence[str] | None = None, *, standardize: bool = True) -> "Numbers":
        """Return the outputs of y (N,) or (N, K), with mean and standard deviation of each; standardize=False: 0 and 1."""
        values = _values("targets", y)
        columns = values.shape[1]
        named = tuple(names or names_of(y) or (("y",) if columns == 1 else tuple(f"y{i}" for i in range(columns))))
        if len(named) != columns:
            raise DataError(f"Numbers: {columns} columns need as many names; got {', '.join(named)}")
        if not standardize:
            return cls(named, (0.0,) * columns, (1.0,) * columns)
        mean, std = values.mean(axis=0), values.std(axis=0)
        constant = std <= 1e-12 * np.abs(mean)  # equal values: what is left is rounding
        return cls(named, tuple(mean.tolist()), tuple(np.where(constant | (std == 0), 1.0, std).tolist()))

    @property
    def outputs(self) -> int:
        """One score for each value."""
        return len(self.names)

    def encode(self, y: Any, *, who: str = "targets") -> Array:
        """Return (N, K) float64, standardized."""
        values = _values(who, y)
        if values.shape[1] != self.outputs:
            wanted = "(N,) or (N, 1)" if self.outputs == 1 else f"(N, {self.outputs})"
            raise DataError(f"{who} must have shape {wanted}; got {np.shape(y)}")
        return (values - np.array(self.mean)) / np.array(self.std)

    def decode(self, scores: Array) -> Array:
        """Return values in the target's units, float64: (N,) where there is one output, otherwise (N, K)."""
        values = self.in_units(check_scores("Numbers.decode", scores, self.outputs))
        return values[:, 0] if self.outputs == 1 else values

    def probabilities(self, scores: Array) -> Array:
        """Raise DataError: numbers have no probabilities."""
        raise DataError("probabilities: the target is numbers, which have no probabilities; predict gives values")

    def in_units(self, encoded: Array) -> Array:
        """Return (N, K) scores or encoded targets in the target's units, float64."""
        return encoded * np.array(self.std) + np.array(self.mean)

    def to_document(self) -> dict[str, Any]:
        """Return JSON."""
        return {"kind": self.kind, "names": list(self.names), "mean": list(self.mean), "std": list(self.std)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Numbers":
        """Read what `to_document` wrote."""
        return cls(tuple(document["names"]), tuple(document["mean"]), tuple(document["std"]))


def _values(who: str, y: Any) -> Array:
    """Return (N, K) float64."""
    values = as_rows(who, raw_values(who, y))
    if values.dtype.kind == "U":
        raise DataError(f"{who} must be numbers for regression; row 0 is {values[0, 0].item()!r}")
    return values.astype(np.float64)
