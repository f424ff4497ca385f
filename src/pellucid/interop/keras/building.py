"""The calls of a Keras model as a network: each becomes the layers that compute the same, with its arrays."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import tree

from pellucid.interop import InteropError
from pellucid.interop.assembly import Filled
from pellucid.interop.bridge import KerasBridge, KerasPart
from pellucid.interop.bridges import all_bridges
from pellucid.interop.constants import NoLayerError, ordered
from pellucid.interop.forms import FORMS, not_read
from pellucid.interop.keras.graph import KerasCall, KerasGraph, graph_of, is_model, label, reader_name
from pellucid.interop.keras.structure import SILENT, STRUCTURE, channels_last, on_last_axis
from pellucid.interop.keras.values import KerasValues, turned
from pellucid.interop.values import ReadValue
from pellucid.layers import Node
from pellucid.nets import Description, Operation, Reshape
from pellucid.shapes import Array, ShapeError

__all__ = ["Builder", "known_names"]

Read = Callable[[Any, tuple[int, ...]], Sequence[KerasPart]]
MOST_NAMED = 5  # weights in one message
PASSES_ROWS = ("Activation", "BatchNormalization", "LayerNormalization", "RMSNormalization")  # beside those by entry


def _readers() -> dict[str, tuple[KerasBridge, Read]]:
    """Return what reads each layer and each activation of Keras, by the bridges."""
    bridges = [bridge.keras for bridge in all_bridges() if isinstance(bridge.keras, KerasBridge)]
    return {name: (bridge, read) for bridge in bridges for name, read in bridge.read.items()}


def known_names() -> frozenset[str]:
    """Return the names of Keras's layers, operations and activations that are read."""
    return frozenset({*_readers(), *STRUCTURE, "Activation"})


