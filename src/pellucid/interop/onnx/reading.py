"""An ONNX classifier as a network: nodes are read from the input to the scores, each as the layer that computes the same.

A chain of operators, with residual additions, is what can be read. Operators that do nothing at inference (Identity,
Dropout) are passed over; a Softmax at the end is left out (`predict` gives scores); a Sub and a Div, or a Mul and an Add, by
constants at the beginning are kept as preprocessing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import numpy_helper

from pellucid.interop import InteropError
from pellucid.interop.onnx.operators import READERS, Node, Read
from pellucid.nets import Description, Network, Residual
from pellucid.shapes import Array

__all__ = ["LoadedModel", "load"]


@dataclass(frozen=True)
class LoadedModel:
    """A network read from a file, and what the file says about it."""

    net: Network
    classes: tuple[str, ...]  # () where the file names none
    shift: Array | None  # preprocessing: (x - shift) / scale
    scale: Array | None
    metadata: dict[str, str]

    def prepared(self, x: Array) -> Array:
        """Return what the network takes of the model's input."""
        x = np.asarray(x, dtype=self.net.dtype)
        x = x if self.shift is None else x - self.shift
        return x if self.scale is None else x / self.scale

    def predict(self, x: Array) -> Array:
        """Return the scores of the model's input, preprocessing included."""
        return self.net.predict(self.prepared(x))


def load(source: str | PathLike[str] | onnx.ModelProto, *, input_shape: Sequence[int] | None = None) -> LoadedModel:
    """Read a classifier. `input_shape`, of one sample, is needed where the file leaves sizes open. Raises InteropError by node."""
    model = source if isinstance(source, onnx.ModelProto) else _file(source)
    graph = _Reading(model.graph, input_shape)
    steps = graph.chain(model.graph.output[0].name, graph.input)
    while steps and steps[-1].ends:
        steps.pop()
    shift, scale = graph.take_preprocessing(steps)
    layers, arrays = _layers(steps), [array for step in steps for array in step.all_arrays()]
    if not layers:
        raise InteropError("load: the model holds no layer that is known")
    dtype = np.float64 if graph.kind == onnx.TensorProto.DOUBLE else np.float32
    net = Network(layers, graph.shape, dtype=dtype)
    _fill(net, arrays)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    return LoadedModel(net, _classes(metadata), shift, scale, metadata)


def _file(path: Any) -> onnx.ModelProto:
    try:
        model = onnx.load(str(path))
        onnx.checker.check_model(model)
    except (OSError, DecodeError, onnx.checker.ValidationError) as error:
        raise InteropError(f"load: {path} is no ONNX model that can be read ({str(error).splitlines()[0]})") from None
    return model


