"""Recording a function: it runs once on stand-ins for its arrays, and every NumPy call leaves a node.

A stand-in knows its value, so shapes may be read and used freely; what would hide a dependence (turning it into a plain array,
changing it in place, branching on it, an operation without a derivative here) is refused with one line.
"""

import keyword
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pellucid.derive.graph import Graph, Node
from pellucid.derive.operations import ELEMENTWISE
from pellucid.derive.traced import Recorder, Traced
from pellucid.layers.gelu import normal_below as exact_normal_below
from pellucid.shapes import ShapeError

__all__ = ["normal_below", "trace"]


def trace(f: Callable[..., Any], *inputs: Any, title: str = "", letters: Mapping[int, str] | None = None) -> Graph:
    """Record `f(*inputs)` as a graph of elementary operations.

    Arrays of floats are what gradients flow to; arrays of whole numbers or truth values (labels, masks) are traced as constants;
    anything else is passed on. f returns an array, or a tuple such as (out, cache) whose first part is one. Nodes are named after
    f's own variables. Raises ShapeError where f does what cannot be traced.

    >>> graph = trace(lambda x, w: np.tanh(x @ w), np.ones((2, 3)), np.ones((3, 4)))
    >>> [node.operation.kind for node in graph.nodes if node.operation]
    ['matrix product', 'tanh']
    """
    recorder = Recorder()
    arguments = _argument_names(f, len(inputs))
    passed = [
        recorder.put_in(name, value) if isinstance(value, np.ndarray) else value
        for name, value in zip(arguments, inputs, strict=True)
    ]
    found: dict[int, str] = {}
    returned = _call(f, passed, recorder, found)
    out = returned[0] if isinstance(returned, tuple) and returned else returned
    if not isinstance(out, Traced) or out.recorder is not recorder or recorder.nodes[out.number].is_input:
        raise ShapeError(f"trace: the function must return an array computed from its inputs; it returned {_kind(out)}")
    nodes = _named(recorder.nodes, found, out.number)
    numbers = tuple(node.number for node in nodes if node.is_input)
    return Graph(title or getattr(f, "__name__", "f"), nodes, numbers, out.number, dict(letters or {}))


def normal_below(x: Any) -> Any:
    """The standard normal's distribution function, which NumPy lacks: exact, and known to `trace`."""
    return x.recorder.record(ELEMENTWISE["normal_below"], x) if isinstance(x, Traced) else exact_normal_below(x)


def _kind(value: Any) -> str:
    return "an input as it is" if isinstance(value, Traced) else type(value).__name__


def _argument_names(f: Callable[..., Any], count: int) -> list[str]:
    import inspect

    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    plain = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    names: list[str] = []
    for i in range(count):
        name = plain[i] if i < len(plain) else f"input{i + 1}"
        while name in ("np", "out", "dout", "d") or any(
            name in (other, f"d{other}") or f"d{name}" == other for other in names
        ):
            name += "_"  # a gradient is called d and its value's name: no input may have that name
        names.append(name)
    return names


def _call(f: Callable[..., Any], passed: list[Any], recorder: Recorder, found: dict[int, str]) -> Any:
    """Call f; as it and the functions it calls return, look at their variables: the names that nodes have there go to `found`.

    A caller's name wins over that of the function it calls, for it returns later.
    """
    before = sys.getprofile()

    def on_event(frame: Any, event: str, _: Any) -> None:
        module = str(frame.f_globals.get("__name__"))
        if event == "return" and not module.startswith(("numpy", "pellucid.derive.trace")):
            here: dict[int, str] = {}
            for name, value in frame.f_locals.items():
                number = value.number if isinstance(value, Traced) else recorder.constants.get(id(value))
                if number is not None and name.isidentifier():
                    here.setdefault(number, name)
            found.update(here)

    sys.setprofile(on_event)
    try:
        return f(*passed)
    finally:
        sys.setprofile(before)


def _named(nodes: list[Node], found: dict[int, str], output: int) -> tuple[Node, ...]:
    """Give every node a name of its own, and none that a gradient would have (dx beside x)."""
    from dataclasses import replace

    taken = {node.name for node in nodes if node.is_input} | {"np", "out"}
    taken |= (
        {f"d{name}" for name in taken}
        | set(keyword.kwlist)
        | {"put_back", "add_windows", "first_winner", "normal_below"}
    )
    named: list[Node] = []
    for node in nodes:
        if node.is_input:
            named.append(node)
            continue
        kind = "constant" if node.operation is None else node.operation.kind.replace(" ", "_")
        if node.number == output:
            named.append(replace(node, name="out"))
            continue
        wish = found.get(node.number, _PLAIN.get(kind, kind))
        name, count = wish, 1
        while name in taken or f"d{name}" in taken:
            count += 1
            name = f"{wish}{count}"
        taken |= {name, f"d{name}"}
        named.append(replace(node, name=name))
    return tuple(named)


_PLAIN = {
    "add": "total",
    "subtract": "difference",
    "multiply": "product",
    "divide": "quotient",
    "negate": "negative",
    "square": "squared",
    "sqrt": "root",
    "exp": "exponential",
    "log": "logarithm",
    "max": "highest",
    "sum": "summed",
    "mean": "average",
    "maximum": "larger",
    "minimum": "smaller",
    "where": "chosen",
    "compare": "is_so",
    "read": "taken",
    "reshape": "reshaped",
    "transpose": "turned",
    "pad": "padded",
    "matrix_product": "matrix_product",
    "sum_of_products": "products",
}
