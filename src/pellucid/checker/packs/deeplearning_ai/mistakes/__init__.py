"""The known mistakes, conventions and hazards of these courses: each an edit of the reference, with its name and its lesson.

What lives here: a file for each exercise, and shared lessons (`lessons.py`). What does not: the references that are edited
(`../reference/`), and the cases that show a mistake (`../cases/`).
"""

from pellucid.checker.packs.deeplearning_ai.mistakes.basics import BASICS
from pellucid.checker.packs.deeplearning_ai.mistakes.deep import DEEP
from pellucid.checker.packs.deeplearning_ai.mistakes.images import IMAGES
from pellucid.checker.packs.deeplearning_ai.mistakes.logistic import LOGISTIC
from pellucid.checker.packs.deeplearning_ai.mistakes.optimization import OPTIMIZATION
from pellucid.checker.packs.deeplearning_ai.mistakes.planar import PLANAR
from pellucid.checker.packs.deeplearning_ai.mistakes.recurrent import RECURRENT
from pellucid.checker.packs.deeplearning_ai.mistakes.three_layers import THREE_LAYERS

__all__ = ["KNOWN"]

KNOWN = BASICS | LOGISTIC | PLANAR | DEEP | THREE_LAYERS | OPTIMIZATION | IMAGES | RECURRENT
