"""TorchValues of the network that is being put together, and calls that no module computes: reshapes, sums, products, means."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from pellucid.interop.assembly import Assembly, Filled
from pellucid.interop.torch.functions import arguments
from pellucid.interop.torch.recording import CallRecorder, NoLayerError, Recorded
from pellucid.layers import Node
from pellucid.nets import (
    Add,
    AvgPool,
    Concat,
    Description,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    Operation,
    Reshape,
    ScaleShift,
)
from pellucid.shapes import Array

__all__ = ["STRUCTURE", "TorchValue", "TorchValues"]

Shape = tuple[int, ...]


class TorchValue(NamedTuple):
    """A value of the network, and the shape of a sample that it has in PyTorch: the same numbers in the same order."""

    node: Node
    shape: Shape


class TorchValues:
    """The values known so far, by the number that the recorder gave them, and how new ones are made."""

    def __init__(self, assembly: Assembly, recorder: CallRecorder) -> None:
        self.assembly, self.recorder = assembly, recorder
        self.known: dict[int, TorchValue] = {}

    def of(self, call: Recorded, x: Any) -> TorchValue | None:
        """Return the value of an argument; None for a constant."""
        number = call.values.get(id(x)) if isinstance(x, torch.Tensor) else None
        return None if number is None else self.known[number]

    def layer(self, layer: Description, *values: TorchValue, shape: Shape | None = None) -> TorchValue:
        """Return what a layer without arrays makes of values, which get the shapes that they have in PyTorch."""
        node = self.assembly.call(layer, [self.shaped(value) for value in values], lambda operation: {})
        return TorchValue(node, node.shape if shape is None else shape)

    def shaped(self, value: TorchValue) -> Node:
        """Return a value in the shape that it has in PyTorch; append a layer where it has another."""
        if value.node.shape == value.shape:
            return value.node
        layer = Flatten() if len(value.shape) == 1 else Reshape(value.shape)
        return self.assembly.call(layer, [value.node], lambda operation: {})

    def scaled(self, value: TorchValue, scale: Any, shift: Any) -> TorchValue:
        """Return scale * x + shift, where both are numbers or tensors that broadcast to a sample."""
        arrays, learns = zip(*(self._constant(each, value.shape) for each in (scale, shift)), strict=True)
        each = _finest([array.shape for array in arrays], value.shape)
        sizes = {"sample": (1,), "channel": value.shape[:1], "entry": value.shape}[each]
        ones = [1] * (len(value.shape) - 1)
        along = {"sample": (1, *ones), "channel": (*value.shape[:1], *ones), "entry": value.shape}[each]
        ready = [np.broadcast_to(array, along).reshape(sizes) for array in arrays]

        def filled(operation: Operation) -> dict[str, Filled]:
            return {name: Filled(*each) for name, *each in zip(operation.params, ready, learns, strict=True)}

        node = self.assembly.call(ScaleShift(each), [self.shaped(value)], filled)
        return TorchValue(node, value.shape)

    def _constant(self, constant: Any, shape: Shape) -> tuple[Array, bool]:
        """Return a number or a tensor as an array with a sample's axes, and whether it learns."""
        if not isinstance(constant, torch.Tensor):
            return np.full([1] * len(shape), float(constant)), False
        array = constant.detach().numpy()
        rank = len(shape) + 1
        array = array.reshape([1] * (rank - array.ndim) + list(array.shape))
        if (
            array.ndim != rank
            or array.shape[0] != 1
            or any(a not in (1, s) for a, s in zip(array.shape[1:], shape, strict=True))
        ):
            raise NoLayerError(f"a constant of shape {tuple(constant.shape)} does not belong to the samples one by one")
        return array[0], self.recorder.origin(constant)[1]


def _finest(shapes: Sequence[Shape], sample: Shape) -> str:
    """Return for what part of a sample arrays of these shapes, with a sample's axes, have numbers of their own."""
    if all(math.prod(shape) == 1 for shape in shapes):
        return "sample"
    return "channel" if all(math.prod(shape[1:]) == 1 for shape in shapes) else "entry"


