"""Lowering: a list of layer descriptions becomes a flat list of operations, the only description of a step there is.

The network's loss executes this list with any table of layers and fresh arrays; a plan executes the same list with buffers bound
to it. Values are numbered: 0 is the input, every operation reads some and writes one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pellucid.layers import Description, LayerKind, Lowered, Parameter
from pellucid.layers.add import ADD
from pellucid.layers.tables import LIBRARY
from pellucid.nets.function import Function
from pellucid.nets.residual import Residual
from pellucid.shapes import ShapeError

__all__ = ["Operation", "Program", "lower"]


@dataclass(frozen=True)
class Operation:
    """One call of a layer's forward (and, in training, of its backward)."""

    name: str  # "conv1"
    layer: LayerKind  # what computes it
    inputs: tuple[int, ...]  # the values it reads
    output: int  # the value it writes
    shape: tuple[int, ...]  # of one sample of the output
    params: tuple[str, ...]  # names of parameters, in the order of the forward's arguments
    state: tuple[str, ...]  # names of running statistics
    options: Mapping[str, Any]  # keyword arguments of the forward
    multiply_adds: int  # for one sample
    number: int  # its place in the program; part of a dropout's key
    decay: float = 0.0  # of running statistics

    @property
    def kind(self) -> str:
        """The name of the layer that computes it: "conv"; or "function"."""
        return self.layer.name

    def training_options(self, seed: int, step: int) -> Mapping[str, Any]:
        """Return the keyword arguments of the training forward: the options, and the key of a layer that draws numbers."""
        return {**self.options, "key": (seed, self.number, step)} if self.layer.takes_key else self.options


@dataclass(frozen=True)
class Program:
    """A network made definite: its operations in order, and every array they name."""

    input_shape: tuple[int, ...]
    operations: tuple[Operation, ...]
    params: Mapping[str, Parameter]
    state: Mapping[str, Parameter]

    @property
    def output_shape(self) -> tuple[int, ...]:
        """The shape of one sample that goes out."""
        return self.operations[-1].shape


def lower(layers: Sequence[Description], input_shape: tuple[int, ...]) -> Program:
    """Lower a list of descriptions. Raises ShapeError, naming the layer, where one does not fit what comes before it."""
    lowering = _Lowering()
    if not isinstance(layers, (list, tuple)):
        raise ShapeError(f"Network: layers must be a list of layers; got {layers!r}")
    if not layers:
        raise ShapeError("Network: layers must hold at least one layer; it is empty")
    lowering.chain(layers, 0, tuple(input_shape))
    return Program(tuple(input_shape), tuple(lowering.operations), lowering.params, lowering.state)


class _Lowering:
    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.params: dict[str, Parameter] = {}
        self.state: dict[str, Parameter] = {}
        self.counts: Counter[str] = Counter()
        self.names: set[str] = set()

    def chain(self, layers: Sequence[Description], value: int, shape: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
        """Lower layers one after another; return the value and the shape that come out."""
        for layer in layers:
            if not isinstance(layer, Description):
                hint = "; write its call, with parentheses" if isinstance(layer, type) else ""
                raise ShapeError(f"Network: a layer must be a description such as ReLU(); {layer!r} is not{hint}")
            name = self.name_for(layer.name if isinstance(layer, Function) else layer.prefix)
            if isinstance(layer, Residual):
                value, shape = self.branches(name, layer, value, shape)
                continue
            try:
                lowered = layer.lowered(shape)
            except ShapeError as error:
                raise ShapeError(f"Network: {name} does not fit its input {shape}: {error}") from None
            if lowered.layer.running is not None and not hasattr(layer, "decay"):
                raise ShapeError(
                    f"Network: {name} keeps running statistics, so {type(layer).__name__} must have a setting `decay`"
                )
            value = self.emit(name, lowered, (value,), getattr(layer, "decay", 0.0))
            shape = lowered.shape
        return value, shape

    def name_for(self, prefix: str) -> str:
        """Return the next free name: conv1, conv2, ... (a Function may be called conv1 already)."""
        while True:
            self.counts[prefix] += 1
            name = f"{prefix}{self.counts[prefix]}"
            if name not in self.names:
                self.names.add(name)
                return name

    def branches(self, name: str, layer: Residual, value: int, shape: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
        """Lower both branches of a residual and the sum in which they merge."""
        body, body_shape = self.chain(layer.body, value, shape)
        shortcut, shortcut_shape = self.chain(layer.shortcut, value, shape)
        if body_shape != shortcut_shape:
            raise ShapeError(
                f"Network: {name} cannot add its branches: the body outputs {body_shape}, the shortcut {shortcut_shape}; "
                "give it shortcut=[...] layers with the same output shape"
            )
        merged = Lowered(ADD, body_shape)
        return self.emit(name, merged, (body, shortcut), 0.0), body_shape

    def emit(self, name: str, lowered: Lowered, inputs: tuple[int, ...], decay: float) -> int:
        """Append one operation; return the value it writes."""
        params = {f"{name}.{key}": parameter for key, parameter in lowered.params.items()}
        state = {f"{name}.{key}": parameter for key, parameter in lowered.state.items()}
        self.params.update(params)
        self.state.update(state)
        _check_layer(name, lowered)
        number = len(self.operations)
        self.operations.append(
            Operation(
                name=name,
                layer=lowered.layer,
                inputs=inputs,
                output=number + 1,
                shape=lowered.shape,
                params=tuple(params),
                state=tuple(state),
                options=dict(lowered.options),
                multiply_adds=lowered.multiply_adds,
                number=number,
                decay=decay,
            )
        )
        return number + 1


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
