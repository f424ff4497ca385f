"""The known mistakes, conventions and hazards of assignment 1: each an edit of the reference, with its name and its lesson.

What lives here: a file for each group of functions. What does not: the shorthand they are written in and shared lessons
(`cs231n_a2/mistakes/`), the references that are edited (`../reference/`), and the cases that show a mistake (`../cases/`).
"""

from pellucid.checker.packs.cs231n_a1.mistakes.linear import LINEAR
from pellucid.checker.packs.cs231n_a1.mistakes.nearest import NEAREST
from pellucid.checker.packs.cs231n_a1.mistakes.training import TRAINING
from pellucid.checker.packs.cs231n_a1.mistakes.two_layer import TWO_LAYER

__all__ = ["KNOWN"]

KNOWN = NEAREST | LINEAR | TRAINING | TWO_LAYER
