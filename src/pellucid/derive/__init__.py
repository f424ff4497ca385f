"""Backpropagation made visible: a function recorded as a graph, its backward pass derived node by node with reasons.

    graph = trace(f, x, w)      graph.backward()      graph.gradients(dout)      graph.python()
    jacobian(f, x)              the whole tensor that a backward pass never builds

What lives here: recording and deriving (`tracing/`), ways to show a graph (`showing/`), one file for each layer and update rule
that is derived or explained (`catalogue/`), what `pellucid derive` and `pellucid explain` print (`views.py`, `screen.py`). What
does not: training (nothing here is fast), or the layers' own backward passes, which are written by hand in `layers/` and compared
with these.
Read `tracing/primitives.py`, then `tracing/backward.py`, then `catalogue/layers/affine.py`.
"""

import sys
from types import ModuleType
from typing import Any

from pellucid.derive.catalogue import DERIVATIONS, EXPLANATIONS, derivation
from pellucid.derive.derivation import Derivation, largest_difference
from pellucid.derive.explanation import Explanation
from pellucid.derive.jacobian import contract, jacobian, jacobian_bytes
from pellucid.derive.screen import Screen, explain
from pellucid.derive.showing import derivation_latex, derivation_text, numbers_text, picture
from pellucid.derive.tracing import Graph, normal_below, trace
from pellucid.derive.tracing.backward import Contribution
from pellucid.derive.tracing.computation import GraphNode
from pellucid.derive.user_function import derivation_of_file
from pellucid.derive.views import derivation_views

__all__ = [
    "DERIVATIONS",
    "EXPLANATIONS",
    "Contribution",
    "Derivation",
    "Explanation",
    "Graph",
    "GraphNode",
    "Screen",
    "contract",
    "derivation",
    "derivation_latex",
    "derivation_of_file",
    "derivation_text",
    "explain",
    "jacobian",
    "jacobian_bytes",
    "largest_difference",
    "normal_below",
    "numbers_text",
    "picture",
    "trace",
]


class _Room(ModuleType):
    """This room, which is called for a derivation, as `check` and `gradcheck` are."""

    def __call__(self, name: Any, shapes: str = "", **views: Any) -> Any:
        """Derive the backward pass of a layer: what `pellucid derive` prints, with the same views (numbers=True)."""
        return derivation_views(name, shapes, **views)


sys.modules[__name__].__class__ = _Room
