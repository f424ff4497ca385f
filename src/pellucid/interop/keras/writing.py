"""A network as a functional Keras model: one layer of Keras for each of ours, the channels of images and sequences last."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers

from pellucid.interop import InteropError
from pellucid.interop.bridge import KerasBridge, KerasLayer, NoCounterpart, PlacedLayer
from pellucid.interop.bridges import placed_layers
from pellucid.interop.constants import NoLayerError
from pellucid.interop.keras.values import turned
from pellucid.interop.keras_layers import named
from pellucid.nets import Network
from pellucid.shapes import Array

__all__ = ["to_keras"]

Shape = tuple[int, ...]


@dataclass(frozen=True)
class _Value:
    """A symbol of Keras, and how its numbers lie there."""

    symbol: Any
    shape: Shape  # of a sample, here
    last: bool = False  # whether the channels are the last axis there, the first here
    flat: Shape = ()  # of the image (C, H, W) that it was, if it was made flat with its channels last

    def moved(self, last: bool) -> "_Value":
        """Return the value with its channels last, or with its axes as they are here."""
        rank = len(self.shape)
        if self.flat:
            image = layers.Reshape((*self.flat[1:], self.flat[0]))(self.symbol)
            plain = _Value(image, self.flat, last=True).moved(False).symbol
            return _Value(layers.Reshape(self.shape)(plain), self.shape)
        if rank < 2 or last == self.last:
            return self
        dims = (*range(2, rank + 1), 1) if last else (rank, *range(1, rank))
        return _Value(layers.Permute(dims)(self.symbol), self.shape, last)


def to_keras(net: Network) -> Any:
    """Return a functional model with copies of the network's parameters and running statistics.

    It takes images (N, H, W, C) where the network takes (N, C, H, W), and sequences (N, L, C) for (N, C, L) where the network
    has one-dimensional convolutions. Raises InteropError, naming the layer, for what Keras has no counterpart of.
    """
    dtype = np.dtype(net.dtype).name
    sequences = any(operation.kind == "conv1d" for operation in net.program.operations)
    values: dict[int, _Value] = {}
    entries = []
    for number, shape in enumerate(net.program.inputs):
        last = len(shape) == 3 or (len(shape) == 2 and sequences)
        entries.append(keras.Input((*shape[1:], shape[0]) if last else shape, dtype=dtype))
        values[number] = _Value(entries[-1], shape, last)
    made: dict[str, Sequence[KerasLayer]] = {}
    for bridge, layer in placed_layers("to_keras", net):
        given = [values[value] for value in layer.operation.inputs]
        try:
            values[layer.operation.output] = _written(bridge.keras, net, layer, given, made)
        except NoLayerError as reason:
            raise InteropError(f"to_keras: {layer.name} ({layer.operation.kind}): {reason}") from None
    ends = [_end(values[value], sequences) for value in net.program.outputs]
    model = keras.Model(entries if len(entries) > 1 else entries[0], ends if len(ends) > 1 else ends[0])
    return model


def _end(value: _Value, sequences: bool) -> Any:
    rank = len(value.shape)
    return value.moved(rank == 3 or (rank == 2 and sequences)).symbol


def _written(
    bridge: KerasBridge | NoCounterpart,
    net: Network,
    layer: PlacedLayer,
    given: Sequence[_Value],
    made: dict[str, Sequence[KerasLayer]],
) -> _Value:
    """Return what an operation makes of its values."""
    if (joined := _JOINED.get(layer.operation.kind)) is not None:
        return joined(layer, given)
    if isinstance(bridge, NoCounterpart) or isinstance(bridge.write, NoCounterpart):
        reason = bridge.reason if isinstance(bridge, NoCounterpart) else bridge.write.reason  # type: ignore[union-attr]
        raise NoLayerError(f"Keras has no counterpart: {reason}")
    (value,) = given
    layer = _without_constants(net, layer)
    order: tuple[int, ...] = ()
    on_last_axis = layer.operation.kind.startswith("last_") or getattr(layer.description, "over", "") == "last"
    if layer.operation.kind == "affine":
        value, layer, order = _row(value, layer)
    elif not bridge.by_entry:
        value = value.moved(not on_last_axis)
    home = layer.operation.home
    new = home not in made
    if new:
        made[home] = bridge.write(layer)
    symbol = value.symbol
    for part in made[home]:
        symbol = part.layer(symbol)
        if new:
            _fill(part, order)
    if new:
        _check_learns(net, layer, made[home])
        _freeze(net, layer, made[home])
    if bridge.by_entry:
        return _Value(symbol, layer.shape, value.last, value.flat)
    return _Value(symbol, layer.shape, last=len(layer.shape) > 1 and not on_last_axis)


def _row(value: _Value, layer: PlacedLayer) -> tuple[_Value, PlacedLayer, tuple[int, ...]]:
    """Return a value as a row, and where its numbers stand in ours."""
    if value.flat:
        return value, layer, turned((*value.flat[1:], value.flat[0]))
    if len(value.shape) == 1:
        return value, layer, ()
    shape = value.shape
    flat = _Value(layers.Flatten()(value.symbol), (math.prod(shape),))
    return flat, layer, turned((*shape[1:], shape[0])) if value.last else ()


def _fill(part: KerasLayer, order: tuple[int, ...]) -> None:
    """Give a layer, which has been called, its weights."""
    for name, array in part.weights.items():
        ready = array[list(order)] if order and name == "kernel" else array
        getattr(part.layer, name).assign(np.ascontiguousarray(ready))


def _without_constants(net: Network, layer: PlacedLayer) -> PlacedLayer:
    """Return the layer without a bias or shift that is fixed at 0, and without a factor fixed at 1."""
    neutral = {"bias": 0.0, "beta": 0.0, "gamma": 1.0}
    fixed = {name.removeprefix(f"{layer.operation.home}.") for name in layer.operation.params if name in net.frozen}
    arrays: Mapping[str, Array] = {
        name: array
        for name, array in layer.arrays.items()
        if not (name in fixed and name in neutral and (array == neutral[name]).all())
    }
    return layer._replace(arrays=arrays)


def _check_learns(net: Network, layer: PlacedLayer, parts: Sequence[KerasLayer]) -> None:
    """Refuse to make constants of what learns."""
    if not any(part.weights for part in parts) and not set(layer.operation.params) <= net.frozen:
        raise NoLayerError("what it learns would be constant in Keras; freeze it (net.freeze), if that is meant")


def _freeze(net: Network, layer: PlacedLayer, parts: Sequence[KerasLayer]) -> None:
    """Freeze what is frozen. A batch normalization keeps its statistics moving, so its weights are frozen one by one."""
    learned = [name for name in layer.operation.params if name.removeprefix(f"{layer.operation.home}.") in layer.arrays]
    if not learned or not all(name in net.frozen for name in learned):
        return
    for part in parts:
        if not part.weights:
            continue
        if layer.operation.state:
            for variable in part.layer.trainable_variables:
                variable.trainable = False
        else:
            part.layer.trainable = False


def _flattened(layer: PlacedLayer, given: Sequence[_Value]) -> _Value:
    (value,) = given
    if len(value.shape) == 1:
        return value
    symbol = layers.Flatten(**named(layer))(value.symbol)
    moves = value.last and value.shape[0] > 1 and math.prod(value.shape[1:]) > 1
    return _Value(symbol, layer.shape, flat=value.shape if moves else ())


def _reshaped(layer: PlacedLayer, given: Sequence[_Value]) -> _Value:
    (value,) = given
    return _Value(layers.Reshape(layer.shape, **named(layer))(value.moved(False).symbol), layer.shape)


def _together(given: Sequence[_Value]) -> Sequence[_Value]:
    """Return values whose numbers lie alike."""
    first = given[0]
    if all((value.last, value.flat) == (first.last, first.flat) for value in given):
        return given
    return [value.moved(True) for value in given]


def _added(layer: PlacedLayer, given: Sequence[_Value]) -> _Value:
    parts = _together(given)
    symbol = layers.Add(**named(layer))([part.symbol for part in parts])
    return _Value(symbol, layer.shape, parts[0].last, parts[0].flat)


def _multiplied(layer: PlacedLayer, given: Sequence[_Value]) -> _Value:
    image, factor = given
    if image.shape == factor.shape:
        image, factor = _together(given)
    else:
        image = image.moved(True)
        symbol = factor.moved(True).symbol  # (1, 1, C) or (H, W, 1), which Keras repeats
        if len(factor.shape) == 1 and len(image.shape) > 1:
            symbol = layers.Reshape((*[1] * (len(image.shape) - 1), factor.shape[0]))(symbol)
        factor = _Value(symbol, factor.shape)
    symbol = layers.Multiply(**named(layer))([image.symbol, factor.symbol])
    return _Value(symbol, layer.shape, image.last, image.flat)


def _joined(layer: PlacedLayer, given: Sequence[_Value]) -> _Value:
    parts = [value.moved(True) for value in given]
    axis, rank = layer.options["axis"], len(layer.shape)
    theirs = (axis or rank) if rank > 1 else 1
    symbol = layers.Concatenate(axis=theirs, **named(layer))([part.symbol for part in parts])
    return _Value(symbol, layer.shape, last=rank > 1)


def _transposed(layer: PlacedLayer, given: Sequence[_Value]) -> _Value:
    (value,) = given
    dims = tuple(axis + 1 for axis in layer.options["order"])
    return _Value(layers.Permute(dims, **named(layer))(value.moved(False).symbol), layer.shape)


def _part(layer: PlacedLayer, given: Sequence[_Value]) -> _Value:
    (value,) = given
    value = value.moved(value.last)  # a row of an image in the order that it has here
    axis, rank, (start, stop, step) = layer.options["axis"], len(layer.shape), _ends(layer)
    place = (axis or rank) if value.last else axis + 1
    return _Value(value.symbol[(*[slice(None)] * place, slice(start, stop, step))], layer.shape, value.last)


def _ends(layer: PlacedLayer) -> tuple[int, int, int]:
    options = layer.options
    size = layer.input_shape[options["axis"]]
    return slice(options["start"], options["stop"], options["step"]).indices(size)


def _zeros_around(layer: PlacedLayer, given: Sequence[_Value]) -> _Value:
    (value,) = given
    (channels, *sides), kinds = layer.options["pad"], {1: layers.ZeroPadding1D, 2: layers.ZeroPadding2D}
    if any(channels) or len(sides) not in kinds:
        raise NoLayerError("Keras has no counterpart: it puts zeros around images and sequences alone")
    padding = tuple(sides) if len(sides) > 1 else sides[0]
    return _Value(kinds[len(sides)](padding, **named(layer))(value.moved(True).symbol), layer.shape, last=True)


_JOINED = {
    "flatten": _flattened,
    "transpose": _transposed,
    "slice": _part,
    "zero_pad": _zeros_around,
    "reshape": _reshaped,
    "add": _added,
    "multiply": _multiplied,
    "concat": _joined,
}
