"""A Keras model as a network, which must compute the same on random batches."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import tree

from pellucid.interop import InteropError
from pellucid.interop.assembly import Assembly
from pellucid.interop.constants import NoLayerError
from pellucid.interop.forms import FORMS, not_read
from pellucid.interop.keras.building import Builder
from pellucid.interop.keras.comparing import check_equal
from pellucid.interop.keras.graph import KerasCall, KerasGraph, graph_of, is_model, reader_name
from pellucid.interop.keras.structure import scale_and_shift
from pellucid.interop.keras.values import KerasValues
from pellucid.interop.values import ReadValue
from pellucid.layers import Node
from pellucid.nets import Input, Network
from pellucid.shapes import Array, ShapeError

__all__ = ["LoadedKeras", "from_keras", "read_with_entry"]

Shape = tuple[int, ...]


class LoadedKeras(NamedTuple):
    """A network, and what its inputs are before it: (x - shift) / scale, numbers or one for each channel."""

    net: Network
    shift: Array | None = None
    scale: Array | None = None


def from_keras(model: Any, input_shape: Any = None) -> Network:
    """Return a network that computes what the Keras model predicts, with its weights; the model stays as it was.

    Images (H, W, C) become (C, H, W), and so do sequences (L, C) that a one-dimensional layer reads: pass
    `np.moveaxis(x, -1, 1)`. `input_shape`, of one sample as the model takes it (of several inputs, a list), is needed where
    the model has none, or one with None in it. What has `trainable=False` there is frozen here.
    Raises InteropError, naming the layer, for what no layer computes, and where the network computes something else than
    the model. Warns where training does something there that the network does not do.
    """
    return _read(model, input_shape)[0]


def read_with_entry(model: Any) -> LoadedKeras:
    """Return the network behind what scales and shifts the inputs (Rescaling, Normalization), and the numbers of that."""
    net, graph, shapes, turned = _read(model, None)
    scale, shift = np.ones(()), np.zeros(())
    while len(graph.inputs) == 1 and (call := _entry(graph)) is not None:
        factor, summand = scale_and_shift(call.operation)
        scale, shift = scale * factor, shift * factor + summand
        calls = tuple(each for each in graph.calls if each is not call)
        graph = graph._replace(inputs=call.outputs, calls=calls)
    if scale.size == shift.size == 1 and scale == 1 and shift == 0:
        return LoadedKeras(net)
    builder = Builder(KerasValues(Assembly("from_keras")))
    behind, _ = _network(builder, graph, _inputs(shapes, turned), turned, net.dtype)
    return LoadedKeras(behind, -shift / scale, 1 / scale)


def _entry(graph: KerasGraph) -> KerasCall | None:
    """Return the Rescaling or Normalization (of channels) that alone reads the input; None where nothing or something else does."""
    readers = [call for call in graph.calls if graph.inputs[0] in [id(leaf) for leaf in tree.flatten(call.args)]]
    if len(readers) != 1 or reader_name(readers[0].operation) not in ("Rescaling", "Normalization"):
        return None
    found = scale_and_shift(readers[0].operation)
    return readers[0] if all(array.size == max(array.shape, default=1) for array in found) else None


def _read(model: Any, input_shape: Any) -> tuple[Network, KerasGraph, list[Shape], list[bool]]:
    """Return the network, the model's graph, the shapes of its inputs, and which of them have their channels first here."""
    if not isinstance(model, keras.Model):
        raise InteropError(f"from_keras: model must be a keras.Model; got {type(model).__name__}")
    _check_whole(model)
    shapes = _shapes(model, input_shape)
    builder = Builder(KerasValues(Assembly("from_keras")))
    try:
        graph = graph_of(model, shapes)
    except NoLayerError as reason:
        raise InteropError(f"from_keras: {model.name} ({type(model).__name__}): {reason}") from None
    first = _has_channels_first(model)
    sequences = any(type(layer).__name__.endswith("1D") for layer in model._flatten_layers())
    turned = [not first and (len(shape) == 3 or (len(shape) == 2 and sequences)) for shape in shapes]
    net, back = _network(builder, graph, _inputs(shapes, turned), turned, _dtype(model))
    check_equal(model, net, shapes, turned, back)
    builder.warn(model)
    return net, graph, shapes, turned


