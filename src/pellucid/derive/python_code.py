"""A derived backward pass as plain Python: the code is generated, and running it is how gradients are computed."""

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pellucid.derive import scatter
from pellucid.derive.graph import Contribution, Graph, Node, constants_of
from pellucid.layers.gelu import normal_below
from pellucid.shapes import Array

__all__ = ["backward_source", "run", "run_steps", "run_with"]


def backward_source(graph: Graph, name: str) -> str:
    """Return the source of `name(dout, *inputs)`, with what it imports and the helping functions it calls."""
    body = _function(graph, name)
    head = ["import numpy as np"]
    if "normal_below(" in body:
        head.append("from pellucid.layers.gelu import normal_below")
    helping = [inspect.getsource(getattr(scatter, each)) for each in scatter.__all__ if f"{each}(" in body]
    typed = ["from typing import Any", "Array = np.ndarray"] if helping else []
    imports = sorted(line for line in [*head, *typed] if line.startswith(("import", "from")))
    rest = [line for line in typed if not line.startswith(("import", "from"))]
    return "\n".join([*imports, *rest]) + "\n\n\n" + "\n\n".join([*helping, body])


def run(graph: Graph, dout: Array) -> tuple[Array | None, ...]:
    """Execute the generated function on the values of the trace."""
    namespace: dict[str, Any] = {"np": np, "normal_below": normal_below}
    namespace |= {each: getattr(scatter, each) for each in scatter.__all__}
    exec(_function(graph, "derived_backward"), namespace)
    inputs = [graph.nodes[number].value for number in graph.inputs]
    gradients = namespace["derived_backward"](dout, *inputs, **constants_of(graph))
    return tuple(None if g is None else np.asarray(g) for g in gradients)


def _function(graph: Graph, name: str) -> str:
    steps = graph.backward()
    inputs = [graph.nodes[number] for number in graph.inputs]
    constants = list(constants_of(graph))
    arguments = ["dout", *(node.name for node in inputs), *(["*", *constants] if constants else [])]
    learning = ", ".join(f"d{node.name}" for node in inputs if node.learns)
    lines = [
        f"def {name}({', '.join(arguments)}):",
        f'    """Return {learning}: derived from the graph of {graph.title}."""',
        "    # forward: what the backward pass needs",
    ]
    lines += [f"    {node.name} = {graph.forward_code(node)}" for node in _needed_forward(graph, steps)]
    lines.append("    # backward")
    last: Node | None = None
    for step in steps:
        if step.node is not last:
            lines.append(f"    # {step.node.name} = {graph.forward_code(step.node)}")
            last = step.node
        own = f"d{step.target.name}"
        lines.append(f"    {own} = {f'{own} + ' if step.adds else ''}{step.code}")
    reached = {step.target.number for step in steps} | {graph.output}
    returned = [_returned(node, node.number in reached) for node in inputs]
    lines.append(f"    return ({', '.join(returned)}{',' if len(returned) == 1 else ''})")
    return "\n".join(lines) + "\n"


def _returned(node: Node, reached: bool) -> str:
    if not node.learns:
        return "None"
    return f"d{node.name}" if reached else f"np.zeros_like({node.name})"


def _needed_forward(graph: Graph, steps: tuple[Contribution, ...]) -> list[Node]:
    """The computed values that the backward expressions mention, and what those are computed from."""
    alive = [node for node in graph.alive() if node.operation is not None]
    names = {node.name: node for node in alive}
    needed: set[int] = set()
    for step in steps:
        needed.update(names[word].number for word in _words(step.code) if word in names)
    for node in reversed(alive):
        if node.number in needed:
            needed.update(o for o in node.operands if isinstance(o, int))
    return [node for node in alive if node.number in needed]


def _words(code: str) -> set[str]:
    """The names that an expression reads (those after a dot are attributes)."""
    import ast

    return {leaf.id for leaf in ast.walk(ast.parse(code, mode="eval")) if isinstance(leaf, ast.Name)}


def run_steps(graph: Graph, dout: Array) -> Iterator[tuple[Contribution, Array]]:
    """Execute the backward pass contribution by contribution; yield each with the gradient so far of its target."""
    namespace: dict[str, Any] = {"np": np, "normal_below": normal_below, "dout": dout}
    namespace |= {each: getattr(scatter, each) for each in scatter.__all__}
    namespace |= {node.name: node.value for node in graph.alive()}
    for step in graph.backward():
        own = f"d{step.target.name}"
        value = eval(step.code, namespace)
        namespace[own] = namespace[own] + value if step.adds else value
        yield step, np.asarray(namespace[own])


def run_with(graph: Graph, inputs: Sequence[Array]) -> Array:
    """Compute the output again, from other values of the inputs: the traced operations, no longer the function."""
    namespace: dict[str, Any] = {"np": np, "normal_below": normal_below} | constants_of(graph)
    namespace |= {graph.nodes[number].name: value for number, value in zip(graph.inputs, inputs, strict=True)}
    for node in graph.alive():
        if node.operation is not None:
            namespace[node.name] = eval(graph.forward_code(node), namespace)
    return namespace[graph.out.name]
