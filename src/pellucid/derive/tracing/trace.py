"""Recording a function: it runs once on stand-ins for its arrays, and every NumPy call leaves a node.

A stand-in knows its value, so shapes may be read and used freely. What would hide a dependence (converting it to a plain array,
changing it in place, branching on it, an operation without a known derivative) raises ShapeError.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pellucid.derive.tracing.graph import Graph
from pellucid.derive.tracing.namespace import NAMESPACE
from pellucid.derive.tracing.naming import argument_names, named_nodes
from pellucid.derive.tracing.primitives import ELEMENTWISE
from pellucid.derive.tracing.traced import GraphRecorder, Traced
from pellucid.shapes import ShapeError

__all__ = ["normal_below", "trace"]


def trace(f: Callable[..., Any], *inputs: Any, title: str = "", letters: Mapping[int, str] | None = None) -> Graph:
    """Record `f(*inputs)` as a graph of elementary operations.

    Gradients flow to arrays of floats; arrays of integers or booleans (labels, masks) are traced as constants; anything
    else is passed on. f returns an array, or a tuple such as (out, cache) whose first part is one. Nodes are named after
    f's own variables. Raises ShapeError where f cannot be traced.

    >>> graph = trace(lambda x, w: np.tanh(x @ w), np.ones((2, 3)), np.ones((3, 4)))
    >>> [node.primitive.kind for node in graph.nodes if node.primitive]
    ['matrix product', 'tanh']
    """
    recorder = GraphRecorder()
    arguments = argument_names(f, len(inputs))
    passed = [
        recorder.add_input(name, value) if isinstance(value, np.ndarray) else value
        for name, value in zip(arguments, inputs, strict=True)
    ]
    found: dict[int, str] = {}
    returned = _call(f, passed, recorder, found)
    out = returned[0] if isinstance(returned, tuple) and returned else returned
    if not isinstance(out, Traced) or out.recorder is not recorder or recorder.nodes[out.number].is_input:
        raise ShapeError(f"trace: the function must return an array computed from its inputs; it returned {_kind(out)}")
    nodes = named_nodes(recorder.nodes, found, out.number)
    numbers = tuple(node.number for node in nodes if node.is_input)
    return Graph(title or getattr(f, "__name__", "f"), nodes, numbers, out.number, dict(letters or {}))


def normal_below(x: Any) -> Any:
    """The standard normal's distribution function, which NumPy lacks: exact, and known to `trace`."""
    return x.recorder.record(ELEMENTWISE["normal_below"], x) if isinstance(x, Traced) else NAMESPACE["normal_below"](x)


def _kind(value: Any) -> str:
    return "an input unchanged" if isinstance(value, Traced) else type(value).__name__


def _call(f: Callable[..., Any], passed: list[Any], recorder: GraphRecorder, found: dict[int, str]) -> Any:
    """Call f; as it and the functions it calls return, collect in `found` the names of the variables that hold nodes.

    A caller's name replaces that of the function it calls, since it returns later.
    """
    before = sys.getprofile()

    def on_event(frame: Any, event: str, _: Any) -> None:
        module = str(frame.f_globals.get("__name__"))
        if event == "return" and not module.startswith(("numpy", "pellucid.derive.tracing")):
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