class Builder:
    """Layers called on the values of a Keras model, in the order of its calls."""

    def __init__(self, values: KerasValues) -> None:
        self.values = values
        self.readers = _readers()
        self.forms: dict[tuple[int, int], tuple[Description, tuple[int, ...]]] = {}  # how a shared layer was read
        self.rows: dict[int, tuple[int, ...]] = {}  # Dense layers whose rows become images later, and their shapes
        self.unread: set[str] = set()  # what training does there and the network does not
        self.learned: set[int] = set()  # identities of the weights that layers were filled with

    def run(self, graph: KerasGraph, given: Sequence[ReadValue], path: str = "") -> list[ReadValue]:
        """Return the values of a graph's outputs."""
        known = dict(zip(graph.inputs, given, strict=True))
        self._find_rows(graph)
        self.unread.update(graph.training)

        def value_of(leaf: Any) -> Any:
            return known[id(leaf)] if isinstance(leaf, keras.KerasTensor) else leaf

        for call in graph.calls:
            args, kwargs = tree.map_structure(value_of, (list(call.args), dict(call.kwargs)))
            try:
                made = self._made(call, args, kwargs, path)
            except (NoLayerError, ShapeError) as reason:
                raise InteropError(f"from_keras: {path}{label(call.operation)}: {reason}") from None
            except InteropError:
                raise
            except FORMS as error:
                raise InteropError(f"from_keras: {path}{label(call.operation)}: {not_read(error)}") from None
            known |= dict(zip(call.outputs, made, strict=True))
        return [known[symbol] for symbol in graph.outputs]

    def _made(self, call: KerasCall, args: list[Any], kwargs: dict[str, Any], path: str) -> list[ReadValue]:
        operation = call.operation
        given = [leaf for leaf in tree.flatten((args, kwargs)) if isinstance(leaf, ReadValue)]
        if is_model(operation):
            return self.run(graph_of(operation, ()), given, f"{path}{operation.name}/")
        layer = isinstance(operation, keras.layers.Layer)
        name = reader_name(operation) if layer else type(operation).__name__
        if name is None:
            inner = graph_of(operation, [value.shape for value in given])
            return self.run(inner, given, f"{path}{operation.name}/")
        if layer:
            self._note(operation)
        if name in STRUCTURE:
            args = args or list(kwargs.values())
            return [STRUCTURE[name](self.values, operation, args, kwargs)]
        if len(given) != 1:
            raise NoLayerError("no layer corresponds to it")
        if name == "Activation":
            return [self._activated(given[0], operation.activation)]
        if not layer:
            return [self._read(given[0], _snake(name), operation)]
        value = self._read(given[0], name, operation)
        return [self._activated(value, getattr(operation, "activation", None))]

    def _activated(self, value: ReadValue, function: Any) -> ReadValue:
        """Return a value after an activation, which must be Keras's own."""
        if isinstance(function, keras.layers.Layer):
            return self._read(value, reader_name(function) or "", function)
        name = getattr(function, "__name__", type(function).__name__)
        if function is None or function is keras.activations.linear:
            return value
        if getattr(keras.activations, name, None) is not function:
            raise NoLayerError(f"its activation {name} is a function of its own; write it as a layer")
        return self._read(value, name, function)

    def _read(self, value: ReadValue, name: str, source: Any) -> ReadValue:
        """Return a value after the layers that compute a layer or an activation."""
        if name not in self.readers:
            raise NoLayerError("no layer corresponds to it" if hasattr(source, "name") else f"no layer computes {name}")
        bridge, read = self.readers[name]
        if bridge.by_entry:
            node = value.node
            for number, part in enumerate(read(source, node.shape)):
                node = self._call(part, node, source, number, ())
            return replace(value, node=node)
        if on_last_axis(source, len(value.shape)):
            (part,) = read(source, value.shape)
            return ReadValue(self._call(part, self.values.node(value), source, 0, ()), value.shape)
        last = channels_last(source, len(value.shape))
        node, places = self.values.first(value, last), value.places
        sequence = bridge.of_images and len(node.shape) == 2
        if sequence:
            node = self.values.as_image(node)
        for number, part in enumerate(read(source, node.shape)):
            node = self._call(part, node, source, number, places)
        if name == "Dense" and len(node.shape) == 1:
            places = turned(self.rows[id(source)]) if id(source) in self.rows else ()
        if name.startswith("Global"):
            ones = (1,) * (len(value.shape) - 1)
            kept = (*ones, node.shape[0]) if last else (node.shape[0], *ones)
            return ReadValue(node, kept if source.keepdims else node.shape[:1])
        if sequence:
            node = self._call(KerasPart(Reshape(node.shape[:2])), node, source, -2, ())
        return replace(self.values.last(node, last), places=places)

    def _call(self, part: KerasPart, node: Node, source: Any, number: int, places: tuple[int, ...]) -> Node:
        """KerasCall one layer. Raises NoLayerError where one that is shared would have to be another layer than before."""
        node, layer = self.values.unpadded(node, part.layer)
        key = None
        if part.arrays:
            key = id(source), number
            if self.forms.setdefault(key, (layer, places)) != (layer, places):
                raise NoLayerError(
                    "it is called twice, on samples of different forms, which makes two layers of it here"
                )
        columns = turned(self.rows[id(source)]) if id(source) in self.rows else ()
        learns = part.learns and bool(getattr(source, "trainable", True))
        self.learned.update(map(id, getattr(source, "weights", ())))
        return self.values.assembly.call(layer, [node], partial(_filled, part.arrays, learns, places, columns), key)

    def _find_rows(self, graph: KerasGraph) -> None:
        """Note the Dense layers whose rows are reshaped to images: their columns are turned, so that channels come first."""
        makers = {output: call for call in graph.calls for output in call.outputs}
        moved = {
            id(leaf)
            for call in graph.calls
            if type(call.operation).__name__ in ("Permute", "Transpose")
            for leaf in tree.flatten(call.args)
        }
        for call in graph.calls:
            symbols = [leaf for leaf in tree.flatten(call.args) if isinstance(leaf, keras.KerasTensor)]
            target = _target(call)
            if target is None or len(symbols) != 1 or len(symbols[0].shape) != 2 or moved & set(call.outputs):
                continue
            while (maker := makers.get(id(symbols[0]))) is not None:
                name = reader_name(maker.operation) or type(maker.operation).__name__
                if name == "Dense":
                    self.rows[id(maker.operation)] = target
                symbols = [leaf for leaf in tree.flatten(maker.args) if isinstance(leaf, keras.KerasTensor)]
                if len(symbols) != 1 or not self._passes_rows(name):
                    break

    def _passes_rows(self, name: str) -> bool:
        found = self.readers.get(name, self.readers.get(_snake(name)))
        return name in PASSES_ROWS or (found is not None and found[0].by_entry)

    def _note(self, operation: Any) -> None:
        if type(operation).__name__ in SILENT:
            self.unread.add(f"{type(operation).__name__} (in training)")
        if getattr(operation, "noise_shape", None) is not None:
            self.unread.add("Dropout with a noise_shape (in training)")
        for name in ("kernel", "bias", "activity", "depthwise", "pointwise", "beta", "gamma"):
            if getattr(operation, f"{name}_regularizer", None) is not None:
                self.unread.add("regularizers (weight_decay of an optimizer, or l2 of a trainer)")
            if getattr(operation, f"{name}_constraint", None) is not None:
                self.unread.add("constraints")

    def warn(self, model: Any) -> None:
        """Say what the network does not do in training."""
        lost = [
            weight.path for weight in model.trainable_weights if id(weight) not in self.learned | self.values.own.keys()
        ]
        if lost:
            more = f" and {len(lost) - MOST_NAMED} more" if len(lost) > MOST_NAMED else ""
            self.unread.add(f"training of {', '.join(lost[:MOST_NAMED])}{more} (which no layer learns here)")
        if self.unread:
            warnings.warn(
                f"from_keras: what the model predicts is read, not its {', '.join(sorted(self.unread))}", stacklevel=4
            )


