"""Calls that no module computes: reshapes, sums, products, means, arithmetic with constants."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from pellucid.interop.assembly import Assembly
from pellucid.interop.torch.functions import arguments
from pellucid.interop.torch.recording import CallRecorder, Recorded
from pellucid.interop.values import NoLayerError, ReadConstant, ReadValue, Values
from pellucid.nets import MaxPool

__all__ = ["STRUCTURE", "TorchValues"]


class TorchValues(Values):
    """The values known so far, by the number that the recorder gave them."""

    def __init__(self, assembly: Assembly, recorder: CallRecorder) -> None:
        super().__init__(assembly)
        self.recorder = recorder
        self.known: dict[int, ReadValue] = {}

    def of(self, call: Recorded, x: Any) -> ReadValue | None:
        """Return the value of an argument; None for a constant."""
        number = call.values.get(id(x)) if isinstance(x, torch.Tensor) else None
        return None if number is None else self.known[number]

    def scaled(self, value: ReadValue, scale: Any, shift: Any) -> ReadValue:
        """Return scale * x + shift, where both are numbers or tensors."""
        return self.arithmetic(value, self._constant(scale), self._constant(shift))

    def _constant(self, constant: Any) -> ReadConstant:
        if not isinstance(constant, torch.Tensor):
            return ReadConstant(np.array(float(constant)))
        return ReadConstant(constant.detach().numpy(), self.recorder.origin(constant)[1])


def _reshape(values: TorchValues, call: Recorded) -> ReadValue:
    value = values.known[call.inputs[0]]
    rows, *shape = call.out.shape
    if rows != len(call.args[0]):
        raise NoLayerError(
            f"it makes {tuple(call.out.shape)} of a batch of {tuple(call.args[0].shape)}, which mixes samples"
        )
    return values.reshaped(value, tuple(shape))


def _index(values: TorchValues, call: Recorded) -> ReadValue:
    index = call.args[1] if isinstance(call.args[1], tuple) else (call.args[1],)
    if not all(each is None or each is Ellipsis or each == slice(None) for each in index):
        raise NoLayerError("a part of a value is taken")
    return _reshape(values, call)


def _same(values: TorchValues, call: Recorded) -> ReadValue:
    if call.out.dtype != call.args[0].dtype:
        raise NoLayerError(f"it changes the type of numbers to {call.out.dtype}")
    return values.known[call.inputs[0]]


def _transpose(values: TorchValues, call: Recorded) -> ReadValue:
    x = call.args[0]
    axes = getattr(torch.empty(*range(2, x.ndim + 2)), call.name)(*call.args[1:], **call.keywords).shape
    order = [size - 2 for size in axes]
    if order[0] != 0:
        raise NoLayerError("it moves the axis of samples")
    return values.transposed(values.known[call.inputs[0]], [axis - 1 for axis in order[1:]])


def _add(values: TorchValues, call: Recorded, sign: float = 1) -> ReadValue:
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
    return values.added(left, right)


def _subtract(values: TorchValues, call: Recorded) -> ReadValue:
    return _add(values, call, -1)


def _from(values: TorchValues, call: Recorded) -> ReadValue:
    a = arguments(call, "input other")
    value = values.of(call, a["input"])
    if value is None or values.of(call, a["other"]) is not None:
        raise NoLayerError("the difference of two values in this form")
    return values.scaled(value, -1.0, a["other"])


def _negative(values: TorchValues, call: Recorded) -> ReadValue:
    return values.scaled(values.known[call.inputs[0]], -1.0, 0.0)


def _multiply(values: TorchValues, call: Recorded) -> ReadValue:
    a = arguments(call, "input other")
    left, right = (values.of(call, a[name]) for name in ("input", "other"))
    if left is not None and right is not None:
        return values.multiplied(left, right)
    value, constant = (left, a["other"]) if left is not None else (right, a["input"])
    assert value is not None
    return values.scaled(value, constant, 0.0)


def _divide(values: TorchValues, call: Recorded) -> ReadValue:
    a = arguments(call, "input other")
    value = values.of(call, a["input"])
    if value is None or values.of(call, a["other"]) is not None or a.get("rounding_mode") is not None:
        raise NoLayerError("a division by a value")
    return values.scaled(value, 1 / a["other"], 0.0)


def _power(values: TorchValues, call: Recorded) -> ReadValue:
    a = arguments(call, "input exponent")
    value = values.of(call, a["input"])
    if value is None or a.get("exponent", 2) != 2:
        raise NoLayerError("a power other than the square")
    return values.multiplied(value, value)


def _concatenate(values: TorchValues, call: Recorded) -> ReadValue:
    a = arguments(call, "tensors dim")
    found = [values.of(call, each) for each in a["tensors"]]
    parts = [part for part in found if part is not None]
    axis = a.get("dim", a.get("axis", 0))
    axis = axis + call.out.ndim if axis < 0 else axis
    if axis == 0:
        raise NoLayerError("it joins samples")
    if len(parts) < len(found):
        raise NoLayerError("it joins a value and a constant")
    return values.concatenated(parts, axis - 1)


def _axes(call: Recorded) -> list[int]:
    """Return the axes of a sample that a call is taken over."""
    dims = arguments(call, "input dim keepdim").get("dim")
    dims = [dims] if isinstance(dims, int) else list(dims or range(call.args[0].ndim))
    return [dim % call.args[0].ndim - 1 for dim in dims]


def _mean(values: TorchValues, call: Recorded) -> ReadValue:
    return values.averaged(values.known[call.inputs[0]], _axes(call), tuple(call.out.shape[1:]))


def _maximum(values: TorchValues, call: Recorded) -> ReadValue:
    return values.reduced(values.known[call.inputs[0]], _axes(call), tuple(call.out.shape[1:]), None, MaxPool)


def _expanded(values: TorchValues, call: Recorded) -> ReadValue:
    """Return the value as it is: a product repeats it."""
    return values.known[call.inputs[0]]


STRUCTURE: dict[str, Callable[[TorchValues, Recorded], ReadValue]] = {
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
