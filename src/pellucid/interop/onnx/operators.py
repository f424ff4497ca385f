"""What each ONNX operator is here: one function an operator, from a node with its constants to a layer and its arrays."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import onnx

import pellucid.nets as d
from pellucid.interop import InteropError
from pellucid.nets import Description
from pellucid.shapes import Array

__all__ = ["READERS", "Node", "Read"]


class Node:
    """A node: its operator, its attributes, its inputs that are constants and those that are not."""

    def __init__(self, node: onnx.NodeProto, constants: dict[str, Array], shapes: dict[str, tuple[int, ...]]) -> None:
        self.kind = node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}"
        self.name = node.name or node.output[0]
        self.attributes: dict[str, Any] = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        self.inputs = list(node.input)
        self.constants = [constants.get(name) for name in node.input]
        self.variables = [name for name in node.input if name and name not in constants]
        self.shape = (
            shapes.get(self.variables[0], ()) if self.variables else ()
        )  # of the input: (0, C, H, W); () unknown

    def get(self, name: str, default: Any) -> Any:
        """Return an attribute."""
        return self.attributes.get(name, default)

    def array(self, place: int) -> Array | None:
        """Return the constant at an input's place, or None where there is none."""
        return self.constants[place] if place < len(self.constants) else None

    def needed(self, place: int) -> Array:
        """Return the constant at an input's place, which must be one."""
        array = self.array(place)
        if array is None:
            raise self.refused(f"its input {place} must be a constant")
        return array

    def axis(self, default: int) -> int:
        """Return the attribute `axis`, counted from the front where the number of axes is known."""
        axis = int(self.get("axis", default))
        return axis + len(self.shape) if axis < 0 and self.shape else axis

    def refused(self, why: str) -> InteropError:
        """Return the error that names this node."""
        return InteropError(f"load: the node {self.name!r} ({self.kind}) cannot be read: {why}")

    def only(self, **allowed: Any) -> None:
        """Refuse an attribute with another value than the one that a layer has."""
        for name, value in allowed.items():
            found = self.attributes.get(name, value)
            found = found.decode() if isinstance(found, bytes) else found
            if found != value:
                raise self.refused(f"{name} must be {value}; it is {found}")


@dataclass(frozen=True)
class Read:
    """What one node became: a layer with its arrays, a residual, arithmetic with a constant, or nothing."""

    layer: Description | None = None
    arrays: tuple[Array | None, ...] = ()  # as the operation lists them
    branches: tuple[list["Read"], ...] = ()
    arithmetic: tuple[str, Array] | None = None
    wants_bias: bool = False
    ends: bool = False  # a Softmax, which scores do without

    def with_bias(self, bias: Array) -> "Read":
        """Return the same with the bias of a matrix product."""
        return replace(self, arrays=(self.arrays[0], bias.reshape(-1)), wants_bias=False)

    def all_arrays(self) -> list[tuple[Array | None, ...]]:
        """Return the arrays of this and of everything inside, in the order of the operations."""
        inside = [arrays for branch in self.branches for step in branch for arrays in step.all_arrays()]
        return inside + ([self.arrays] if self.arrays else [])


def _gemm(node: Node) -> Read:
    node.only(transA=0)
    weight = node.needed(1)
    weight = weight.T if node.get("transB", 0) else weight
    bias = node.array(2)
    if bias is not None:
        if bias.size not in (1, weight.shape[1]) or bias.shape[-1:] not in ((), (1,), weight.shape[1:]):
            raise node.refused(f"its bias must be one number a column, ({weight.shape[1]},); it has shape {bias.shape}")
        bias = np.broadcast_to(bias.reshape(-1) * node.get("beta", 1.0), weight.shape[1:])
    return Read(d.Affine(weight.shape[1]), (weight * node.get("alpha", 1.0), bias))


def _matmul(node: Node) -> Read:
    weight = node.needed(1)
    if weight.ndim != 2:
        raise node.refused(f"its matrix must have two axes; it has shape {weight.shape}")
    return Read(d.Affine(weight.shape[1]), (weight, None), wants_bias=True)


