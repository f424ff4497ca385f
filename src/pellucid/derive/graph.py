"""A function as a graph of elementary operations, and its backward pass derived node by node.

Forward, each node is computed from its operands. Backward, the nodes run in reverse: each operation turns the gradient of its
output into gradients of its operands (the adjoints of `operations.py` and `structure.py`); where an operand was broadcast, its
gradient is summed over the axes that were added or stretched; where a node was used several times, its gradients add.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from pellucid.derive.operations import Operation, fill
from pellucid.shapes import Array, ShapeError

__all__ = ["Contribution", "Graph", "Node"]


@dataclass(frozen=True, eq=False)
class Node:
    """One value: an input, a constant, or the result of an operation."""

    number: int
    name: str
    value: Array
    operation: Operation | None = None  # None: an input or a constant
    operands: tuple[int | str, ...] = ()  # numbers of nodes; a number in the code, as text
    learns: bool = False  # whether a gradient flows to it
    is_input: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return self.value.shape


class Contribution(NamedTuple):
    """One step backward: what a node's gradient gives to one of its operands."""

    node: Node  # whose gradient flows
    target: Node  # where it flows to
    code: str  # NumPy, in names
    latex: str
    reasons: tuple[str, ...]
    summed: tuple[int, ...]  # axes of the gradient that are summed because the operand was broadcast
    adds: bool  # whether the target has received another gradient before


@dataclass(frozen=True)
class Graph:
    """What `trace` returns."""

    title: str
    nodes: tuple[Node, ...]  # in the order in which they were computed
    inputs: tuple[int, ...]
    output: int
    letters: Mapping[int, str] = field(default_factory=dict)  # names of sizes, for display: 4 -> "N"

    @property
    def out(self) -> Node:
        """The node that the function returned."""
        return self.nodes[self.output]

    def alive(self) -> tuple[Node, ...]:
        """The nodes that the output depends on, and all inputs."""
        needed = {self.output, *self.inputs}
        for node in reversed(self.nodes):
            if node.number in needed:
                needed.update(o for o in node.operands if isinstance(o, int))
        return tuple(node for node in self.nodes if node.number in needed)

    def uses(self, node: Node) -> tuple[Node, ...]:
        """The nodes computed from this one; one that reads it twice is listed twice."""
        return tuple(user for user in self.alive() for operand in user.operands if operand == node.number)

    def forward_code(self, node: Node) -> str:
        """Return the expression that computes a node."""
        assert node.operation is not None
        return fill(node.operation.code, self._names(node), node.name, f"d{node.name}")

    def forward_latex(self, node: Node) -> str:
        """Return the formula that computes a node."""
        assert node.operation is not None
        names = [latex_name(name) for name in self._names(node)]
        return fill(node.operation.latex, names, latex_name(node.name), "")

    def shape_text(self, shape: tuple[int, ...]) -> str:
        """Write a shape with the letters of its sizes: (N, D)."""
        words = [self.letters.get(size, str(size)) for size in shape]
        return f"({', '.join(words)}{',' if len(words) == 1 else ''})"

    def backward(self) -> tuple[Contribution, ...]:
        """Derive the backward pass: every contribution of a gradient, in the order in which they are computed."""
        steps: list[Contribution] = []
        reached = {self.output}
        for node in reversed(self.alive()):
            if node.number not in reached or node.operation is None or not node.learns:
                continue
            for place, operand in enumerate(node.operands):
                if isinstance(operand, str) or not self.nodes[operand].learns:
                    continue
                adjoint = node.operation.adjoints[place]
                if adjoint is None:
                    continue
                steps.append(self._contribution(node, place, self.nodes[operand], operand in reached))
                reached.add(operand)
        return tuple(steps)

    def python(self, name: str = "backward") -> str:
        """Return a plain function `name(dout, *inputs)` that returns the gradients of the inputs."""
        from pellucid.derive.python_code import backward_source

        return backward_source(self, name)

    def gradients(self, dout: Array | float | None = None) -> tuple[Array | None, ...]:
        """Run the derived backward pass; return the gradient of each input (None where none flows).

        dout has the shape of the output; a single number may be left out, its gradient is then 1.
        """
        from pellucid.derive.python_code import run

        return run(self, self.checked_upstream(dout))

    def checked_upstream(self, dout: Array | float | None) -> Array:
        """Return dout as an array of the output's shape and dtype, or raise ShapeError."""
        shape, dtype = self.out.shape, self.out.value.dtype
        if dout is None:
            if shape != ():
                raise ShapeError(
                    f"gradients: dout must be given, of shape {shape}; only a single number may go without"
                )
            return np.ones((), dtype)
        upstream = np.asarray(dout, dtype=dtype)
        if upstream.shape != shape:
            raise ShapeError(f"gradients: dout must have the shape of the output, {shape}; it has {upstream.shape}")
        return upstream

    def _names(self, node: Node) -> list[str]:
        return [operand if isinstance(operand, str) else self.nodes[operand].name for operand in node.operands]

    def _contribution(self, node: Node, place: int, target: Node, adds: bool) -> Contribution:
        assert node.operation is not None
        adjoint = node.operation.adjoints[place]
        assert adjoint is not None
        names = self._names(node)
        code = fill(adjoint.code, names, node.name, f"d{node.name}")
        symbols = [latex_name(name) for name in names]
        latex = fill(adjoint.latex, symbols, latex_name(node.name), gradient_latex(node.name))
        reasons = [fill(adjoint.reason, names, node.name, f"d{node.name}")]
        leading: tuple[int, ...] = ()
        stretched: tuple[int, ...] = ()
        if node.operation.broadcasts and target.shape != node.shape:
            leading, stretched = _broadcast_axes(target.shape, node.shape)
            code = _summed(code, leading, stretched)
            axes = (*leading, *stretched)
            latex = rf"\textstyle\sum_{{{','.join(map(str, axes))}}} {latex}"
            reasons.append(
                f"{target.name} was broadcast from {self.shape_text(target.shape)} to {self.shape_text(node.shape)}, "
                f"so its gradient is summed over {_axes_in_words(axes)}"
            )
        if adds:
            reasons.append(f"{target.name} was used more than once, so its gradients add")
        return Contribution(node, target, code, latex, tuple(reasons), (*leading, *stretched), adds)


