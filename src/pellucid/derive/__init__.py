"""Backpropagation made visible: a function recorded as a graph, its backward pass derived node by node with reasons.

    graph = trace(f, x, w)      graph.backward()      graph.gradients(dout)      graph.python()
    jacobian(f, x)              the whole tensor that a backward pass never builds

What lives here: recording and deriving (`tracing/`), ways to show a graph (`showing/`), one file for each layer and update rule
that is derived or explained (`catalogue/`), what `pellucid derive` and `pellucid explain` print (`views.py`, `screen.py`). What
does not: training (nothing here is fast), or the layers' own backward passes, which are written by hand in `layers/` and compared
with these.
Read `tracing/primitives.py`, then `tracing/backward.py`, then `catalogue/layers/affine.py`.
"""

from pellucid.derive.catalogue import DERIVATIONS, EXPLANATIONS, derivation
from pellucid.derive.derivation import Derivation, largest_difference
from pellucid.derive.explanation import Explanation
from pellucid.derive.jacobian import contract, jacobian, jacobian_bytes
from pellucid.derive.screen import explain
from pellucid.derive.showing import derivation_latex, derivation_text, numbers_text, picture
from pellucid.derive.tracing import Graph, normal_below, trace
from pellucid.derive.tracing.backward import Contribution
from pellucid.derive.tracing.computation import GraphNode
from pellucid.derive.user_function import derivation_of_file

__all__ = [
    "DERIVATIONS",
    "EXPLANATIONS",
    "Contribution",
    "Derivation",
    "Explanation",
    "Graph",
    "GraphNode",
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
