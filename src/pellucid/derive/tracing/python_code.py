"""A derived backward pass as plain Python: the code is generated, and running it is how gradients are computed."""

import ast
import inspect
from collections.abc import Iterator, Sequence

import numpy as np

from pellucid.derive.tracing import scatter
from pellucid.derive.tracing.backward import Contribution, backward_steps
from pellucid.derive.tracing.computation import Computation, GraphNode
from pellucid.derive.tracing.namespace import NAMESPACE
from pellucid.shapes import Array

__all__ = ["backward_source", "run", "run_steps", "run_with"]


def backward_source(computation: Computation, name: str) -> str:
    """Return the source of `name(dout, *inputs)`, with its imports and the functions of `scatter.py` that it calls."""
    body = _function(computation, name)
    imports = ["import numpy as np"]
    if "normal_below(" in body:
        imports.append(f"from {NAMESPACE['normal_below'].__module__} import normal_below")
    adjoints = [inspect.getsource(getattr(scatter, each)) for each in scatter.__all__ if f"{each}(" in body]
    if adjoints:
        imports.append("from typing import Any")
    types = ["Array = np.ndarray"] if adjoints else []
    return "\n".join([*sorted(imports), *types]) + "\n\n\n" + "\n\n".join([*adjoints, body])


def run(computation: Computation, dout: Array) -> tuple[Array | None, ...]:
    """Execute the generated function on the values of the trace."""
    namespace = dict(NAMESPACE)
    exec(_function(computation, "derived_backward"), namespace)
    inputs = [computation.nodes[number].value for number in computation.inputs]
    gradients = namespace["derived_backward"](dout, *inputs, **computation.constants())
    return tuple(None if gradient is None else np.asarray(gradient) for gradient in gradients)


def run_steps(computation: Computation, dout: Array) -> Iterator[tuple[Contribution, Array]]:
    """Execute the backward pass contribution by contribution; yield each with the gradient so far of its target."""
    namespace = NAMESPACE | {"dout": dout} | {node.name: node.value for node in computation.alive()}
    for step in backward_steps(computation):
        own = f"d{step.target.name}"
        value = eval(step.code, namespace)
        namespace[own] = namespace[own] + value if step.adds else value
        yield step, np.asarray(namespace[own])


def run_with(computation: Computation, inputs: Sequence[Array]) -> Array:
    """Compute the output again, from other values of the inputs: runs the traced operations instead of the function."""
    namespace = NAMESPACE | computation.constants()
    namespace |= {
        computation.nodes[number].name: value for number, value in zip(computation.inputs, inputs, strict=True)
    }
    for node in computation.alive():
        if node.primitive is not None:
            namespace[node.name] = eval(computation.forward_code(node), namespace)
    return namespace[computation.out.name]


def _function(computation: Computation, name: str) -> str:
    steps = backward_steps(computation)
    inputs = [computation.nodes[number] for number in computation.inputs]
    constants = list(computation.constants())
    arguments = ["dout", *(node.name for node in inputs), *(["*", *constants] if constants else [])]
    learning = ", ".join(f"d{node.name}" for node in inputs if node.learns)
    lines = [
        f"def {name}({', '.join(arguments)}):",
        f'    """Return {learning}: derived from the graph of {computation.title}."""',
        "    # forward: what the backward pass needs",
    ]
    lines += [f"    {node.name} = {computation.forward_code(node)}" for node in _needed_forward(computation, steps)]
    lines.append("    # backward")
    last: GraphNode | None = None
    for step in steps:
        if step.node is not last:
            lines.append(f"    # {step.node.name} = {computation.forward_code(step.node)}")
            last = step.node
        own = f"d{step.target.name}"
        lines.append(f"    {own} = {f'{own} + ' if step.adds else ''}{step.code}")
    reached = {step.target.number for step in steps} | {computation.output}
    returned = [_returned(node, node.number in reached) for node in inputs]
    lines.append(f"    return ({', '.join(returned)}{',' if len(returned) == 1 else ''})")
    return "\n".join(lines) + "\n"


def _returned(node: GraphNode, reached: bool) -> str:
    if not node.learns:
        return "None"
    return f"d{node.name}" if reached else f"np.zeros_like({node.name})"


def _needed_forward(computation: Computation, steps: tuple[Contribution, ...]) -> list[GraphNode]:
    """The computed values that the backward expressions mention, and what those are computed from."""
    computed = [node for node in computation.alive() if node.primitive is not None]
    by_name = {node.name: node for node in computed}
    needed: set[int] = set()
    for step in steps:
        needed.update(by_name[name].number for name in _names_in(step.code) if name in by_name)
    for node in reversed(computed):
        if node.number in needed:
            needed.update(o for o in node.operands if isinstance(o, int))
    return [node for node in computed if node.number in needed]


def _names_in(code: str) -> set[str]:
    """The names that an expression reads (those after a dot are attributes)."""
    return {leaf.id for leaf in ast.walk(ast.parse(code, mode="eval")) if isinstance(leaf, ast.Name)}
