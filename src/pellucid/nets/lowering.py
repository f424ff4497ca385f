"""Lowering: layer descriptions, in a list or a graph, become a flat list of operations, the only description of a step there is.

The network's loss executes this list with any table of layers and fresh arrays; a plan executes the same list with buffers bound
to it. Values are numbered: the inputs come first (0, for most networks), every operation reads some and writes one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pellucid.layers import Description, LayerKind, Lowered, Parameter
from pellucid.layers.add import ADD
from pellucid.layers.description import Shape
from pellucid.layers.tables import LIBRARY
from pellucid.nets.function import Function
from pellucid.nets.graph import NetworkGraph, as_description
from pellucid.nets.naming import Names
from pellucid.nets.residual import Residual
from pellucid.shapes import ShapeError

__all__ = ["Operation", "Program", "lower"]


@dataclass(frozen=True)
class Operation:
    """One call of a layer's forward (and, in training, of its backward)."""

    name: str  # "conv1"; "conv1:2" where the layer is called a second time
    layer: LayerKind  # what computes it
    inputs: tuple[int, ...]  # the values it reads
    output: int  # the value it writes
    shape: tuple[int, ...]  # of one sample of the output
    params: tuple[str, ...]  # names of parameters, in the order of the forward's arguments
    state: tuple[str, ...]  # names of running statistics
    options: Mapping[str, Any]  # keyword arguments of the forward
    multiply_adds: int  # for one sample
    number: int  # its place in the program; part of a dropout's key
    decay: float  # of running statistics
    home: str  # the layer's name, under which its arrays are found: "conv1"
    description: Description  # what it was lowered from

    @property
    def kind(self) -> str:
        """The name of the layer that computes it: "conv"; or "function"."""
        return self.layer.name

    @property
    def is_repeated(self) -> bool:
        """Whether its layer was called before, so that its arrays are another operation's, too."""
        return self.name != self.home

    def training_options(self, seed: int, step: int) -> Mapping[str, Any]:
        """Return the keyword arguments of the training forward: the options, and the key of a layer that draws numbers."""
        return {**self.options, "key": (seed, self.number, step)} if self.layer.takes_key else self.options


@dataclass(frozen=True)
class Program:
    """A network made definite: its operations in order, and every array they name."""

    inputs: tuple[Shape, ...]  # the shape of one sample of each
    operations: tuple[Operation, ...]
    params: Mapping[str, Parameter]
    state: Mapping[str, Parameter]
    outputs: tuple[int, ...]  # the values that go out; the loss is that of the first
    networks: Mapping[str, NetworkGraph]  # those that are layers of this one, by name

    @property
    def input_shape(self) -> Shape:
        """The shape of one sample of the first input."""
        return self.inputs[0]

    @property
    def output_shape(self) -> Shape:
        """The shape of one sample of the first output."""
        return self.shape_of(self.outputs[0])

    def shape_of(self, value: int) -> Shape:
        """Return the shape of one sample of a value."""
        return self.inputs[value] if value < len(self.inputs) else self.operations[value - len(self.inputs)].shape

    @cached_property
    def trained(self) -> tuple[Operation, ...]:
        """The operations that the first output depends on, which are those that training runs."""
        needed = {self.outputs[0]}
        for operation in reversed(self.operations):
            if operation.output in needed:
                needed.update(operation.inputs)
        return tuple(operation for operation in self.operations if operation.output in needed)


def lower(layers: Sequence[Description] | NetworkGraph, input_shape: tuple[int, ...] = ()) -> Program:
    """Lower a list of descriptions, for samples of a shape, or a graph, which has its own.

    Raises ShapeError, naming the layer, where one does not fit what comes before it.
    """
    if isinstance(layers, NetworkGraph):
        lowering = _Lowering(layers.inputs)
        return lowering.program(lowering.graph(layers, range(len(layers.inputs))))
    if not isinstance(layers, (list, tuple)):
        raise ShapeError(f"Network: layers must be a list of layers; got {layers!r}")
    if not layers:
        raise ShapeError("Network: layers must hold at least one layer; it is empty")
    lowering = _Lowering((tuple(input_shape),))
    return lowering.program((lowering.chain(layers, 0),))