def _inputs(shapes: Sequence[Shape], turned: Sequence[bool]) -> list[Node]:
    both = zip(shapes, turned, strict=True)
    return [Input((shape[-1], *shape[:-1])) if move else Input(shape) for shape, move in both]


def _network(
    builder: Builder, graph: KerasGraph, inputs: Sequence[Node], turned: Sequence[bool], dtype: Any
) -> tuple[Network, list[bool]]:
    """Return the network, and which of its outputs have their channels first instead of last."""
    values = builder.values
    given = [
        values.last(node) if move else ReadValue(node, node.shape) for node, move in zip(inputs, turned, strict=True)
    ]
    try:
        made = builder.run(graph, given)
    except InteropError:
        raise
    except FORMS as error:
        raise InteropError(f"from_keras: the model cannot be read: {not_read(error)}") from None
    ends, back = [], []
    for value in made:
        kept = len(value.shape) == 3 and any(turned) and value.shape != value.node.shape
        move = kept or (bool(value.order) and not value.places)
        try:
            ends.append(values.first(value) if move else values.node(value))
        except NoLayerError as reason:
            raise InteropError(f"from_keras: the output cannot be read: {reason}") from None
        back.append(move)
    try:
        return values.assembly.network(inputs, ends, dtype), back
    except ShapeError as error:
        raise InteropError(f"from_keras: {error}") from None


def _check_whole(model: Any) -> None:
    """Refuse weights that are no plain numbers."""
    for layer in model._flatten_layers():
        if getattr(layer, "quantization_mode", None) is not None:
            raise InteropError(f"from_keras: {layer.name} is quantized; pass the model from before quantization")


def _has_channels_first(model: Any) -> bool:
    """Whether the layers that know where channels are have them first."""
    forms = {getattr(layer, "data_format", None) for layer in model._flatten_layers()} - {None}
    return forms == {"channels_first"}


def _dtype(model: Any) -> Any:
    return np.float64 if str(model.compute_dtype) == "float64" else np.float32


def _shapes(model: Any, given: Any) -> list[Shape]:
    """Return the shape of one sample of each input."""
    own = [tuple(symbol.shape[1:]) for symbol in model.inputs] if is_model(model) else _built_with(model)
    if given is None and own is not None and not any(None in shape for shape in own):
        return own
    several = isinstance(given, (list, tuple)) and len(given) > 0 and isinstance(given[0], (list, tuple))
    found = [_shape(each) for each in (given if several else [given])]
    if own is not None and [len(shape) for shape in found] != [len(shape) for shape in own]:
        raise InteropError(f"from_keras: input_shape must fit the model's inputs, {_listed(own)}; got {given!r}")
    return found


def _built_with(model: Any) -> list[Shape] | None:
    """Return the shapes that a model was first called with, as Keras remembers them; None where it was not called."""
    shapes = list((getattr(model, "_build_shapes_dict", None) or {}).values())
    found = [tuple(shape[1:]) for shape in shapes if isinstance(shape, (tuple, list)) and len(shape) > 1]
    whole = all(isinstance(size, int) for shape in found for size in shape)
    return found if found and whole and len(found) == len(shapes) else None


def _shape(given: Any) -> Shape:
    if not isinstance(given, (list, tuple)) or not given or not all(isinstance(n, int) and n > 0 for n in given):
        raise InteropError(
            "from_keras: the model does not say the shape of its inputs; pass input_shape, that of one sample as the model "
            f"takes it, such as (32, 32, 3), or a list of them; got {given!r}"
        )
    return tuple(given)


def _listed(shapes: Sequence[tuple[Any, ...]]) -> str:
    return ", ".join(map(str, shapes))
