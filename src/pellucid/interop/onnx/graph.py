"""A graph read from its inputs to its outputs: every node becomes what its operator's bridge makes of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import onnx

from pellucid.interop import InteropError
from pellucid.interop.assembly import Assembly
from pellucid.interop.bridges import all_bridges, registered_bridges
from pellucid.interop.constants import NoLayerError, ReadConstant
from pellucid.interop.forms import FORMS, not_read
from pellucid.interop.onnx.endings import SQUASHES, softmax_axes
from pellucid.interop.onnx.entry import ReadInput
from pellucid.interop.onnx.layering import filling, is_along, operator_of, readers_of, stripped
from pellucid.interop.onnx.moving import parts, zeros_around
from pellucid.interop.onnx.operators import OPERATORS
from pellucid.interop.onnx.parts import parts_of
from pellucid.interop.onnx.placed import OnnxValues, PlacedNode
from pellucid.interop.onnx.running import Observed
from pellucid.interop.onnx.spelled.formulas import INSIDE, Formula, formulas
from pellucid.interop.onnx.stacking import stacked
from pellucid.interop.onnx_graph import OnnxNode, Read
from pellucid.interop.values import ReadValue, no_arrays
from pellucid.layers import Node
from pellucid.nets import Affine, Conv, Description, Input, Network, Reshape
from pellucid.shapes import Array, ShapeError

__all__ = ["GraphReader"]

SEVERAL = 99  # no axis: a softmax over several
ELEMENTWISE = {
    *(
        "Relu",
        "LeakyRelu",
        "Elu",
        "Selu",
        "Sigmoid",
        "Tanh",
        "Softplus",
        "HardSigmoid",
        "HardSwish",
        "Mish",
        "Gelu",
        "Clip",
    ),
}


class GraphReader:
    """The values of a graph, as they become nodes of a network."""

    def __init__(self, graph: onnx.GraphProto, observed: Observed, outputs: Sequence[str], version: int) -> None:
        self.graph, self.observed, self.version = graph, observed, version
        self.values = OnnxValues(Assembly("load"))
        self.readers = readers_of(all_bridges())
        self.own = readers_of(registered_bridges())  # of layers defined elsewhere, which come first
        self.outputs = list(dict.fromkeys(outputs))
        self.formulas = formulas(graph, observed, version)
        self.nodes = self.needed()
        self.readings = Counter(name for node in self.nodes for name in set(node.input))
        self.readings.update(self.outputs)
        self.padded: dict[str, list[int]] = {}  # values with zeros around: above and left, then below and right
        self.absorbed: dict[str, str] = {}  # the sum with a bias -> its product

    def needed(self) -> list[onnx.NodeProto]:
        """Return the nodes that the outputs depend on, in order, except those that make constants."""
        wanted, found = set(self.outputs), []
        for node in reversed(self.graph.node):
            if wanted & set(node.output) and not set(node.output) <= self.observed.constants.keys():
                found.append(node)
                formula = self.formulas.get(node.output[0])
                wanted.update(node.input if formula is None else [formula.source])
        return found[::-1]

    def network(self, entries: Mapping[str, ReadInput], dtype: Any) -> Network:
        """Return the network between the inputs and the outputs."""
        inputs: list[Node] = []
        for name, entry in entries.items():
            inputs.append(Input(entry.shape, name=name))
            self.values.known[entry.begins] = ReadValue(inputs[-1], entry.shape)
        for node in self.nodes:
            if node.output[0] in self.values.known or any(node.output[0] in entry.passed for entry in entries.values()):
                continue
            if node.op_type == "Split" and "Split" not in self.own:
                self.values.known |= self.parts(node)
            else:
                self.values.known[node.output[0]] = self.value(node)
        try:
            return self.values.assembly.network(inputs, [self.end(name) for name in self.outputs], dtype)
        except ShapeError as error:
            raise InteropError(f"load: {error}") from None

    def end(self, name: str) -> Node:
        """Return an output: what a layer makes."""
        if name in self.observed.constants or name not in self.values.known:
            raise InteropError(f"load: the output {name!r} does not depend on the input, or has no layer")
        if name in self.values.stacks:
            raise InteropError(f"load: the output {name!r} cannot be read: it is stacked in front of the samples")
        value = self.values.known[name]
        try:
            node = self.values.node(value if value.shape else replace(value, shape=(1,)))
        except NoLayerError as reason:
            raise InteropError(f"load: the output {name!r} cannot be read: {reason}") from None
        if node.layer is None:  # the input itself: a layer that does nothing
            node = self.values.assembly.call(Reshape(node.shape), [node], no_arrays)
        return node

    def value(self, made: onnx.NodeProto) -> ReadValue:
        """Return what a node makes."""
        if made.output[0] in self.formulas:
            return self.of_formula(made, self.formulas[made.output[0]])
        placed = self.placed(made)
        node = placed.node
        further = [name for name in made.output[1:] if name and self.readings[name]]
        if further:
            raise node.refused(f"its output {further[0]!r} is read, and only the first can be")
        if made.output[0] in self.absorbed:
            return self.values.known[self.absorbed[made.output[0]]]
        try:
            if node.operator == "Pad" and node.operator not in self.own and self.is_of_convolutions(made, node):
                self.padded[made.output[0]] = zeros_around(node) or []
                return placed.value
            if (stack := stacked(self.values, placed, made.output[0])) is not None:
                return stack
            special = None if node.operator in self.own else OPERATORS.get(node.operator)
            found = None if special is None else special(self.values, placed)
            return self.layer(made, placed) if found is None else found
        except NoLayerError as reason:
            raise node.refused(str(reason)) from None
        except ShapeError as error:
            raise node.refused(str(error)) from None
        except InteropError:
            raise
        except FORMS as error:
            raise node.refused(not_read(error)) from None

    def is_of_convolutions(self, made: onnx.NodeProto, node: OnnxNode) -> bool:
        """Whether a Pad puts zeros around an image that only convolutions read, which pad themselves."""
        readers = [reader for reader in self.nodes if made.output[0] in reader.input]
        pads_itself = all(
            reader.op_type == "Conv"
            and all(a.s in (b"NOTSET", b"VALID") for a in reader.attribute if a.name == "auto_pad")
            for reader in readers
        )
        return bool(readers) and made.output[0] not in self.outputs and pads_itself and zeros_around(node) is not None

    def parts(self, made: onnx.NodeProto) -> dict[str, ReadValue]:
        """Return what a Split makes, by name."""
        placed = self.placed(made)
        axis = int(placed.node.get("axis", 0))
        try:
            found = parts(self.values, placed, [self.observed.shapes[name][axis] for name in made.output])
        except (NoLayerError, ShapeError) as reason:
            raise placed.node.refused(str(reason)) from None
        return dict(zip(made.output, found, strict=True))

    def of_formula(self, made: onnx.NodeProto, formula: Formula) -> ReadValue:
        """Return the layer that several nodes together compute."""
        value = self.values.known[formula.source]
        try:
            made_of = self.values.over_channels if formula.over_channels else self.values.unlearned
            found = made_of(formula.layer, value)
            if formula.factor is None:
                return found
            return self.values.arithmetic(
                found, ReadConstant(formula.factor, True), ReadConstant(np.zeros((), np.float32))
            )
        except (NoLayerError, ShapeError) as reason:
            raise InteropError(
                f"load: the node {made.name or made.output[0]!r} ({made.op_type}) cannot be read: {reason}"
            ) from None

    def placed(self, made: onnx.NodeProto) -> PlacedNode:
        constants = [self.observed.constants.get(name) for name in made.input]
        variables = [name for name in made.input if name and name not in self.observed.constants]
        shapes = self.observed.shapes
        if made.op_type == "Resize":
            variables = variables[:1]
            constants = [None, None, self.enlarged(made)]
        node = OnnxNode(
            operator=operator_of(made, constants),
            name=made.name or made.output[0],
            attributes=self.attributes(made, variables),
            constants=constants,
            variables=variables,
            shape=(0, *self.known_shape(variables[0])) if variables else (),
        )
        if not variables:
            raise node.refused("it makes random numbers, or runs a graph of its own")
        for name in variables:
            if name not in self.values.known:
                raise node.refused(f"its input {name!r} is not a value that a layer makes")
        inputs = [self.values.known.get(name) if name in variables else None for name in made.input]
        return PlacedNode(node, inputs, shapes[variables[0]], shapes.get(made.output[0], ()))

    def enlarged(self, made: onnx.NodeProto) -> Array:
        """Return by which factors a Resize enlarges each axis, which its sizes say, too."""
        before, after = (self.observed.shapes.get(name, ()) for name in (made.input[0], made.output[0]))
        return np.array([b / a for a, b in zip(before, after, strict=True)])

    def known_shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a sample of a value, without the zeros around it that a convolution adds."""
        if name in self.padded:
            return self.values.known[name].shape
        return tuple(self.observed.shapes.get(name, ())[1:])

    def attributes(self, made: onnx.NodeProto, variables: Sequence[str]) -> dict[str, Any]:
        """Return a node's attributes; a convolution pads with the zeros that a node before it put around."""
        found = {a.name: onnx.helper.get_attribute_value(a) for a in made.attribute}
        if made.op_type in SQUASHES:
            axes = softmax_axes(made, len(self.observed.shapes[made.input[0]]), self.version)
            found["axis"] = axes[0] if len(axes) == 1 else SEVERAL
        around = next((self.padded[name] for name in variables if name in self.padded), None)
        if around is None:
            return found
        own = found.get("pads") or [0] * len(around)
        return found | {"pads": [a + b for a, b in zip(own, around, strict=True)], "auto_pad": b"NOTSET"}

    def layer(self, made: onnx.NodeProto, placed: PlacedNode) -> ReadValue:
        """Return what a layer, read by its bridge, makes of a value."""
        node = placed.node
        if node.operator not in self.readers:
            raise self.without_layer(node)
        if len(node.variables) != 1:
            raise node.refused("it must have exactly one input that is not constant")
        parts = parts_of(node, placed.value.shape)
        if parts is None:
            return self.laid(made, node, placed.value, placed.shape[1:])
        value = placed.value
        for part, shape in parts:
            value = self.laid(made, part, self.values.reshaped(value, part.shape[1:]), shape)
        return self.values.reshaped(value, placed.shape[1:])

    def without_layer(self, node: OnnxNode) -> InteropError:
        """Return the refusal of an operator; the list of all others stands last, and only where it may help."""
        message = f"load: no layer corresponds to the operator {node.operator} (node {node.name!r})"
        if node.operator in INSIDE:
            return InteropError(f"{message}: it is read within a norm or a GELU, and the nodes around it compute none")
        known = ", ".join(sorted(self.readers.keys() | OPERATORS.keys()))
        return InteropError(f"{message}; docs/adding-a-layer.md shows how to add one; supported are {known}")

    def laid(self, made: onnx.NodeProto, node: OnnxNode, value: ReadValue, shape: tuple[int, ...]) -> ReadValue:
        """Return what the layer of a node makes of a value; `shape` is that of a sample in the file, () where it is not known."""
        read = self.readers[node.operator](node)
        if read.layer is None:
            if read.ends:
                raise NoLayerError("a softmax over this axis stands within")
            return value
        if read.wants_bias or (isinstance(read.layer, Conv) and read.arrays[1] is None):
            read = self.with_bias(made, read)
        assert read.layer is not None
        layer: Description = read.layer
        if node.operator in ELEMENTWISE and not read.arrays:
            made_of = self.values.assembly.call(layer, [value.node], no_arrays)
            return replace(value, node=made_of)
        if isinstance(layer, Affine) and value.order and value.order[-1] == 0 and len(value.shape) == 3:
            return self.of_pixels(node, read, value)
        source = self.values.row(value) if isinstance(layer, Affine) else self.values.node(value)
        new = self.values.assembly.call(layer, [source], filling(node, read, value.places))
        shape = shape or new.shape
        if stripped(shape) != stripped(new.shape):
            raise NoLayerError(f"its samples have shape {shape}, the layer's {new.shape}")
        return ReadValue(new, shape)

    def of_pixels(self, node: OnnxNode, read: Read, value: ReadValue) -> ReadValue:
        """Return a product with a matrix over the last axis, that of channels: a convolution of 1 x 1 pixels."""
        weight, bias = read.arrays
        assert weight is not None
        layer = Conv(weight.shape[1], 1)
        pixels = Read(layer, (weight.T[:, :, None, None], bias))
        new = self.values.assembly.call(layer, [value.node], filling(node, pixels, ()))
        return ReadValue(new, (*value.shape[:-1], layer.filters), value.order)

    def with_bias(self, made: onnx.NodeProto, read: Read) -> Read:
        """Return a product or a convolution with the bias that is added behind it, where nothing else reads it."""
        channels = read.layer.filters if isinstance(read.layer, Conv) else getattr(read.layer, "out", 0)
        axis, name = (1, made.output[0]) if isinstance(read.layer, Conv) else (-1, made.output[0])
        while self.readings[name] == 1:
            readers = [node for node in self.nodes if name in node.input]
            if len(readers) != 1:
                break
            after = readers[0]
            if after.op_type == "Transpose" and axis > 0:
                perm = next((list(a.ints) for a in after.attribute if a.name == "perm"), [])
                axis, name = perm.index(axis) if axis in perm else 0, after.output[0]
                continue
            other = next((constant for constant in after.input if constant != name), "")
            bias = self.observed.constants.get(other)
            rank = len(self.observed.shapes.get(name, ()))
            if after.op_type == "Add" and bias is not None and is_along(bias, axis, channels, rank):
                self.absorbed[after.output[0]] = name
                return replace(read, arrays=(read.arrays[0], bias.reshape(-1)), wants_bias=False)
            break
        return read
