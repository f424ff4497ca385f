"""ONNX nodes as bridges see them, as plain data without the package onnx: written to a graph, or read from one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.interop import InteropError
from pellucid.nets import Description
from pellucid.shapes import Array

__all__ = ["OnnxGraph", "OnnxNode", "Read", "WrittenNode"]


class WrittenNode(NamedTuple):
    """A node to be written."""

    operator: str  # "Gemm"
    inputs: list[str]
    output: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class OnnxGraph:
    """A graph being written: nodes and constants in the order in which bridges append them."""

    nodes: list[WrittenNode] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)

    def node(self, operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Append a node; return its output's name."""
        self.nodes.append(WrittenNode(operator, list(inputs), output, attributes))
        return output

    def constant(self, name: str, array: npt.ArrayLike) -> str:
        """Append a constant; return its name."""
        self.constants[name] = np.array(array, order="C")
        return name

    def arrays(self, layer: str, arrays: Mapping[str, Array]) -> list[str]:
        """Append a layer's arrays as constants such as conv1.weight; return their names."""
        return [self.constant(f"{layer}.{name}", array) for name, array in arrays.items()]


@dataclass(frozen=True)
class Read:
    """What one node became: a layer with its arrays, a sum of branches, arithmetic with a constant, or nothing."""

    layer: Description | None = None
    arrays: tuple[Array | None, ...] = ()  # as the operation lists them; None keeps a bias of 0 and a scale of 1
    kind: str = ""  # of the operation it must become, where its input's shape decides
    branches: tuple[list["Read"], ...] = ()
    arithmetic: tuple[str, Array] | None = None
    wants_bias: bool = False  # a matrix product, whose bias may follow as an addition
    ends: bool = False  # a Softmax, which scores do without

    def with_bias(self, bias: Array) -> "Read":
        """Return the same with the bias of a matrix product."""
        return replace(self, arrays=(self.arrays[0], bias.reshape(-1)), wants_bias=False)

    def flattened(self) -> list["Read"]:
        """Return this and everything inside, in the order of the operations."""
        return [inner for branch in self.branches for step in branch for inner in step.flattened()] + [self]


@dataclass(frozen=True)
class OnnxNode:
    """A node being read: its operator, its attributes, its inputs that are constants and those that are not."""

    operator: str
    name: str
    attributes: Mapping[str, Any]
    constants: list[Array | None]  # by the input's place; None where it is not constant
    variables: list[str]  # the inputs that are not constants
    shape: tuple[int, ...] = ()  # of the first of them: (0, C, H, W); () where it is unknown

    def get(self, name: str, default: Any) -> Any:
        """Return an attribute, text decoded."""
        value = self.attributes.get(name, default)
        return value.decode() if isinstance(value, bytes) else value

    def array(self, place: int) -> Array | None:
        """Return the constant at an input's place, or None where it is not a constant."""
        return self.constants[place] if place < len(self.constants) else None

    def needed(self, place: int) -> Array:
        """Return the constant at an input's place; refuse the node where it is not a constant."""
        array = self.array(place)
        if array is None:
            raise self.refused(f"its input {place} must be a constant")
        return array

    def axis(self, default: int) -> int:
        """Return the attribute `axis`, counted from the front where the number of axes is known."""
        axis = int(self.get("axis", default))
        return axis + len(self.shape) if axis < 0 and self.shape else axis

    def refused(self, reason: str) -> InteropError:
        """Return the error that names this node."""
        return InteropError(f"load: the node {self.name!r} ({self.operator}) cannot be read: {reason}")

    def only(self, **allowed: Any) -> None:
        """Refuse an attribute whose value is not the one that the layer has."""
        for name, value in allowed.items():
            found = self.get(name, value)
            if found != value:
                raise self.refused(f"{name} must be {value}; got {found}")

    def symmetric_pads(self, kernel: tuple[int, ...]) -> tuple[int, int]:
        """Return the padding above and to the left; refuse the node where it differs below or to the right."""
        (top, bottom), (left, right) = self.pads(kernel)
        if (top, left) != (bottom, right):
            raise self.refused(f"padding must be the same on both sides; got {[top, left, bottom, right]}")
        return top, left

    def pads(self, kernel: tuple[int, ...]) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return the padding ((top, bottom), (left, right))."""
        auto = self.get("auto_pad", "NOTSET")
        pads = list(self.get("pads", [0] * (2 * len(kernel))))
        if auto == "VALID":
            pads = [0] * len(pads)
        elif auto != "NOTSET":
            pads = self.same_pads(auto, kernel)
        if len(pads) != 4 or min(pads) < 0:
            raise self.refused(f"padding must be two-dimensional and not negative; got {pads}")
        return (pads[0], pads[2]), (pads[1], pads[3])

    def same_pads(self, auto: str, kernel: tuple[int, ...]) -> list[int]:
        """Return the padding that makes ceil(size / stride) outputs; an odd one more goes where `auto` says."""
        sizes = self.shape[2:]
        if len(sizes) != len(kernel) or not all(sizes):
            raise self.refused(f"auto_pad {auto} needs the size of its input, which the file does not say")
        strides = self.get("strides", [1] * len(kernel))
        steps = self.get("dilations", [1] * len(kernel))
        covered = [1 + step * (k - 1) for step, k in zip(steps, kernel, strict=True)]
        total = [max((-(-n // s) - 1) * s + k - n, 0) for n, s, k in zip(sizes, strides, covered, strict=True)]
        less, more = [t // 2 for t in total], [t - t // 2 for t in total]
        return [*less, *more] if auto == "SAME_UPPER" else [*more, *less]
