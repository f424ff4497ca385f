"""A plan's loss: bound to its arrays once, or the table's own function. Either takes a batch's targets, then computes."""

import numpy as np

from pellucid.kernels import NATIVE, native
from pellucid.layers.losses import row_shares
from pellucid.nets.execute import loss_of
from pellucid.plan.options import PlanOptions
from pellucid.shapes import Array, check_labels

__all__ = ["NativeLoss", "TableLoss", "bound_loss"]


class NativeLoss:
    """The softmax loss of the compiled module, and its gradient; of soft targets (N, C), that of the table."""

    def __init__(self, options: PlanOptions, scores: Array, dscores: Array) -> None:
        self.scores = scores
        self.labels = np.zeros(len(scores), np.int64)
        self.shares = np.zeros(len(scores), np.float64)  # of each row in the mean
        self.equal_shares = 0  # this many rows have equal shares now
        arrays = scores, self.labels, options.label_smoothing, self.shares, dscores
        self.soft = TableLoss(options, scores, dscores)
        self.is_soft = False  # whether the present targets are
        self.call = native().bound.softmax_loss(None, *arrays, options.threads)

    def prepare(self, y: Array, weights: Array | None, n: int) -> None:
        """Take a batch's labels, or its soft targets, and weights."""
        self.is_soft = getattr(y, "ndim", 1) == 2 and y.dtype.kind == "f"
        if self.is_soft:
            self.soft.prepare(y, weights, n)
            return
        if not isinstance(y, np.ndarray) or y.dtype.kind not in "iu" or y.shape != (n,):
            check_labels("softmax_loss", y, n, self.scores.shape[1])
        self.labels[:n] = y
        if weights is not None:
            self.equal_shares = 0
            self.shares[:n] = row_shares("softmax_loss", weights, self.scores[:n])
        elif self.equal_shares != n:
            self.equal_shares = n
            self.shares[:n] = 1 / n

    def __call__(self, n: int) -> float:
        """Return the loss of the first n rows; write its gradient."""
        if self.is_soft:
            return self.soft(n)
        try:
            return float(self.call(n))
        except ValueError:  # a label out of range, which the kernel finds as it reads: say which
            check_labels("softmax_loss", self.labels[:n], n, self.scores.shape[1])
            raise


class TableLoss:
    """The table's own function for the loss; its gradient is copied to where the plan wants it."""

    def __init__(self, options: PlanOptions, scores: Array, dscores: Array) -> None:
        self.options, self.scores, self.dscores = options, scores, dscores
        self.targets: Array = np.zeros(len(scores), np.int64)
        self.weights: Array | None = None

    def prepare(self, y: Array, weights: Array | None, n: int) -> None:
        """Take a batch's targets and weights."""
        self.targets, self.weights = y, weights

    def __call__(self, n: int) -> float:
        """Return the loss of the first n rows; write its gradient."""
        value, dscores = loss_of(
            self.scores[:n],
            self.targets,
            loss=self.options.loss,
            label_smoothing=self.options.label_smoothing,
            weights=self.weights,
            layers=self.options.layers,
        )
        np.copyto(self.dscores[:n], dscores)
        return value


def bound_loss(options: PlanOptions, scores: Array, dscores: Array) -> NativeLoss | TableLoss:
    """Return the loss: the compiled module's where the table has that."""
    native_softmax = options.loss == "softmax" and options.layers.softmax_loss is NATIVE.softmax_loss
    return (NativeLoss if native_softmax else TableLoss)(options, scores, dscores)
