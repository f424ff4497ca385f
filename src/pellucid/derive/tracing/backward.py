"""The backward pass of a computation, derived node by node.

The nodes run in reverse: each primitive turns the gradient of its output into gradients of its operands (its adjoints); where an
operand was broadcast, its gradient is summed over the axes that were added or stretched; where a node was used several times, its
gradients add.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pellucid.derive.tracing.computation import Computation, GraphNode
from pellucid.derive.tracing.primitives import Adjoint, fill
from pellucid.derive.tracing.symbols import gradient_latex, latex_name

__all__ = ["Contribution", "backward_steps"]


class Contribution(NamedTuple):
    """One step backward: what a node's gradient gives to one of its operands."""

    node: GraphNode  # whose gradient flows
    target: GraphNode  # where it flows to
    code: str  # NumPy, in names
    latex: str
    reasons: tuple[str, ...]
    summed: tuple[int, ...]  # axes of the gradient that are summed because the operand was broadcast
    adds: bool  # whether the target has received another gradient before


def backward_steps(computation: Computation) -> tuple[Contribution, ...]:
    """Derive every contribution of a gradient, in the order in which they are computed."""
    steps: list[Contribution] = []
    reached = {computation.output}
    for node in reversed(computation.alive()):
        if node.number not in reached or node.primitive is None or not node.learns:
            continue
        for operand, adjoint in zip(node.operands, node.primitive.adjoints, strict=True):
            if isinstance(operand, str) or adjoint is None or not computation.nodes[operand].learns:
                continue
            target = computation.nodes[operand]
            broadcasts = node.primitive.broadcasts and target.shape != node.shape
            steps.append(_contribution(computation, node, target, adjoint, broadcasts, operand in reached))
            reached.add(operand)
    return tuple(steps)


def _contribution(
    computation: Computation, node: GraphNode, target: GraphNode, adjoint: Adjoint, broadcasts: bool, adds: bool
) -> Contribution:
    names = computation.operand_names(node)
    code = fill(adjoint.code, names, node.name, f"d{node.name}")
    symbols = [latex_name(name) for name in names]
    latex = fill(adjoint.latex, symbols, latex_name(node.name), gradient_latex(node.name))
    reasons = [fill(adjoint.reason, names, node.name, f"d{node.name}")]
    leading: tuple[int, ...] = ()
    stretched: tuple[int, ...] = ()
    if broadcasts:
        leading, stretched = _broadcast_axes(target.shape, node.shape)
        code = _summed(code, leading, stretched)
        axes = (*leading, *stretched)
        latex = rf"\textstyle\sum_{{{','.join(map(str, axes))}}} {latex}"
        shapes = [computation.shape_text(shape) for shape in (target.shape, node.shape)]
        reasons.append(
            f"{target.name} was broadcast from {shapes[0]} to {shapes[1]}, "
            f"so its gradient is summed over {_axes_in_words(axes)}"
        )
    if adds:
        reasons.append(f"{target.name} was used more than once, so its gradients add")
    return Contribution(node, target, code, latex, tuple(reasons), (*leading, *stretched), adds)


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
