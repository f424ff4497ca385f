"""A graph read backwards, from its output to its input: every node becomes what its operator's bridge makes of it."""

from collections.abc import Callable, Sequence

import numpy as np
import onnx
from onnx import numpy_helper

from pellucid.interop import InteropError
from pellucid.interop.bridge import NoCounterpart
from pellucid.interop.bridges import all_bridges
from pellucid.interop.onnx_graph import OnnxNode, Read
from pellucid.shapes import Array

__all__ = ["GraphReader"]


class GraphReader:
    """The graph from its output backwards: every value has one node that makes it."""

    def __init__(self, graph: onnx.GraphProto, input_shape: Sequence[int] | None) -> None:
        self.readers = _readers()
        self.constants = {tensor.name: _array(tensor) for tensor in graph.initializer}
        self.makers: dict[str, onnx.NodeProto] = {}
        for node in graph.node:
            if node.op_type == "Constant":
                self.constants[node.output[0]] = _constant_value(node)
            else:
                self.makers |= {name: node for name in node.output if name}
        inputs = [value for value in graph.input if value.name not in self.constants]
        if len(inputs) != 1 or len(graph.output) != 1:
            raise InteropError(
                f"load: the model must have one input and one output; got {len(inputs)} and {len(graph.output)}"
            )
        self.input = inputs[0].name
        tensor = inputs[0].type.tensor_type
        self.kind = tensor.elem_type
        sizes = tuple(d.dim_value for d in tensor.shape.dim[1:])
        if input_shape is None and (not sizes or not all(sizes)):
            raise InteropError(
                f"load: the file leaves the input's sizes open, {sizes}; pass input_shape, such as (3, 32, 32)"
            )
        self.shape = sizes if input_shape is None else tuple(input_shape)
        self.shapes = _inferred_shapes(graph, inputs[0], self.shape)

    def chain(self, value: str, start: str) -> list[Read]:
        """Return what leads from `start` to `value`, in order."""
        steps: list[Read] = []
        while value != start:
            if value not in self.makers:
                raise InteropError(f"load: {value} is not reached from the input by a chain of layers")
            node = self.node(value)
            if _joins_branches(node):
                step, value = self.residual(node)
            else:
                step, value = self.read(node), node.variables[0]
            steps.append(step)
        return _merged(steps[::-1])

    def node(self, value: str) -> OnnxNode:
        """Return the node that makes a value."""
        made = self.makers[value]
        variables = [name for name in made.input if name and name not in self.constants]
        return OnnxNode(
            operator=made.op_type if made.domain in ("", "ai.onnx") else f"{made.domain}.{made.op_type}",
            name=made.name or made.output[0],
            attributes={a.name: onnx.helper.get_attribute_value(a) for a in made.attribute},
            constants=[self.constants.get(name) for name in made.input],
            variables=variables,
            shape=self.shapes.get(variables[0], ()) if variables else (),
        )

    def read(self, node: OnnxNode) -> Read:
        """Return what a node with one input that is not constant became."""
        if node.operator not in self.readers:
            raise InteropError(
                f"load: no layer corresponds to the operator {node.operator} (node {node.name!r}); "
                f"supported are {', '.join(sorted(self.readers))}; docs/adding-a-layer.md shows how to add others"
            )
        if len(node.variables) != 1:
            raise InteropError(
                f"load: the node {node.name!r} ({node.operator}) must have exactly one input that is not constant"
            )
        return self.readers[node.operator](node)

    def residual(self, node: OnnxNode) -> tuple[Read, str]:
        """Return an addition of two branches, and the value from which they start."""
        left, right = node.variables
        ancestors, value = [left], left
        while value in self.makers:
            value = self.before(value)
            ancestors.append(value)
        fork = right
        while fork not in ancestors:
            if fork not in self.makers:
                raise InteropError(f"load: the two branches of {node.name!r} do not start from the same value")
            fork = self.before(fork)
        branches = [self.chain(left, fork), self.chain(right, fork)]
        body, shortcut = branches if branches[0] else branches[::-1]
        if not body:
            raise InteropError(f"load: {node.name!r} adds a value to itself, which no layer does")
        return Read(branches=(body, shortcut)), fork

    def before(self, value: str) -> str:
        """Return the value that a node reads; of an addition, the one from which its branches start."""
        node = self.node(value)
        if _joins_branches(node):
            return self.residual(node)[1]
        if not node.variables:
            raise InteropError(f"load: the node {node.name!r} ({node.operator}) reads only constants")
        return node.variables[0]


def _joins_branches(node: OnnxNode) -> bool:
    return node.operator == "Add" and len(node.variables) == 2


def _inferred_shapes(
    graph: onnx.GraphProto, entry: onnx.ValueInfoProto, sample: tuple[int, ...]
) -> dict[str, tuple[int, ...]]:
    """Return the sizes of every value that follow from the input's, its first axis aside; what is not known is 0."""
    known = onnx.helper.make_tensor_value_info(entry.name, entry.type.tensor_type.elem_type, ["N", *sample])
    copy = onnx.GraphProto()
    copy.CopyFrom(graph)
    for value in copy.input:
        if value.name == entry.name:
            value.CopyFrom(known)
    del copy.value_info[:]
    del copy.output[:]
    inferred = onnx.shape_inference.infer_shapes(onnx.helper.make_model(copy)).graph
    values = [*inferred.value_info, known]
    return {value.name: tuple(d.dim_value for d in value.type.tensor_type.shape.dim) for value in values}


def _merged(steps: list[Read]) -> list[Read]:
    """Join a MatMul and the addition of its bias."""
    joined: list[Read] = []
    for step in steps:
        last = joined[-1] if joined else None
        if last is not None and last.wants_bias and step.arithmetic and step.arithmetic[0] == "Add":
            joined[-1] = last.with_bias(step.arithmetic[1])
        else:
            joined.append(step)
    return joined


def _readers() -> dict[str, Callable[[OnnxNode], Read]]:
    """Return what reads each operator: the bridges of layers, and the operators that are no layer."""
    readers: dict[str, Callable[[OnnxNode], Read]] = dict.fromkeys(("Add", "Sub", "Mul", "Div"), _arithmetic)
    readers |= {"Identity": lambda node: Read()}
    for bridge in all_bridges():
        if not isinstance(bridge.from_onnx, NoCounterpart):
            readers |= bridge.from_onnx
    return readers


def _arithmetic(node: OnnxNode) -> Read:
    constant = next((array for array in node.constants if array is not None), None)
    if constant is None or (node.operator in ("Sub", "Div") and node.constants[1] is None):
        raise node.refused("one operand must be a constant, and of Sub and Div the second")
    return Read(arithmetic=(node.operator, constant))


def _array(tensor: onnx.TensorProto) -> Array:
    """Return a tensor's values. Raises InteropError where they do not fit its shape or type."""
    try:
        return numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise InteropError(f"load: the tensor {tensor.name!r} cannot be read ({reason})") from None


def _constant_value(node: onnx.NodeProto) -> Array:
    """Return the value of a Constant node."""
    value = onnx.helper.get_attribute_value(node.attribute[0])
    return _array(value) if isinstance(value, onnx.TensorProto) else np.asarray(value)
