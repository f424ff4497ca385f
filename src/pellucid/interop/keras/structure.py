"""What needs no layer of its own in a Keras model: values flattened, reshaped, joined, padded, scaled by constants."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.interop.constants import NoLayerError
from pellucid.interop.keras.operations import clipped, constant, learned_or_constant, matrix_product, part_of
from pellucid.interop.keras.values import KerasValues
from pellucid.interop.values import ReadValue
from pellucid.shapes import Array

__all__ = ["SILENT", "STRUCTURE", "channels_last", "on_last_axis", "scale_and_shift"]

Structure = Callable[[KerasValues, Any, Sequence[Any], Mapping[str, Any]], ReadValue]

SILENT = {  # compute nothing at inference; what they do in training is not read
    *("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness"),
    *("RandomShear", "RandomErasing", "RandomHue", "RandomSaturation", "RandomSharpness", "RandomColorJitter"),
    *("GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization"),
}


def channels_last(layer: Any, rank: int) -> bool:
    """Whether a layer takes the last axis for the channels, of samples with so many axes."""
    form = getattr(layer, "data_format", None)
    if form is not None:
        return bool(form == "channels_last")
    axis = getattr(layer, "axis", -1)
    if isinstance(axis, (list, tuple)) and len(axis) > 1:
        return True
    found = int(axis[0] if isinstance(axis, (list, tuple)) else axis) % (rank + 1)
    if found not in (1, rank):
        raise NoLayerError(f"it works along axis {axis}, not along the channels")
    return found == rank


def on_last_axis(layer: Any, rank: int) -> bool:
    """Whether a layer normalizes the last axis alone of samples with several, which lie as they do there then."""
    axes = np.atleast_1d(getattr(layer, "axis", -1))
    is_norm = type(layer).__name__ in ("LayerNormalization", "RMSNormalization")
    return rank > 1 and is_norm and axes.size == 1 and int(axes[0]) in (-1, rank)


def _all(args: Sequence[Any]) -> list[ReadValue]:
    """Return the values that a call joins, given one by one or in a list."""
    found = list(args[0]) if len(args) == 1 and isinstance(args[0], (list, tuple)) else list(args)
    if not all(isinstance(value, ReadValue) for value in found):
        raise NoLayerError("it joins a value with something else")
    return found


def identity(values: KerasValues, layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return the value."""
    return args[0]


