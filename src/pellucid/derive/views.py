"""The views of a derivation that `pellucid derive` prints: tables, LaTeX, code, small numbers, the Jacobian, a picture."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.derive.catalogue import derivation
from pellucid.derive.derivation import largest_difference
from pellucid.derive.jacobian import contract, jacobian_bytes
from pellucid.derive.jacobian import jacobian as whole_derivative
from pellucid.derive.screen import Screen, name_of
from pellucid.derive.showing import derivation_latex, derivation_text, numbers_text, picture
from pellucid.derive.tracing.graph import Graph
from pellucid.derive.tracing.python_code import run_with
from pellucid.derive.user_function import derivation_of_file
from pellucid.gradients import numerical_gradient
from pellucid.nets import write_atomically
from pellucid.shapes import Array, ShapeError

__all__ = ["derivation_views"]


def derivation_views(
    name: Any,
    shapes: str = "",
    *,
    latex: bool = False,
    svg: Path | None = None,
    numbers: bool = False,
    python: bool = False,
    jacobian: bool = False,
) -> Screen:
    """Return the requested views of a layer (its name or class) or of FILE.py:FUNCTION; without a request, the tables.

    With `svg`, the picture is written there. Raises ShapeError or StorageError.
    """
    name = name_of(name)
    of_user = ".py:" in name
    if shapes and not of_user:
        raise ShapeError(f"derive: --shapes only applies to FILE.py:FUNCTION; {name} has built-in shapes")
    graph = derivation_of_file(name, shapes) if of_user else derivation(name).graph()
    checked = partial(_checked, name, graph, of_user)
    views: list[tuple[bool, Callable[[], str]]] = [
        (svg is not None, lambda: _drawn(graph, svg)),
        (latex, lambda: derivation_latex(graph)),
        (python, lambda: graph.python(f"{graph.title}_backward") + f"\n# {checked()}\n"),
        (numbers, lambda: _numbers(name, shapes, of_user)),
        (jacobian, lambda: _jacobian_text(derivation_of_file(name, shapes) if of_user else derivation(name).small())),
    ]
    parts = [view() for requested, view in views if requested]
    return Screen("\n".join(parts or [derivation_text(graph), f"\n{checked()}\n"]).removesuffix("\n"))


def _drawn(graph: Graph, svg: Path | None) -> str:
    if svg is None:
        return ""
    write_atomically(svg, picture(graph).encode())
    return f"wrote the picture to {svg}\n"


def _numbers(name: str, shapes: str, of_user: bool) -> str:
    if of_user:
        return numbers_text(derivation_of_file(name, shapes, integers=True))
    return numbers_text(derivation(name).small(), derivation(name).numbers_note)


def _checked(name: str, graph: Graph, of_user: bool) -> str:
    """Say how far the derived gradients are from those found in another way."""
    if not of_user:
        difference = largest_difference(derivation(name))
        return f"checked: largest difference from the library's hand-written backward pass: {difference:.1e}"
    dout = np.random.default_rng(1).standard_normal(graph.out.shape)
    worst = 0.0
    inputs = [graph.nodes[number].value for number in graph.inputs]
    for place, gradient in enumerate(graph.gradients(dout)):
        if gradient is not None:
            numerical = numerical_gradient(partial(_forward, graph, inputs, place), inputs[place], dout)
            worst = max(worst, float(np.abs(gradient - numerical).max(initial=0)))
    return f"checked: largest difference from central differences: {worst:.1e}"


def _forward(graph: Graph, inputs: list[Array], place: int, x: Array) -> Array:
    """The output as a function of one input."""
    return run_with(graph, [*inputs[:place], x, *inputs[place + 1 :]])


REAL_SIZES = {"affine": ((64, 512), (64, 512)), "conv": ((64, 32, 32, 32), (64, 32, 32, 32))}


def _jacobian_text(graph: Graph) -> str:
    """Build the Jacobian of a small example, contract it, and say how much memory it would take at real sizes."""
    inputs = [graph.nodes[number].value for number in graph.inputs]
    dout = 1.0 + np.arange(graph.out.value.size, dtype=np.float64).reshape(graph.out.shape)
    lines = [f"{graph.title}: the full Jacobian (by complex steps), contracted with an upstream gradient"]
    for place, gradient in enumerate(graph.gradients(dout)):
        if gradient is None:
            continue
        whole = whole_derivative(partial(_forward, graph, inputs, place), inputs[place])
        difference = float(np.abs(contract(dout, whole) - gradient).max(initial=0))
        zeros = float((whole == 0).mean()) if whole.size else 0.0
        node = graph.nodes[graph.inputs[place]]
        lines.append(
            f"  d out / d {node.name}: shape {graph.out.shape} + {node.shape}, {whole.size:,} entries, {zeros:.0%} of them 0; "
            f"contracted, it differs from the derived d{node.name} by {difference:.1e}"
        )
    kind = "conv" if inputs[0].ndim == 4 else "affine"
    out, x = REAL_SIZES[kind]
    gib = jacobian_bytes(out, x) / 2**30
    lines.append(
        f"At real sizes, out {out} and x {x} in float32, it would take {gib:,.0f} GiB; "
        "the backward pass needs an array of the size of x."
    )
    return "\n".join(lines) + "\n"
