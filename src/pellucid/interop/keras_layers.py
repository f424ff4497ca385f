"""What several bridges to Keras share: settings of a layer, padding, windows of pooling, weights with their axes turned."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.interop.bridge import KerasBridge, KerasLayer, KerasPart, PlacedLayer
from pellucid.interop.constants import NoLayerError
from pellucid.layers.convolutions.padding import Pads, by_side
from pellucid.nets import Conv, Conv1d, Description
from pellucid.shapes import Array

__all__ = [
    "activation",
    "drop_of",
    "filled",
    "framed",
    "keras_padding",
    "keras_padding_of_sequence",
    "named",
    "only",
    "only_bias",
    "padding_of",
    "pool_window",
    "sizes",
    "weight_array",
]

Shape = tuple[int, ...]


def named(layer: PlacedLayer, part: str = "") -> dict[str, str]:
    """Return the name, which cannot have dots there, and the dtype of a Keras layer."""
    return {"name": layer.name.replace(".", "_") + part, "dtype": np.dtype(layer.dtype).name}


def activation(function: str, description: type[Description]) -> KerasBridge:
    """Return the bridge of an activation that has no settings on either side."""

    def write(layer: PlacedLayer) -> Sequence[KerasLayer]:
        from keras import layers

        return [KerasLayer(layers.Activation(function, **named(layer)))]

    return KerasBridge(write, {function: lambda source, shape: [KerasPart(description())]}, by_entry=True)


def weight_array(layer: Any, name: str) -> Array | None:
    """Return an array of a Keras layer; None where it has none of that name."""
    from keras import ops

    found = getattr(layer, name, None)
    return None if found is None else np.array(ops.convert_to_numpy(found))


def filled(layer: Any, names: Mapping[str, str], **turned: Array) -> dict[str, Array]:
    """Return a layer's arrays by our names, those that Keras's layer has: `names` maps ours to Keras's."""
    found = {ours: weight_array(layer, theirs) for ours, theirs in names.items()}
    return {ours: array for ours, array in found.items() if array is not None} | turned


def framed(channels: int, sides: Sequence[tuple[int, int]]) -> KerasPart:
    """Return what puts zeros around an image or a sequence, or (of negative sizes) takes rows and columns away.

    It is a convolution of each channel by itself, with a window whose only entry that is not 0 is where the result begins.
    """
    window = tuple(1 + max(-before, 0) + max(-after, 0) for before, after in sides)
    zeros = tuple((max(before, 0), max(after, 0)) for before, after in sides)
    weight = np.zeros((channels, 1, *window))
    begins: Any = (slice(None), 0, *(max(-before, 0) for before, _ in sides))
    weight[begins] = 1
    if len(window) == 1:
        return KerasPart(Conv1d(channels, window[0], 1, zeros[0], groups=channels), {"weight": weight}, learns=False)
    size, pads = (window[0], window[1]), (zeros[0], zeros[1])
    return KerasPart(Conv(channels, size, 1, pads, groups=channels), {"weight": weight}, learns=False)


def only_bias(layer: PlacedLayer) -> dict[str, Array]:
    """Return the weights of the bias; without an entry where it is a constant 0."""
    return {name: layer.arrays[name] for name in ("bias",) if name in layer.arrays}


def only(layer: Any, **settings: Any) -> None:
    """Raise NoLayerError unless a layer has these settings (or lacks them altogether)."""
    for name, expected in settings.items():
        if (found := getattr(layer, name, expected)) != expected:
            raise NoLayerError(f"{name}={found!r} has no counterpart, only {name}={expected!r} has")


def sizes(value: Any) -> tuple[int, int]:
    """Return one number or two as (height, width); a sequence's number, alone in a tuple, as (length, 1)."""
    numbers = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    return (int(numbers[0]), 1) if len(numbers) == 1 else (int(numbers[0]), int(numbers[1]))


def drop_of(layer: Any) -> float:
    """Return the share that a Keras layer drops. Raises NoLayerError where that is everything."""
    if layer.rate >= 1:
        raise NoLayerError("dropout of everything has no counterpart")
    return float(layer.rate)


def padding_of(layer: Any, image: Shape, kernel: tuple[int, int], stride: tuple[int, int]) -> Pads:
    """Return Keras's padding of a window, ((top, bottom), (left, right))."""
    if layer.padding == "valid":
        return (0, 0), (0, 0)
    dilation = sizes(getattr(layer, "dilation_rate", 1))
    return by_side("from_keras", layer.padding, (image[0], image[1]), kernel, stride, dilation)


def pool_window(layer: Any, shape: Shape) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int], bool]:
    """Return size, stride, pad and ceil_mode of a pooling layer for samples of this shape.

    Windows over the end only, which Keras's "same" makes with a stride, are those of ceil_mode. Raises NoLayerError for others.
    """
    size, stride = sizes(layer.pool_size), sizes(layer.strides)
    pads = padding_of(layer, shape[1:], size, stride)
    if all(before == after for before, after in pads):
        return size, stride, (pads[0][0], pads[1][0]), False
    if all(before == 0 and _reached(n, k, s) == after for (before, after), n, k, s in _axes(pads, shape, size, stride)):
        return size, stride, (0, 0), True
    raise NoLayerError(f"padding='same' pads {pads[0]} rows and {pads[1]} columns here, which no layer of pooling does")


def keras_padding(layer: PlacedLayer) -> tuple[str | None, Pads]:
    """Return Keras's word for the padding of a pooling layer, None where no word says it, and ((top, bottom), (left, right))."""
    pad = layer.options.get("pad", (0, 0))
    return _padding(layer.input_shape[1:], layer.shape[1:], layer.options["size"], layer.options["stride"], pad)


def keras_padding_of_sequence(layer: PlacedLayer) -> tuple[str | None, tuple[int, int]]:
    """Return Keras's word for the padding of a pooling layer of sequences, None where no word says it, and (left, right)."""
    windows = (layer.options["size"], 1), (layer.options["stride"], 1), (layer.options.get("pad", 0), 0)
    word, sides = _padding((layer.input_shape[1], 1), (layer.shape[1], 1), *windows)
    return word, sides[0]


def _padding(
    image: Shape, out: Shape, size: tuple[int, int], stride: tuple[int, int], pad: tuple[int, int]
) -> tuple[str | None, Pads]:
    ends = [
        (before, max((places - 1) * step + window - length - before, 0))
        for length, places, window, step, before in zip(image, out, size, stride, pad, strict=True)
    ]
    sides = ends[0], ends[1]
    if not any(map(any, sides)):
        return "valid", sides
    same = by_side("to_keras", "same", (image[0], image[1]), size, stride, (1, 1))
    whole = all(places == -(-length // step) for places, length, step in zip(out, image, stride, strict=True))
    return ("same" if sides == same and whole else None), sides


def _axes(pads: Pads, shape: Shape, size: tuple[int, int], stride: tuple[int, int]) -> Any:
    return zip(pads, shape[1:], size, stride, strict=True)


def _reached(length: int, size: int, stride: int) -> int:
    """Return how far windows go beyond the end with ceil_mode, where each begins within."""
    places = math.ceil((length - size) / stride) + 1
    places -= (places - 1) * stride >= length
    return max((places - 1) * stride + size - length, 0)
