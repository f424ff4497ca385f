"""Moments: weighted mean and variance of columns, updated by further rows.

    mean = sum w x / sum w          squares = sum w (x - mean)^2          variance = squares / sum w

A row of weight 2 counts as two rows. Merging: Chan, Golub & LeVeque 1979, "Updating formulae and a pairwise algorithm for computing
sample variances".
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.shapes import Array

__all__ = ["Moments"]

ROUNDING = 1e-12  # relative to the mean: a smaller deviation is a constant column


class Moments(NamedTuple):
    """Mean and spread of each column."""

    weight: float  # sum of the rows' weights
    mean: Array  # (D,) float64
    squares: Array  # (D,) float64, weighted sum of squared distances from the mean

    @classmethod
    def of(cls, rows: Array, weights: Array | None) -> "Moments":
        """Measure rows (N, D), whose weights (N,) are not all 0; None: all 1."""
        weights = np.ones(len(rows)) if weights is None else weights
        total = float(weights.sum())
        with np.errstate(over="ignore", invalid="ignore"):  # squares may be infinite, which `std` then shows
            mean = weights @ rows.astype(np.float64, copy=False) / total
            return cls(total, mean, weights @ (rows - mean) ** 2)

    @classmethod
    def of_sparse(cls, matrix: Any, weights: Array | None) -> "Moments":
        """Measure a CSR matrix (N, D) with one entry a place; the entries that are not stored are zeros."""
        weights = np.ones(matrix.shape[0]) if weights is None else weights
        total, columns = float(weights.sum()), matrix.shape[1]
        own = np.repeat(weights, np.diff(matrix.indptr))  # (entries,) the weight of each entry's row
        mean = np.bincount(matrix.indices, own * matrix.data, minlength=columns) / total
        stored = np.bincount(matrix.indices, own, minlength=columns)
        with np.errstate(over="ignore", invalid="ignore"):
            apart = own * (matrix.data - mean[matrix.indices]) ** 2
            squares = np.bincount(matrix.indices, apart, minlength=columns) + (total - stored) * mean**2
        return cls(total, mean, np.maximum(squares, 0))

    def merged(self, other: "Moments") -> "Moments":
        """Return the moments of the rows of both."""
        total = self.weight + other.weight
        shift = other.mean - self.mean
        squares = self.squares + other.squares + shift**2 * (self.weight * other.weight / total)
        return Moments(total, self.mean + shift * (other.weight / total), squares)

    def pooled(self, groups: int) -> "Moments":
        """Return (groups,) the moments of neighbouring columns together, such as those of the pixels of a channel."""
        means = self.mean.reshape(groups, -1)
        mean, columns = means.mean(axis=1), means.shape[1]
        apart = ((means - mean[:, None]) ** 2).sum(axis=1) * self.weight
        return Moments(self.weight * columns, mean, self.squares.reshape(groups, -1).sum(axis=1) + apart)

    @property
    def std(self) -> Array:
        """Standard deviations (D,); 1 where a column is constant up to rounding."""
        std = np.sqrt(self.squares / self.weight)
        return np.where(std <= ROUNDING * np.abs(self.mean), 1.0, std)
