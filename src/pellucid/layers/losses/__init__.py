"""Losses: one number for a batch, and the gradient of that number.

A loss ends the chain, so its upstream gradient is 1 and one function returns both: `loss, dscores = softmax_loss(...)`.
The loss is the mean over the batch; with `weights` (N,) it is the weighted mean sum(w_n l_n) / sum(w_n), so that weight 2
means what listing the row twice would.

Shapes: scores (N, C), loss a Python float, dscores (N, C). Targets are what each loss reads: labels (N,), whole numbers; numbers
(N, C); or indicators (N, C), 0 and 1. Numbers and indicators may have any dtype, may be (N,) where C is 1, and may be labels (N,)
where C is larger, read as one-hot rows.
"""

from pellucid.layers.losses.bce import bce_loss
from pellucid.layers.losses.choice import Loss, LossFunction, checked_loss, kind_of, loss_meant, loss_name, loss_numbers
from pellucid.layers.losses.focal import binary_focal_loss, focal_loss
from pellucid.layers.losses.huber import huber_loss
from pellucid.layers.losses.kinds import LOSS_KINDS, LOSSES, LossKind
from pellucid.layers.losses.mae import mae_loss
from pellucid.layers.losses.mse import mse_loss
from pellucid.layers.losses.own import own_loss
from pellucid.layers.losses.rows import row_shares
from pellucid.layers.losses.softmax import check_softmax_loss, softmax_loss
from pellucid.layers.losses.svm import svm_loss

__all__ = [
    "LOSSES",
    "LOSS_KINDS",
    "Loss",
    "LossFunction",
    "LossKind",
    "bce_loss",
    "binary_focal_loss",
    "check_softmax_loss",
    "checked_loss",
    "focal_loss",
    "huber_loss",
    "kind_of",
    "loss_meant",
    "loss_name",
    "loss_numbers",
    "mae_loss",
    "mse_loss",
    "own_loss",
    "row_shares",
    "softmax_loss",
    "svm_loss",
]