def flattened(values: KerasValues, layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return a row. With channels_first, Keras moves the channels to the end before it flattens."""
    value = args[0]
    rank = len(value.shape)
    if getattr(layer, "data_format", "channels_last") == "channels_first" and rank > 1:
        value = values.transposed(value, (*range(1, rank), 0))
    return values.reshaped(value, (math.prod(value.shape),))


def reshaped(values: KerasValues, layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return samples in the shape of a layer, or in that of ops.reshape where it leaves the batch as it is."""
    target = getattr(layer, "target_shape", None)
    if target is None:
        target = tuple(layer.newshape[1:])
        if layer.newshape[0] not in (-1, None) or target.count(-1) + target.count(None) > 1:
            raise NoLayerError(f"it reshapes to {tuple(layer.newshape)}; only (-1, sizes of a sample) is read")
    return values.reshaped(args[0], target_of(target, args[0].shape))


def target_of(target: Sequence[int], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape with its -1 (or None) made definite."""
    given = [-1 if size is None else int(size) for size in target]
    known = math.prod(size for size in given if size != -1)
    return tuple(math.prod(shape) // known if size == -1 else size for size in given)


def permuted(values: KerasValues, layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return samples with their axes in another order."""
    return values.transposed(args[0], [axis - 1 for axis in layer.dims])


def transpose_op(values: KerasValues, op: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return what ops.transpose makes, where the batch stays in front."""
    if op.axes is None or op.axes[0] != 0:
        raise NoLayerError(f"it transposes the batch, too: axes={op.axes}")
    return values.transposed(args[0], [axis - 1 for axis in op.axes[1:]])


def added(values: KerasValues, layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return the sum of several values, or of a value and a constant."""
    if not all(isinstance(value, ReadValue) for value in args) and len(args) == 2:
        value, number = args if isinstance(args[0], ReadValue) else args[::-1]
        if isinstance(value, ReadValue):
            return values.scaled(value, 1.0, learned_or_constant(values, number))
    total, *others = _all(args)
    for other in others:
        total = _same_order(values, total, other)
    return total


def _same_order(values: KerasValues, left: ReadValue, right: ReadValue) -> ReadValue:
    if left.places and left.places == right.places and left.node.shape == right.node.shape:
        made = values.added(ReadValue(left.node, left.node.shape), ReadValue(right.node, right.node.shape))
        return ReadValue(made.node, left.shape, places=left.places)
    return values.added(left, right)


def subtracted(values: KerasValues, layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return the difference of two values, or of a value and a constant."""
    left, right = args[0] if len(args) == 1 else args
    if not isinstance(right, ReadValue):
        shift = learned_or_constant(values, right)
        source = None if shift.source is None else (shift.source, -1)
        return values.scaled(left, 1.0, shift._replace(array=-shift.array, source=source))
    if not isinstance(left, ReadValue):
        return values.scaled(right, -1.0, learned_or_constant(values, left))
    return _same_order(values, left, values.scaled(right, -1.0, 0.0))


def averaged(values: KerasValues, layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return the mean of several values."""
    return values.scaled(added(values, layer, args, kwargs), 1 / len(_all(args)), 0.0)


def multiplied(values: KerasValues, layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return the product of several values, or of a value and a constant."""
    if not all(isinstance(value, ReadValue) for value in args) and len(args) == 2:
        value, number = args if isinstance(args[0], ReadValue) else args[::-1]
        if isinstance(value, ReadValue):
            return values.scaled(value, learned_or_constant(values, number), 0.0)
    product, *others = _all(args)
    for other in others:
        product = values.product(product, other)
    return product


def divided(values: KerasValues, layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return a value divided by a constant."""
    return values.scaled(args[0], 1 / constant(args[1]), 0.0)


def concatenated(values: KerasValues, layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return values side by side along an axis of a sample."""
    parts = _all(args)
    axis = layer.axis % (len(parts[0].shape) + 1)
    if axis == 0:
        raise NoLayerError("it joins batches")
    return values.joined(parts, axis - 1)


def scale_and_shift(layer: Any) -> tuple[Array, Array]:
    """Return what a Rescaling or a Normalization multiplies by and adds, numbers or along the last axis."""
    if hasattr(layer, "offset"):
        return constant(layer.scale), constant(layer.offset)
    mean, variance = constant(layer.mean), constant(layer.variance)
    deviation = np.maximum(np.sqrt(variance), 1e-7)
    return (deviation, mean) if layer.invert else (1 / deviation, -mean / deviation)


def rescaled(values: KerasValues, layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return the value scaled and shifted by constants."""
    return values.scaled(args[0], *scale_and_shift(layer))


def zeros_around(values: KerasValues, layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return an image or a sequence with zeros around it."""
    return values.framed(args[0], _sides(layer.padding), channels_last(layer, len(args[0].shape)))


def pad_op(values: KerasValues, op: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return what ops.pad makes of an image or a sequence with its channels last."""
    widths = [(int(before), int(after)) for before, after in op.pad_width]
    number = kwargs.get("constant_values", args[1] if len(args) > 1 else None)
    if op.mode != "constant" or any(widths[0]) or any(widths[-1]) or len(widths) < 3:
        raise NoLayerError(f"it pads {op.pad_width} with mode {op.mode!r}; constants around an image are read")
    return values.framed(args[0], widths[1:-1], True, 0.0 if number is None else float(number))


def cropped(values: KerasValues, layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return an image or a sequence without its outer rows and columns."""
    sides = [(-before, -after) for before, after in _sides(layer.cropping)]
    return values.framed(args[0], sides, channels_last(layer, len(args[0].shape)))


def _sides(given: Any) -> list[tuple[int, int]]:
    pairs = given if isinstance(given[0], (tuple, list)) else [given]
    return [(int(before), int(after)) for before, after in pairs]


def global_average(values: KerasValues, layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return the mean of each channel, (C,) or with axes of size 1."""
    value, last = args[0], channels_last(layer, len(args[0].shape))
    node_first = value if last else values.transposed(value, (*range(1, len(value.shape)), 0))
    channels = node_first.shape[-1]
    ones = (1,) * (len(value.shape) - 1)
    kept = (*ones, channels) if last else (channels, *ones)
    return values.averaged_over(node_first, kept if layer.keepdims else (channels,))


def mean_op(values: KerasValues, op: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> ReadValue:
    """Return what ops.mean makes over the axes of an image or a sequence."""
    rank = len(args[0].shape)
    axes = sorted(axis % (rank + 1) for axis in np.atleast_1d(op.axis)) if op.axis is not None else []
    if axes != list(range(1, rank)):
        raise NoLayerError(f"it is taken over the axes {op.axis}, not over those of an image")
    channels = args[0].shape[-1]
    return values.averaged_over(args[0], (*[1] * (rank - 1), channels) if op.keepdims else (channels,))


STRUCTURE: Mapping[str, Structure] = {
    **dict.fromkeys(("Identity", "InputLayer", *SILENT), identity),
    "Flatten": flattened,
    "Reshape": reshaped,
    "Permute": permuted,
    "Transpose": transpose_op,
    "Add": added,
    "Subtract": subtracted,
    "Average": averaged,
    "Multiply": multiplied,
    "TrueDivide": divided,
    "Divide": divided,
    "Concatenate": concatenated,
    "Rescaling": rescaled,
    "Normalization": rescaled,
    **dict.fromkeys(("ZeroPadding1D", "ZeroPadding2D"), zeros_around),
    "Pad": pad_op,
    "GetItem": part_of,
    **dict.fromkeys(("Clip", "Maximum", "Minimum"), clipped),
    **dict.fromkeys(("Matmul", "Dot"), matrix_product),
    **dict.fromkeys(("Cropping1D", "Cropping2D"), cropped),
    "GlobalAveragePooling2D": global_average,
    "GlobalAveragePooling1D": global_average,
    "Mean": mean_op,
}
