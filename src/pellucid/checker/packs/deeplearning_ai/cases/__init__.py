"""The cases of these courses: which maker belongs to which function.

What lives here: cases course by course, how they are made, and what their inputs must have (`purposes.py`). What does not: which
mistakes the cases are to show (`mistakes/`).
"""

from pellucid.checker.packs.deeplearning_ai.cases.basics import BASICS
from pellucid.checker.packs.deeplearning_ai.cases.deep import DEEP
from pellucid.checker.packs.deeplearning_ai.cases.images import IMAGES
from pellucid.checker.packs.deeplearning_ai.cases.logistic import LOGISTIC
from pellucid.checker.packs.deeplearning_ai.cases.optimization import OPTIMIZATION
from pellucid.checker.packs.deeplearning_ai.cases.planar import PLANAR
from pellucid.checker.packs.deeplearning_ai.cases.recurrent import RECURRENT
from pellucid.checker.packs.deeplearning_ai.cases.three_layers import THREE_LAYERS

__all__ = ["CASES"]

CASES = BASICS | LOGISTIC | PLANAR | DEEP | THREE_LAYERS | OPTIMIZATION | IMAGES | RECURRENT
