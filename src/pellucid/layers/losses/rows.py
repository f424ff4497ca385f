"""What the losses share: each row's part of the mean, and targets with the shape of the scores."""

import numpy as np

from pellucid.shapes import Array, ShapeError, check_labels, check_shapes

__all__ = ["indicators_like", "numbers_like", "row_shares"]


def row_shares(who: str, weights: Array | None, scores: Array) -> Array:
    """Return (N,) each row's share of the mean: 1/N, or weights / sum(weights)."""
    rows = len(scores)
    if rows == 0 or scores.shape[1] == 0:
        raise ShapeError(f"{who}: scores must hold at least one row and one class; got {scores.shape}")
    if weights is None:
        return np.full(rows, 1 / rows, dtype=scores.dtype)
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape != (rows,):
        raise ShapeError(f"{who}: weights must have shape (N,) = ({rows},), one for each row; got {weights.shape}")
    total = weights.sum()
    if not (np.isfinite(total) and weights.min() >= 0 and total > 0):
        raise ShapeError(f"{who}: weights must be finite, not negative and not all 0; they sum to {total}")
    return (weights / total).astype(scores.dtype)


def numbers_like(who: str, scores: Array, targets: Array) -> Array:
    """Return targets (N, C) in the scores' dtype, from numbers of any dtype or from labels. Raises ShapeError."""
    rows, columns = check_shapes(who, scores=(scores, "N C")).values()
    if isinstance(targets, np.ndarray) and targets.ndim == 1:
        if columns != 1:
            check_labels(who, targets, rows, columns)
            return np.eye(columns, dtype=scores.dtype)[targets]
        targets = targets[:, None]
    if isinstance(targets, np.ndarray) and targets.dtype.kind in "biuf":
        targets = targets.astype(scores.dtype, copy=False)
    check_shapes(who, scores=(scores, "N C"), targets=(targets, "N C"))
    return targets


def indicators_like(who: str, scores: Array, targets: Array) -> Array:
    """Return targets (N, C) from 0 to 1 in the scores' dtype, from numbers or bools, or from labels. Raises ShapeError."""
    targets = numbers_like(who, scores, targets)
    if targets.size and not (targets.min() >= 0 and targets.max() <= 1):
        row, column = np.argwhere(~((targets >= 0) & (targets <= 1)))[0]
        raise ShapeError(f"{who}: targets must lie in [0, 1]; row {row}, column {column} is {targets[row, column]}")
    return targets
