"""A derivation as a table of text: forward, then backward with the reason for each step."""

import textwrap
from collections.abc import Sequence

from pellucid.derive.tracing.graph import Graph

__all__ = ["derivation_text"]


def derivation_text(graph: Graph, width: int = 118) -> str:
    """Return the forward table and the backward table, `width` columns wide."""
    forward = [(node.name, graph.shape_text(node.shape), _source(graph, node.number)) for node in graph.alive()]
    backward = []
    for step in graph.backward():
        plus = "+=" if step.adds else "="
        gradient = f"d{step.target.name}"
        shape = graph.shape_text(step.target.shape)
        backward.append((f"{gradient} {plus}", shape, f"{step.code}", "; ".join(step.reasons)))
    lines = [f"{graph.title}: forward", *_columns(forward)]
    splits = [(node, graph.uses(node)) for node in graph.alive() if node.learns and len(graph.uses(node)) > 1]
    for node, users in splits:
        names = ", ".join(dict.fromkeys(user.name for user in users))
        lines += textwrap.wrap(
            f"  {node.name} splits (used {len(users)} times, in {names}): its gradients will add", width
        )
    lines += ["", f"{graph.title}: backward, from dout {graph.shape_text(graph.out.shape)}"]
    first, second = (max((len(row[i]) for row in backward), default=0) for i in (0, 1))
    for gradient, shape, code, reason in backward:
        lines.append(f"  {gradient:<{first}}  {shape:<{second}}  {code}")
        lines += textwrap.wrap(reason, width, initial_indent=" " * 8, subsequent_indent=" " * 8)
    return "\n".join(lines) + "\n"


def _source(graph: Graph, number: int) -> str:
    node = graph.nodes[number]
    if node.primitive is not None:
        return graph.forward_code(node)
    kind = "input" if node.is_input else "constant"
    return kind if node.learns else f"{kind} (no gradient)"


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    return [
        "  " + "  ".join([*(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=False)), row[-1]]) for row in rows
    ]