def latex_name(name: str) -> str:
    """Write a Python name as a symbol: x_hat as a hat, Greek names as letters, numbers as indices."""
    try:
        float(name)
        return name
    except ValueError:
        pass
    if name.startswith("(") or not name.isidentifier():
        return name
    if name.endswith("_hat") and name[:-4]:
        return rf"\hat{{{latex_name(name[:-4])}}}"
    if name in _GREEK:
        return rf"\{name}"
    if len(name) == 1:
        return name
    return r"\mathit{" + name.replace("_", r"\_") + "}"


def gradient_latex(name: str) -> str:
    """Write the gradient of the loss with respect to a name."""
    return rf"\overline{{{latex_name(name)}}}"


_GREEK = ("alpha", "beta", "gamma", "delta", "eps", "mu", "sigma", "theta", "lambda", "rho")


def _broadcast_axes(small: Sequence[int], large: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the axes that broadcasting added in front, and those it stretched from length 1."""
    added = len(large) - len(small)
    stretched = tuple(added + a for a, size in enumerate(small) if size == 1 and large[added + a] != 1)
    return tuple(range(added)), stretched


def _summed(code: str, leading: tuple[int, ...], stretched: tuple[int, ...]) -> str:
    inner = code if code.isidentifier() else f"({code})"
    if stretched:
        inner = f"{inner}.sum(axis={_axis(stretched)}, keepdims=True)"
    if leading:
        inner = f"{inner}.sum(axis={_axis(leading)})"
    return inner


def _axis(axes: tuple[int, ...]) -> str:
    return str(axes[0]) if len(axes) == 1 else str(axes)


def _axes_in_words(axes: tuple[int, ...]) -> str:
    return f"axis {axes[0]}" if len(axes) == 1 else "axes " + ", ".join(map(str, axes))


def constants_of(graph: Graph) -> dict[str, Any]:
    """Return the arrays that the function brought along, by name: they are arguments of the generated code too."""
    return {node.name: node.value for node in graph.alive() if node.operation is None and not node.is_input}