class _Reading:
    """The graph from its output backwards: every value has one node that makes it."""

    def __init__(self, graph: onnx.GraphProto, input_shape: Sequence[int] | None) -> None:
        self.constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self.makers: dict[str, onnx.NodeProto] = {}
        for node in graph.node:
            if node.op_type == "Constant":
                self.constants[node.output[0]] = helper_value(node)
            else:
                self.makers |= {name: node for name in node.output if name}
        inputs = [value for value in graph.input if value.name not in self.constants]
        if len(inputs) != 1 or len(graph.output) != 1:
            raise InteropError(
                f"load: the model must have one input and one output; it has {len(inputs)} and {len(graph.output)}"
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
        self.shapes = inferred_shapes(graph, inputs[0], self.shape)

    def chain(self, value: str, start: str) -> list[Read]:
        """Return what leads from `start` to `value`, in order."""
        steps: list[Read] = []
        while value != start:
            if value not in self.makers:
                raise InteropError(f"load: {value} is not reached from the input by a chain of layers")
            node = Node(self.makers[value], self.constants, self.shapes)
            if node.kind == "Add" and len(node.variables) == 2:
                step, value = self.residual(node)
            elif node.kind not in READERS:
                known = ", ".join(sorted(READERS))
                raise InteropError(
                    f"load: no layer stands for the operator {node.kind} (node {node.name!r}); known are {known}"
                )
            elif len(node.variables) != 1:
                raise InteropError(
                    f"load: the node {node.name!r} ({node.kind}) must have one input that is no constant"
                )
            else:
                step, value = READERS[node.kind](node), node.variables[0]
            steps.append(step)
        return merged(steps[::-1])

    def residual(self, node: Node) -> tuple[Read, str]:
        """Read an addition of two branches and the value where they part."""
        left, right = node.variables
        ancestors, value = [left], left
        while value in self.makers:
            value = self.before(value)
            ancestors.append(value)
        fork = right
        while fork not in ancestors:
            if fork not in self.makers:
                raise InteropError(f"load: the two branches of {node.name!r} do not part at one value")
            fork = self.before(fork)
        branches = [self.chain(left, fork), self.chain(right, fork)]
        body, shortcut = branches if branches[0] else branches[::-1]
        if not body:
            raise InteropError(f"load: {node.name!r} adds a value to itself, which no layer does")
        return Read(branches=(body, shortcut)), fork

    def before(self, value: str) -> str:
        """Return the value that a node reads; of an addition, the one where its branches part."""
        node = Node(self.makers[value], self.constants, self.shapes)
        if node.kind == "Add" and len(node.variables) == 2:
            return self.residual(node)[1]
        if not node.variables:
            raise InteropError(f"load: the node {node.name!r} ({node.kind}) reads only constants")
        return node.variables[0]

    def take_preprocessing(self, steps: list[Read]) -> tuple[Array | None, Array | None]:
        """Remove additions and multiplications by constants from the front; return shift and scale of (x - shift) / scale."""
        shift: Any = None
        scale: Any = None
        while steps and (arithmetic := steps[0].arithmetic):
            steps.pop(0)
            kind, constant = arithmetic
            before = 0.0 if shift is None else shift
            unit = 1.0 if scale is None else scale
            if kind in ("Sub", "Add"):
                shift = before + (constant if kind == "Sub" else -constant) * unit
            else:
                scale = unit * (constant if kind == "Div" else 1 / constant)
        return shift, scale


def inferred_shapes(
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


def merged(steps: list[Read]) -> list[Read]:
    """Join a MatMul and the addition of its bias."""
    joined: list[Read] = []
    for step in steps:
        last = joined[-1] if joined else None
        if last is not None and last.wants_bias and step.arithmetic and step.arithmetic[0] == "Add":
            joined[-1] = last.with_bias(step.arithmetic[1])
        else:
            joined.append(step)
    return joined


def _layers(steps: list[Read]) -> list[Description]:
    layers: list[Description] = []
    for step in steps:
        if step.arithmetic:
            raise InteropError("load: arithmetic with constants is understood before the first layer only")
        if step.ends:
            raise InteropError("load: a Softmax is understood after the last layer only")
        if step.branches:
            layers.append(Residual(*(_layers(branch) for branch in step.branches)))
        elif step.layer is not None:
            layers.append(step.layer)
    return layers


def _fill(net: Network, arrays: list[tuple[Array | None, ...]]) -> None:
    """Copy the arrays in, operation by operation; None keeps a bias of 0 and a scale of 1."""
    operations = [o for o in net.program.operations if o.params]
    for operation, given in zip(operations, arrays, strict=True):
        if operation.name.startswith("layernorm") and operation.kind == "groupnorm":
            raise InteropError("load: LayerNormalization of images over their last axis has no layer here")
        for name, array in zip(operation.params + operation.state, given, strict=True):
            into = net.params if name in operation.params else net.state
            if array is not None and array.shape != into[name].shape:
                raise InteropError(f"load: {name} must have shape {into[name].shape}; the file's has {array.shape}")
            if array is not None:
                into[name] = array


def _classes(metadata: dict[str, str]) -> tuple[str, ...]:
    try:
        names = json.loads(metadata.get("classes", "[]"))
    except json.JSONDecodeError:
        return ()
    return tuple(str(name) for name in names) if isinstance(names, list) else ()


def helper_value(node: onnx.NodeProto) -> Array:
    """Return the value of a Constant node."""
    value = onnx.helper.get_attribute_value(node.attribute[0])
    return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else np.asarray(value)
