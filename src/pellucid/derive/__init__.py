"""Back propagation in sight: a function recorded as a graph, its backward pass derived node by node with reasons.

    graph = trace(f, x, w)      graph.backward()      graph.gradients(dout)      graph.python()
    jacobian(f, x)              the whole tensor that a backward pass never builds

What lives here: tracing, adjoints of elementary operations, derivations of every layer, tables, LaTeX, pictures, `explain`. What
does not: training (nothing here is fast), or the layers' own backward passes, which are written by hand in `layers/` and compared
with these. Read `operations.py`, then `graph.py`, then `trace.py`.
"""

from pellucid.derive.derivations import DERIVATIONS, Derivation, derivation, largest_difference
from pellucid.derive.explain import explain
from pellucid.derive.explanation import Explanation
from pellucid.derive.explanations import EXPLANATIONS
from pellucid.derive.graph import Contribution, Graph, Node
from pellucid.derive.jacobian import contract, jacobian, jacobian_bytes
from pellucid.derive.latex import derivation_latex
from pellucid.derive.numbers import numbers_text
from pellucid.derive.picture import picture
from pellucid.derive.table import derivation_text
from pellucid.derive.trace import normal_below, trace
from pellucid.derive.user_function import derivation_of_file

__all__ = [
    "DERIVATIONS",
    "EXPLANATIONS",
    "Contribution",
    "Derivation",
    "Explanation",
    "Graph",
    "Node",
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