def _reshape(values: TorchValues, call: Recorded) -> TorchValue:
    value = values.known[call.inputs[0]]
    rows, *shape = call.out.shape
    if rows != len(call.args[0]) or math.prod(shape) != math.prod(value.shape):
        raise NoLayerError(
            f"it makes {tuple(call.out.shape)} of a batch of {tuple(call.args[0].shape)}, which mixes samples"
        )
    return value._replace(shape=tuple(shape))


def _index(values: TorchValues, call: Recorded) -> TorchValue:
    index = call.args[1] if isinstance(call.args[1], tuple) else (call.args[1],)
    if not all(each is None or each is Ellipsis or each == slice(None) for each in index):
        raise NoLayerError("a part of a value is taken")
    return _reshape(values, call)


def _same(values: TorchValues, call: Recorded) -> TorchValue:
    value = values.known[call.inputs[0]]
    if call.out.dtype != call.args[0].dtype:
        raise NoLayerError(f"it changes the type of numbers to {call.out.dtype}")
    return value


def _transpose(values: TorchValues, call: Recorded) -> TorchValue:
    value, x = values.known[call.inputs[0]], call.args[0]
    numbers = torch.arange(x.numel()).reshape(x.shape)
    moved = getattr(numbers, call.name)(*call.args[1:], **call.keywords)
    if not torch.equal(moved.reshape(-1), numbers.reshape(-1)) or len(moved) != len(x):
        raise NoLayerError("the order of axes changes")
    return value._replace(shape=tuple(call.out.shape[1:]))


def _add(values: TorchValues, call: Recorded, sign: float = 1) -> TorchValue:
    a = arguments(call, "input other")
    left, right = (values.of(call, a[name]) for name in ("input", "other"))
    factor = sign * a.get("alpha", 1)
    if right is None and left is not None:
        return values.scaled(left, 1.0, factor * a["other"])
    if right is not None and factor != 1:
        right = values.scaled(right, factor, 0.0)
    if left is None and right is not None:
        return values.scaled(right, 1.0, a["input"])
    assert left is not None
    assert right is not None
    return _same_sizes(values, Add(), left, right)


def _same_sizes(values: TorchValues, layer: Description, left: TorchValue, right: TorchValue) -> TorchValue:
    if left.shape != right.shape:
        raise NoLayerError(f"samples of shape {left.shape} and {right.shape} are joined, which are not of one size")
    return values.layer(layer, left, right)


def _subtract(values: TorchValues, call: Recorded) -> TorchValue:
    return _add(values, call, -1)


def _from(values: TorchValues, call: Recorded) -> TorchValue:
    a = arguments(call, "input other")
    value = values.of(call, a["input"])
    if value is None or values.of(call, a["other"]) is not None:
        raise NoLayerError("the difference of two values in this form")
    return values.scaled(value, -1.0, a["other"])


def _negative(values: TorchValues, call: Recorded) -> TorchValue:
    return values.scaled(values.known[call.inputs[0]], -1.0, 0.0)


def _multiply(values: TorchValues, call: Recorded) -> TorchValue:
    a = arguments(call, "input other")
    left, right = (values.of(call, a[name]) for name in ("input", "other"))
    if left is not None and right is not None:
        return _product(values, left, right)
    value, constant = (left, a["other"]) if left is not None else (right, a["input"])
    assert value is not None
    return values.scaled(value, constant, 0.0)


def _product(values: TorchValues, left: TorchValue, right: TorchValue) -> TorchValue:
    import pellucid.nets

    multiply = getattr(pellucid.nets, "Multiply", None)
    if multiply is None:
        raise NoLayerError("no layer multiplies two values")
    return values.layer(multiply(), left, right)


def _divide(values: TorchValues, call: Recorded) -> TorchValue:
    a = arguments(call, "input other")
    value = values.of(call, a["input"])
    if value is None or values.of(call, a["other"]) is not None or a.get("rounding_mode") is not None:
        raise NoLayerError("a division by a value")
    return values.scaled(value, 1 / a["other"], 0.0)


