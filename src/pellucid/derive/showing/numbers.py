"""A derivation in small whole numbers that one can follow by hand: every value forward, every gradient backward."""

from typing import Any

import numpy as np

from pellucid.derive.tracing.graph import Graph
from pellucid.derive.tracing.python_code import run_steps
from pellucid.shapes import Array

__all__ = ["numbers_text"]


def numbers_text(graph: Graph, note: str = "") -> str:
    """Return every value and every gradient, from an upstream gradient of 1, 2, 3, ... (1 for a single number)."""
    dout = (
        np.ones(())
        if graph.out.shape == ()
        else 1 + np.arange(graph.out.value.size, dtype=np.float64).reshape(graph.out.shape)
    )
    lines = [f"{graph.title} in numbers" + (f" ({note})" if note else ""), "", "forward"]
    for node in graph.alive():
        made = "" if node.primitive is None else f" = {graph.forward_code(node)}"
        lines += [f"  {node.name}{made}", *_array(node.value)]
    lines += ["", "backward", "  dout (chosen)", *_array(dout)]
    for step, gradient in run_steps(graph, dout):
        plus = "+=" if step.adds else "="
        lines.append(f"  d{step.target.name} {plus} {step.code}      {step.reasons[-1]}")
        lines += _array(gradient)
    return "\n".join(lines) + "\n"


def _array(value: Array) -> list[str]:
    formatter: Any = {"float_kind": _number}
    with np.printoptions(formatter=formatter, linewidth=100, threshold=200):
        shown = str(value)
    return [f"      {line}" for line in shown.splitlines()]


def _number(value: float) -> str:
    if abs(value - round(value)) < 1e-12:
        return str(round(value))
    return f"{value:.4g}"