def _pads(node: Node, kernel: tuple[int, ...]) -> tuple[int, int]:
    """Return what is added above and left; the same must be added below and right."""
    how = node.get("auto_pad", b"NOTSET").decode()
    pads = list(node.get("pads", [0] * (2 * len(kernel))))
    if how == "VALID":
        pads = [0] * len(pads)
    elif how != "NOTSET":
        sizes = node.shape[2:]
        if len(sizes) != len(kernel) or not all(sizes):
            raise node.refused(f"auto_pad {how} needs the size of its input, which the file does not say")
        strides = node.get("strides", [1] * len(kernel))
        total = [max((-(-n // s) - 1) * s + k - n, 0) for n, s, k in zip(sizes, strides, kernel, strict=True)]
        less, more = [t // 2 for t in total], [t - t // 2 for t in total]
        pads = [*less, *more] if how == "SAME_UPPER" else [*more, *less]
    if len(pads) != 4 or pads[:2] != pads[2:]:
        raise node.refused(f"padding must be of images and the same on both sides; it is {pads}")
    return pads[0], pads[1]


def _conv(node: Node) -> Read:
    weight = node.needed(1)
    if weight.ndim != 4:
        raise node.refused("only convolutions of images are known")
    node.only(group=1, dilations=[1, 1])
    stride = tuple(node.get("strides", [1, 1]))
    layer = d.Conv(weight.shape[0], weight.shape[2:], stride, _pads(node, weight.shape[2:]))
    return Read(layer, (weight, node.array(2)))


def _batchnorm(node: Node) -> Read:
    node.only(training_mode=0)
    layer = d.BatchNorm(node.get("epsilon", 1e-5), node.get("momentum", 0.9))
    return Read(layer, tuple(node.needed(place) for place in range(1, 5)))


def _layernorm(node: Node) -> Read:
    if node.axis(-1) not in (-1, len(node.shape) - 1):
        raise node.refused(f"axis must be the last; it is {node.get('axis', -1)}")
    return Read(d.LayerNorm(node.get("epsilon", 1e-5)), (node.needed(1), node.array(2)))


def _groupnorm(node: Node) -> Read:
    return Read(d.GroupNorm(node.attributes["num_groups"], node.get("epsilon", 1e-5)), (node.needed(1), node.needed(2)))


def _pool(kind: type[d.MaxPool] | type[d.AvgPool]) -> Callable[[Node], Read]:
    def read(node: Node) -> Read:
        size = tuple(node.attributes["kernel_shape"])
        if len(size) != 2:
            raise node.refused(f"only pooling of images is known; it has {len(size)} axes")
        node.only(ceil_mode=0, dilations=[1, 1])
        if _pads(node, size) != (0, 0):
            raise node.refused("only pooling without padding is known")
        return Read(kind(size, tuple(node.get("strides", [1, 1]))))

    return read


def _reshape(node: Node) -> Read:
    shape = node.needed(1).tolist()
    if len(shape) != 2 or (shape[1] != -1 and shape[0] != -1 and shape[0] != 0):
        raise node.refused(f"only a reshape to rows, such as (0, -1), is known; it is {shape}")
    return Read(d.Flatten())


def _flatten(node: Node) -> Read:
    if node.axis(1) != 1:
        raise node.refused(f"axis must be 1, which keeps the samples apart; it is {node.get('axis', 1)}")
    return Read(d.Flatten())


def _gelu(node: Node) -> Read:
    node.only(approximate="none")
    return Read(d.GELU())


def _softmax(node: Node) -> Read:
    return Read(ends=True)


def _arithmetic(node: Node) -> Read:
    constant = next((array for array in node.constants if array is not None), None)
    if constant is None or (node.kind in ("Sub", "Div") and node.constants[1] is None):
        raise node.refused("one operand must be a constant, and of Sub and Div the second")
    return Read(arithmetic=(node.kind, constant))


def _nothing(node: Node) -> Read:
    return Read()


READERS: dict[str, Callable[[Node], Read]] = {
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Conv": _conv,
    "BatchNormalization": _batchnorm,
    "LayerNormalization": _layernorm,
    "GroupNormalization": _groupnorm,
    "MaxPool": _pool(d.MaxPool),
    "AveragePool": _pool(d.AvgPool),
    "GlobalAveragePool": lambda node: Read(d.GlobalAvgPool()),
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Relu": lambda node: Read(d.ReLU()),
    "LeakyRelu": lambda node: Read(d.LeakyReLU(node.get("alpha", 0.01))),
    "Sigmoid": lambda node: Read(d.Sigmoid()),
    "Tanh": lambda node: Read(d.Tanh()),
    "Gelu": _gelu,
    "Softmax": _softmax,
    "LogSoftmax": _softmax,
    "Identity": _nothing,
    "Dropout": _nothing,
    "Add": _arithmetic,
    "Sub": _arithmetic,
    "Mul": _arithmetic,
    "Div": _arithmetic,
}