def _power(values: TorchValues, call: Recorded) -> TorchValue:
    a = arguments(call, "input exponent")
    value = values.of(call, a["input"])
    if value is None or a.get("exponent", 2) != 2:
        raise NoLayerError("a power other than the square")
    return _product(values, value, value)


def _concatenate(values: TorchValues, call: Recorded) -> TorchValue:
    a = arguments(call, "tensors dim")
    parts = [values.of(call, each) for each in a["tensors"]]
    axis = a.get("dim", a.get("axis", 0))
    axis = axis + call.out.ndim if axis < 0 else axis
    if axis == 0:
        raise NoLayerError("it joins samples")
    if any(part is None for part in parts):
        raise NoLayerError("it joins a value and a constant")
    if len(parts) == 1:
        return parts[0]  # type: ignore[return-value]
    return values.layer(Concat(axis - 1), *parts)  # type: ignore[arg-type]


def _reduced(
    values: TorchValues, call: Recorded, whole: Description | None, window: Callable[..., Description]
) -> TorchValue:
    """Return the mean, or the maximum, over the last axes of a sample."""
    a = arguments(call, "input dim keepdim")
    value, dims = values.known[call.inputs[0]], a.get("dim", ())
    dims = [dims] if isinstance(dims, int) else list(dims or ())
    axes = sorted(dim % (len(value.shape) + 1) for dim in dims)
    if not axes or axes[0] < 2 or axes != list(range(axes[0], len(value.shape) + 1)):
        raise NoLayerError(f"it is taken over the axes {dims}, not over those of an image")
    channels, rows = math.prod(value.shape[: axes[0] - 1]), math.prod(value.shape[axes[0] - 1 :])
    image = value if len(value.shape) == 3 and len(axes) == 2 else value._replace(shape=(channels, rows, 1))
    layer = window(image.shape[1:]) if whole is None else whole
    return values.layer(layer, image, shape=tuple(call.out.shape[1:]))


def _mean(values: TorchValues, call: Recorded) -> TorchValue:
    return _reduced(values, call, GlobalAvgPool(), AvgPool)


def _maximum(values: TorchValues, call: Recorded) -> TorchValue:
    return _reduced(values, call, None, MaxPool)


def _expanded(values: TorchValues, call: Recorded) -> TorchValue:
    """Return the value as it is: a product repeats it."""
    return values.known[call.inputs[0]]


STRUCTURE: dict[str, Callable[[TorchValues, Recorded], TorchValue]] = {
    **dict.fromkeys(
        ("view", "reshape", "flatten", "squeeze", "unsqueeze", "view_as", "reshape_as", "unflatten", "ravel"), _reshape
    ),
    **dict.fromkeys(("Flatten", "Unflatten"), _reshape),
    **dict.fromkeys(("to", "type", "float", "double", "type_as", "Identity", "identity"), _same),
    **dict.fromkeys(("permute", "transpose", "swapaxes", "movedim"), _transpose),
    **dict.fromkeys(("add", "__iadd__", "__add__", "__radd__"), _add),
    **dict.fromkeys(("sub", "subtract", "__isub__", "__sub__"), _subtract),
    **dict.fromkeys(("__rsub__", "rsub"), _from),
    **dict.fromkeys(("mul", "multiply", "__imul__", "__mul__", "__rmul__"), _multiply),
    **dict.fromkeys(("div", "divide", "true_divide", "__itruediv__", "__truediv__"), _divide),
    **dict.fromkeys(("neg", "negative", "__neg__"), _negative),
    **dict.fromkeys(("pow", "square", "__pow__"), _power),
    **dict.fromkeys(("cat", "concat", "concatenate"), _concatenate),
    **dict.fromkeys(("expand", "expand_as"), _expanded),
    "__getitem__": _index,
    "mean": _mean,
    "amax": _maximum,
}
