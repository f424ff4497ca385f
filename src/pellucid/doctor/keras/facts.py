"""What batches say together: weights of classes, and the loss of the best constant prediction under them."""

from dataclasses import replace

import numpy as np

from pellucid.doctor.data_facts import DataFacts, row_codes
from pellucid.doctor.keras.seen import Seen, SeenBatch, TargetForm
from pellucid.doctor.patient import LossSettings, Rows
from pellucid.doctor.vitals import BatchVitals
from pellucid.shapes import Array

__all__ = ["batch_vitals", "class_weights", "with_constant_loss"]


def batch_vitals(batch: SeenBatch, form: TargetForm, step: int) -> BatchVitals:
    """Describe the batch of a step."""
    y = None if batch.y is None else form.read(batch.y)
    majority = None
    if y is not None and y.ndim == 1 and y.dtype.kind in "iu" and len(y):
        majority = float(np.bincount(y).max() / len(y))
    code = int(np.bitwise_xor.reduce(row_codes(batch.x[0]))) & (2**63 - 1)
    return BatchVitals(step, batch.rows, code, majority)


def class_weights(seen: Seen, form: TargetForm) -> tuple[dict[int, float] | None, bool]:
    """Return the weight of each class, and whether that is all there is: None where rows have no weights, or none by class."""
    every = seen.all_rows()
    if every.weights is None or every.y is None:
        return None, True
    weights = every.weights.reshape(len(every.weights), -1)
    if (weights == 1).all():
        return None, True
    y = form.read(every.y)
    if y.ndim != 1 or y.dtype.kind not in "iu" or weights.shape[1] != 1:
        return None, False
    found = {int(label): weights[y == label, 0] for label in np.unique(y)}
    if any(np.ptp(one) > 1e-6 * abs(one[0]) for one in found.values()):
        return None, False
    return {label: float(one[0]) for label, one in found.items()}, True


def with_constant_loss(data: DataFacts, rows: Rows, loss: LossSettings, factors: dict[int, float] | None) -> DataFacts:
    """Return facts with the constant prediction's loss under weights of classes, and of labels that each row has many of."""
    y = rows.y
    if factors is None:
        if loss.name == "softmax" and y.ndim > 1 and y.dtype.kind in "iuf" and (y >= 0).all() and (y % 1 == 0).all():
            counts = np.bincount(y.reshape(-1).astype(np.int64))
            return replace(data, constant_loss=_entropy(counts / counts.sum()))
        return data
    if loss.name not in ("softmax", "bce") or y.ndim != 1:
        return data
    weighted = np.bincount(y, weights=[factors.get(int(one), 1.0) for one in y])
    return replace(data, constant_loss=float(weighted.sum() / len(y)) * _entropy(weighted / weighted.sum()))


def _entropy(shares: Array) -> float:
    positive = shares[shares > 0]
    return float(-(positive * np.log(positive)).sum())
