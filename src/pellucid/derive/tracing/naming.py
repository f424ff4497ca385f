"""Names for the nodes of a graph: those of the function's own variables where there are any."""

import inspect
import keyword
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pellucid.derive.tracing.computation import GraphNode
from pellucid.derive.tracing.namespace import NAMESPACE

__all__ = ["argument_names", "named_nodes"]

_BY_KIND = {
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


def argument_names(f: Callable[..., Any], count: int) -> list[str]:
    """Return a name for each of the first `count` arguments of f, distinct from the others and from the names of all gradients."""
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


def named_nodes(nodes: list[GraphNode], found: dict[int, str], output: int) -> tuple[GraphNode, ...]:
    """Give every node a name of its own, and none that a gradient has (dx for the gradient of x).

    found: for a node's number, the name of the variable that held it.
    """
    taken = {node.name for node in nodes if node.is_input} | {"np", "out"}
    taken |= {f"d{name}" for name in taken} | set(keyword.kwlist) | set(NAMESPACE)
    named: list[GraphNode] = []
    for node in nodes:
        if node.is_input:
            named.append(node)
            continue
        kind = "constant" if node.primitive is None else node.primitive.kind.replace(" ", "_")
        if node.number == output:
            named.append(replace(node, name="out"))
            continue
        preferred = found.get(node.number, _BY_KIND.get(kind, kind))
        name, count = preferred, 1
        while name in taken or f"d{name}" in taken:
            count += 1
            name = f"{preferred}{count}"
        taken |= {name, f"d{name}"}
        named.append(replace(node, name=name))
    return tuple(named)