class _Lowering:
    def __init__(self, inputs: tuple[Shape, ...]) -> None:
        self.inputs = inputs
        self.shapes = list(inputs)  # of every value
        self.operations: list[Operation] = []
        self.params: dict[str, Parameter] = {}
        self.state: dict[str, Parameter] = {}
        self.names = Names()
        self.calls: Counter[str] = Counter()  # of a layer, by its name
        self.networks: dict[str, NetworkGraph] = {}

    def program(self, outputs: tuple[int, ...]) -> Program:
        """Return what was lowered."""
        return Program(self.inputs, tuple(self.operations), self.params, self.state, outputs, self.networks)

    def channels_hint(self) -> str:
        """Return a question where the network's input looks like an image whose channels come last."""
        shape = self.inputs[0]
        if len(shape) != 3 or shape[2] not in (1, 3) or min(shape[:2]) <= 3:
            return ""
        return f"; channels come first: input_shape=({shape[2]}, {shape[0]}, {shape[1]})?"

    def chain(self, layers: Iterable[Description], value: int) -> int:
        """Lower layers one after another; return the value that comes out."""
        for layer in layers:
            value = self.layer(as_description(layer), (value,))
        return value

    def graph(self, graph: NetworkGraph, inputs: Sequence[int]) -> tuple[int, ...]:
        """Lower a graph; return the values that come out."""
        values = list(inputs)
        names: dict[int, list[str]] = {}  # of the layers that were called, and of those inside
        for call in graph.calls:
            with self.names.again(names.get(call.layer)):
                before = len(self.names.given)
                values.append(self.layer(graph.layers[call.layer], tuple(values[v] for v in call.inputs)))
                names.setdefault(call.layer, self.names.given[before:])
        return tuple(values[value] for value in graph.outputs)

    def layer(self, layer: Description, inputs: tuple[int, ...]) -> int:
        """Lower one layer; return the value that comes out."""
        if not isinstance(layer, Description):
            hint = "; write its call, with parentheses" if isinstance(layer, type) else ""
            raise ShapeError(f"Network: a layer must be a description such as ReLU(); {layer!r} is not{hint}")
        shapes = [self.shapes[value] for value in inputs]
        if isinstance(layer, NetworkGraph):
            layer.check_as_layer(shapes)
            name = self.names.next(layer.prefix, own=layer.name)
            self.networks.setdefault(name, layer)
            with self.names.within(name):
                return self.graph(layer, inputs)[0]
        name = self.names.next(layer.name if isinstance(layer, Function) else layer.prefix)
        if isinstance(layer, Residual):
            return self.branches(name, layer, inputs[0])
        try:
            lowered = layer.lowered(*shapes)
        except ShapeError as error:
            given = ", ".join(map(str, shapes))
            raise ShapeError(f"Network: {name} does not fit its input {given}: {error}{self.channels_hint()}") from None
        if lowered.layer.running is not None and not hasattr(layer, "decay"):
            raise ShapeError(
                f"Network: {name} keeps running statistics, so {type(layer).__name__} must have a setting `decay`"
            )
        return self.emit(name, layer, lowered, inputs)

    def branches(self, name: str, layer: Residual, value: int) -> int:
        """Lower both branches of a residual and the sum in which they merge."""
        body, shortcut = self.chain(layer.body, value), self.chain(layer.shortcut, value)
        if self.shapes[body] != self.shapes[shortcut]:
            raise ShapeError(
                f"Network: {name} cannot add its branches: the body outputs {self.shapes[body]}, "
                f"the shortcut {self.shapes[shortcut]}; give it shortcut=[...] layers with the same output shape"
            )
        return self.emit(name, layer, Lowered(ADD, self.shapes[body]), (body, shortcut))

    def emit(self, home: str, description: Description, lowered: Lowered, inputs: tuple[int, ...]) -> int:
        """Append one operation; return the value it writes."""
        params = {f"{home}.{key}": parameter for key, parameter in lowered.params.items()}
        state = {f"{home}.{key}": parameter for key, parameter in lowered.state.items()}
        self._share(home, params, state)
        _check_layer(home, lowered)
        self.calls[home] += 1
        number = len(self.operations)
        self.operations.append(
            Operation(
                name=home if self.calls[home] == 1 else f"{home}:{self.calls[home]}",
                layer=lowered.layer,
                inputs=inputs,
                output=len(self.inputs) + number,
                shape=lowered.shape,
                params=tuple(params),
                state=tuple(state),
                options=dict(lowered.options),
                multiply_adds=lowered.multiply_adds,
                number=number,
                decay=getattr(description, "decay", 0.0),
                home=home,
                description=description,
            )
        )
        self.shapes.append(lowered.shape)
        return len(self.inputs) + number

    def _share(self, home: str, params: Mapping[str, Parameter], state: Mapping[str, Parameter]) -> None:
        """Declare an operation's arrays, or find them declared with the same shapes, where its layer is called again."""
        for declared, arrays in ((self.params, params), (self.state, state)):
            for name, parameter in arrays.items():
                shape = declared.setdefault(name, parameter).shape
                if shape != parameter.shape:
                    raise ShapeError(
                        f"Network: {home} is called on values of different sizes, so that its parameters cannot be "
                        f"shared: {name} is {shape} for one and {parameter.shape} for another"
                    )


def _check_layer(name: str, lowered: Lowered) -> None:
    """Refuse a layer that outputs nothing, has the name of one of the library, or keeps statistics that nothing moves."""
    layer = lowered.layer
    if 0 in lowered.shape:
        raise ShapeError(f"Network: {name} must output samples whose sizes are at least 1; got {lowered.shape}")
    if layer.name in LIBRARY and LIBRARY[layer.name] != layer:
        raise ShapeError(
            f"Network: {name} is computed by a layer called {layer.name!r}, as one of the library is; rename it"
        )
    if lowered.state and layer.running is None:
        raise ShapeError(
            f"Network: {name} has state, so its LayerKind must say how it is updated: running=Running(pack, update)"
        )
    if layer.running is not None and not lowered.state:
        raise ShapeError(f"Network: {name} keeps running statistics, which its Lowered must name: state={{...}}")
