"""The known mistakes, conventions and hazards of assignment 2: each an edit of the reference, with its name and its lesson."""

from pellucid.checker.packs.cs231n_a2.mistakes_adam import ADAM
from pellucid.checker.packs.cs231n_a2.mistakes_affine import AFFINE
from pellucid.checker.packs.cs231n_a2.mistakes_batchnorm import BATCH_FORWARD
from pellucid.checker.packs.cs231n_a2.mistakes_dropout import DROPOUT
from pellucid.checker.packs.cs231n_a2.mistakes_groupnorm import GROUPNORM
from pellucid.checker.packs.cs231n_a2.mistakes_images import CONVOLUTION, POOLING
from pellucid.checker.packs.cs231n_a2.mistakes_layernorm import LAYERNORM
from pellucid.checker.packs.cs231n_a2.mistakes_networks import NETWORKS
from pellucid.checker.packs.cs231n_a2.mistakes_norm_backward import norm_backward
from pellucid.checker.packs.cs231n_a2.mistakes_relu import RELU
from pellucid.checker.packs.cs231n_a2.mistakes_rules import RULES
from pellucid.checker.packs.cs231n_a2.mistakes_softmax import SOFTMAX
from pellucid.checker.packs.cs231n_a2.mistakes_spatial import SPATIAL
from pellucid.checker.packs.cs231n_a2.mistakes_svm import SVM

__all__ = ["KNOWN"]

ROWS = AFFINE | RELU | DROPOUT | SOFTMAX | SVM
BATCHNORM = {"batchnorm_forward": BATCH_FORWARD, "batchnorm_backward": norm_backward(0, "N")}
NORMS = BATCHNORM | LAYERNORM | SPATIAL | GROUPNORM
KNOWN = ROWS | NORMS | CONVOLUTION | POOLING | RULES | ADAM | NETWORKS
