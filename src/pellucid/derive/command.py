"""What `pellucid derive` prints."""

from functools import partial
from pathlib import Path

import numpy as np

from pellucid.derive.derivations import derivation, largest_difference
from pellucid.derive.graph import Graph
from pellucid.derive.jacobian import contract, jacobian, jacobian_bytes
from pellucid.derive.latex import derivation_latex
from pellucid.derive.numbers import numbers_text
from pellucid.derive.picture import picture
from pellucid.derive.python_code import run_with
from pellucid.derive.table import derivation_text
from pellucid.derive.user_function import derivation_of_file
from pellucid.gradients import numerical_gradient
from pellucid.nets import write_atomically
from pellucid.shapes import Array, ShapeError

__all__ = ["derive_command"]


def derive_command(
    name: str, shapes: str, *, latex: bool, svg: Path | None, numbers: bool, python: bool, jacobian: bool
) -> str:
    """Return the text for one call; with `svg`, write the picture too. Raises ShapeError or StorageError."""
    own = ".py:" in name
    if shapes and not own:
        raise ShapeError(f"derive: --shapes is for FILE.py:FUNCTION; a layer has its own ({name}, {shapes!r})")
    graph = derivation_of_file(name, shapes) if own else derivation(name).graph()
    parts = []
    if svg is not None:
        write_atomically(svg, picture(graph).encode())
        parts.append(f"the picture is {svg}\n")
    if latex:
        parts.append(derivation_latex(graph))
    if python:
        parts.append(graph.python(f"{graph.title}_backward") + f"\n# {_check(name, graph, own)}\n")
    if numbers:
        each = None if own else derivation(name)
        parts.append(
            numbers_text(derivation_of_file(name, shapes, whole=True))
            if each is None
            else numbers_text(each.small(), each.numbers_note)
        )
    if jacobian:
        parts.append(_jacobian_text(name, shapes, own))
    if not parts:
        parts = [derivation_text(graph), f"\n{_check(name, graph, own)}\n"]
    return "\n".join(parts)


def _check(name: str, graph: Graph, own: bool) -> str:
    """Say how far the derived gradients are from another way to find them."""
    if not own:
        difference = largest_difference(derivation(name))
        return (
            f"checked: run, and beside the library's hand-written backward the largest difference is {difference:.1e}"
        )
    dout = np.random.default_rng(1).standard_normal(graph.out.shape)
    worst = 0.0
    inputs = [graph.nodes[number].value for number in graph.inputs]
    for place, gradient in enumerate(graph.gradients(dout)):
        if gradient is not None:
            numerical = numerical_gradient(partial(_forward, graph, inputs, place), inputs[place], dout)
            worst = max(worst, float(np.abs(gradient - numerical).max(initial=0)))
    return f"checked: run, and beside central differences the largest difference is {worst:.1e}"


def _forward(graph: Graph, inputs: list[Array], place: int, x: Array) -> Array:
    return run_with(graph, [*inputs[:place], x, *inputs[place + 1 :]])


REAL_SIZES = {"affine": ((64, 512), (64, 512)), "conv": ((64, 32, 32, 32), (64, 32, 32, 32))}


def _jacobian_text(name: str, shapes: str, own: bool) -> str:
    """Build the Jacobian of the small example, contract it, and say what it would cost at real sizes."""
    graph = derivation_of_file(name, shapes) if own else derivation(name).small()
    inputs = [graph.nodes[number].value for number in graph.inputs]
    dout = 1.0 + np.arange(graph.out.value.size, dtype=np.float64).reshape(graph.out.shape)
    lines = [f"{graph.title}: the whole derivative (complex steps), and its contraction with an upstream gradient"]
    for place, gradient in enumerate(graph.gradients(dout)):
        if gradient is None:
            continue
        whole = jacobian(partial(_forward, graph, inputs, place), inputs[place])
        difference = float(np.abs(contract(dout, whole) - gradient).max(initial=0))
        zeros = float((whole == 0).mean()) if whole.size else 0.0
        node = graph.nodes[graph.inputs[place]]
        lines.append(
            f"  d out / d {node.name}: shape {graph.out.shape} + {node.shape}, {whole.size:,} entries, {zeros:.0%} of them 0; "
            f"contracted, it differs from the derived d{node.name} by {difference:.1e}"
        )
    kind = "conv" if graph.nodes[graph.inputs[0]].value.ndim == 4 else "affine"
    out, x = REAL_SIZES[kind]
    gib = jacobian_bytes(out, x) / 2**30
    lines.append(
        f"At real sizes, out {out} and x {x} in float32, it would take {gib:,.0f} GiB; the backward pass needs an array like x."
    )
    return "\n".join(lines) + "\n"
