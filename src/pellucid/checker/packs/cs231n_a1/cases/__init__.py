"""The cases of assignment 1: which maker belongs to which function.

What lives here: cases of k-nearest neighbours, linear losses, training and the two-layer network. What does not: those of layers and
update rules, which assignment 2 has too (`cs231n_a2/cases/`).
"""

from pellucid.checker.packs.cs231n_a1.cases.linear import linear_losses
from pellucid.checker.packs.cs231n_a1.cases.nearest import NEAREST
from pellucid.checker.packs.cs231n_a1.cases.training import TRAINING
from pellucid.checker.packs.cs231n_a1.cases.two_layer import two_layer
from pellucid.checker.packs.cs231n_a2.cases.layers import Maker

__all__ = ["CASES"]

LOSSES = ("svm_loss_naive", "svm_loss_vectorized", "softmax_loss_naive", "softmax_loss_vectorized")
CASES: dict[str, Maker] = {
    **NEAREST,
    **{name: linear_losses(name) for name in LOSSES},
    **TRAINING,
    "TwoLayerNet": two_layer,
}
