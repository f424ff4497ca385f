"""A recorded computation: inputs, constants and the results of primitives, in the order in which they were computed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pellucid.derive.tracing.primitives import Primitive, fill
from pellucid.derive.tracing.symbols import latex_name
from pellucid.shapes import Array

__all__ = ["Computation", "GraphNode"]


@dataclass(frozen=True, eq=False)
class GraphNode:
    """One value: an input, a constant, or the result of a primitive."""

    number: int
    name: str
    value: Array
    primitive: Primitive | None = None  # None: an input or a constant
    operands: tuple[int | str, ...] = ()  # numbers of nodes; a literal number, as text
    learns: bool = False  # whether a gradient flows to it
    is_input: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return self.value.shape


@dataclass(frozen=True)
class Computation:
    """The nodes of one run of a function."""

    title: str
    nodes: tuple[GraphNode, ...]  # in the order in which they were computed
    inputs: tuple[int, ...]
    output: int
    letters: Mapping[int, str] = field(default_factory=dict)  # names of sizes, for display: 4 -> "N"

    @property
    def out(self) -> GraphNode:
        """The node that the function returned."""
        return self.nodes[self.output]

    def alive(self) -> tuple[GraphNode, ...]:
        """The nodes that the output depends on, and all inputs."""
        needed = {self.output, *self.inputs}
        for node in reversed(self.nodes):
            if node.number in needed:
                needed.update(o for o in node.operands if isinstance(o, int))
        return tuple(node for node in self.nodes if node.number in needed)

    def uses(self, node: GraphNode) -> tuple[GraphNode, ...]:
        """The nodes computed from this one; one that reads it twice is listed twice."""
        return tuple(user for user in self.alive() for operand in user.operands if operand == node.number)

    def operand_names(self, node: GraphNode) -> list[str]:
        """The names of what a node is computed from; a literal number stands for itself."""
        return [operand if isinstance(operand, str) else self.nodes[operand].name for operand in node.operands]

    def forward_code(self, node: GraphNode) -> str:
        """Return the expression that computes a node: the name of an input or a constant."""
        if node.primitive is None:
            return node.name
        return fill(node.primitive.code, self.operand_names(node), node.name, f"d{node.name}")

    def forward_latex(self, node: GraphNode) -> str:
        """Return the formula that computes a node: the symbol of an input or a constant."""
        if node.primitive is None:
            return latex_name(node.name)
        names = [latex_name(name) for name in self.operand_names(node)]
        return fill(node.primitive.latex, names, latex_name(node.name), "")

    def constants(self) -> dict[str, Array]:
        """Return the arrays that the function used without taking them as inputs, by name."""
        return {node.name: node.value for node in self.alive() if node.primitive is None and not node.is_input}

    def shape_text(self, shape: tuple[int, ...]) -> str:
        """Write a shape with the letters of its sizes: (N, D)."""
        words = [self.letters.get(size, str(size)) for size in shape]
        return f"({', '.join(words)}{',' if len(words) == 1 else ''})"