def _target(call: KerasCall) -> tuple[int, ...] | None:
    """Return the shape (..., channels) that a call reshapes to, if that is one whose channels move."""
    if reader_name(call.operation) != "Reshape" and type(call.operation).__name__ != "Reshape":
        return None
    shape = getattr(call.operation, "target_shape", None) or tuple(call.operation.newshape)[1:]
    sizes = tuple(-1 if size is None else int(size) for size in shape)
    if -1 in sizes:
        symbol = next((leaf for leaf in tree.flatten(call.args) if isinstance(leaf, keras.KerasTensor)), None)
        total = None if symbol is None else symbol.shape[-1]
        if total is None or sizes.count(-1) > 1:
            return None
        known = int(np.prod([size for size in sizes if size != -1]))
        sizes = tuple(total // known if size == -1 else size for size in sizes)
    moves = len(sizes) > 1 and sizes[-1] > 1 and int(np.prod(sizes[:-1])) > 1
    return sizes if moves else None


def _snake(name: str) -> str:
    """Return an operation's name as its function's: HardSilu, hard_silu."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _filled(
    arrays: Mapping[str, Array],
    learns: bool,
    places: tuple[int, ...],
    columns: tuple[int, ...],
    operation: Operation,
) -> dict[str, Filled]:
    """Return what a layer's arrays start with, its rows where the node's numbers are; what the layer lacks does not learn."""
    found = {}
    for name in (*operation.params, *operation.state):
        array = arrays.get(name.removeprefix(f"{operation.home}."))
        if array is None:
            found[name] = Filled(None, learns=False)
            continue
        if array.ndim == 2 and operation.kind == "affine":
            array = ordered(ordered(array, places).T, columns).T
        elif array.ndim == 1 and columns and operation.kind == "affine":
            array = ordered(array, columns)
        elif array.ndim == 1 and len(array) == len(places):
            array = ordered(array, places)
        found[name] = Filled(array, learns)
    return found
