"""The known mistakes, conventions and hazards of assignment 2: each an edit of the reference, with its name and its lesson.

What lives here: a file for each group of functions, the shorthand they are written in (`writing.py`) and shared lessons
(`lessons.py`). What does not: the references that are edited (`../reference/`), and the cases that show a mistake (`../cases/`).
"""

from pellucid.checker.packs.cs231n_a2.mistakes.adam import ADAM
from pellucid.checker.packs.cs231n_a2.mistakes.affine import AFFINE
from pellucid.checker.packs.cs231n_a2.mistakes.batchnorm import BATCH_FORWARD
from pellucid.checker.packs.cs231n_a2.mistakes.dropout import DROPOUT
from pellucid.checker.packs.cs231n_a2.mistakes.groupnorm import GROUPNORM
from pellucid.checker.packs.cs231n_a2.mistakes.images import CONVOLUTION, POOLING
from pellucid.checker.packs.cs231n_a2.mistakes.layernorm import LAYERNORM
from pellucid.checker.packs.cs231n_a2.mistakes.networks import NETWORKS
from pellucid.checker.packs.cs231n_a2.mistakes.norm_backward import norm_backward
from pellucid.checker.packs.cs231n_a2.mistakes.relu import RELU
from pellucid.checker.packs.cs231n_a2.mistakes.rules import RULES
from pellucid.checker.packs.cs231n_a2.mistakes.softmax import SOFTMAX
from pellucid.checker.packs.cs231n_a2.mistakes.spatial import SPATIAL
from pellucid.checker.packs.cs231n_a2.mistakes.svm import SVM

__all__ = ["KNOWN"]

ROWS = AFFINE | RELU | DROPOUT | SOFTMAX | SVM
BATCHNORM = {"batchnorm_forward": BATCH_FORWARD, "batchnorm_backward": norm_backward(0, "N")}
NORMS = BATCHNORM | LAYERNORM | SPATIAL | GROUPNORM
KNOWN = ROWS | NORMS | CONVOLUTION | POOLING | RULES | ADAM | NETWORKS
