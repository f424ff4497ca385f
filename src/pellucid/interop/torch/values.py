"""Calls that no module computes: reshapes, sums, products, means, arithmetic with constants. Parts of values: `parts.py`."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from pellucid.interop.assembly import Assembly
from pellucid.interop.constants import NoLayerError, ReadConstant
from pellucid.interop.norming import NormedValues
from pellucid.interop.torch.functions import arguments
from pellucid.interop.torch.recording import CallRecorder, Recorded
from pellucid.interop.values import ReadValue
from pellucid.nets import MaxPool, ReLU

__all__ = ["STRUCTURE", "TorchValues", "axes_of", "first", "over_stack", "stacked"]


class TorchValues(NormedValues):
    """The values known so far, by the number that the recorder gave them."""

    def __init__(self, assembly: Assembly, recorder: CallRecorder) -> None:
        super().__init__(assembly)
        self.recorder = recorder
        self.known: dict[int, ReadValue] = {}
        self.unread: dict[int, str] = {}  # results that no layer makes, though their calls are read, and why
        self.stacks: dict[int, list[ReadValue]] = {}  # values one over another, along a new axis before that of samples

    def of(self, call: Recorded, x: Any) -> ReadValue | None:
        """Return the value of an argument; None for a constant."""
        number = call.values.get(id(x)) if isinstance(x, torch.Tensor) else None
        return None if number is None else self.known[number]

    def subject(self, call: Recorded) -> ReadValue:
        """Return the value that a call is about, its first argument. Raises NoLayerError where that is a constant."""
        value = self.of(call, first(call))
        if value is None:
            raise NoLayerError("it is taken of a constant, by a value")
        return value

    def scaled(self, value: ReadValue, scale: Any, shift: Any) -> ReadValue:
        """Return scale * x + shift, where both are numbers or tensors."""
        return self.arithmetic(value, self.constant(scale), self.constant(shift))

    def constant(self, constant: Any, place: str = "", factor: float = 1, inverted: bool = False) -> ReadConstant:
        """Return a number or a tensor times a factor, or its inverse times a factor; `place` is where that is computed."""
        if isinstance(constant, ReadConstant):
            return constant
        found = self._constant(constant)
        if factor == 1 and not inverted:
            return found
        array = np.asarray(factor / found.array if inverted else factor * found.array, found.array.dtype)
        computed = found.computed or ("" if factor in (1, -1) and not inverted else place)
        source = None if found.source is None else (found.source, factor, inverted)
        return found._replace(array=array, source=source, computed=computed if found.learns else "")

    def _constant(self, constant: Any) -> ReadConstant:
        if isinstance(constant, complex) or (isinstance(constant, torch.Tensor) and constant.is_complex()):
            raise NoLayerError("it computes with complex numbers")
        if not isinstance(constant, torch.Tensor):
            return ReadConstant(np.array(float(constant)))
        array = constant.detach().to("cpu", torch.float64 if constant.dtype == torch.float64 else torch.float32)
        origin = self.recorder.origins.of(constant)
        roots = tuple((root, part.detach().numpy()) for root, part in origin.roots)
        return ReadConstant(array.numpy(), origin.learns, origin.key, roots, origin.computed)

    def hosted(self, host: ReadValue, constant: torch.Tensor) -> ReadValue:
        """Return a constant, the same for each sample, as a value: a part of another times 0, plus the constant."""
        shape = tuple(constant.shape[1:])
        if len(shape) != len(host.shape) or any(size > own for size, own in zip(shape, host.shape, strict=True)):
            raise NoLayerError(f"it joins a value and a constant of shape {tuple(constant.shape)}, which is larger")
        if not torch.equal(constant, constant[:1].expand_as(constant)):
            raise NoLayerError("it joins a value and a constant that differs from sample to sample")
        for axis, size in enumerate(shape):
            host = self.sliced(host, axis, 0, size)
        shift = self._constant(constant)
        return self.arithmetic(host, ReadConstant(np.zeros(())), shift._replace(array=shift.array[:1]))


def first(call: Recorded) -> Any:
    """Return a call's first argument, by place or by name."""
    return call.args[0] if call.args else next(iter(call.keywords.values()))


def _reshape(values: TorchValues, call: Recorded) -> ReadValue:
    value, before, after = values.subject(call), tuple(first(call).shape), tuple(call.out.shape)
    if not after or after[0] != before[0]:
        raise NoLayerError(f"it makes {after} of a batch of {before}, which mixes samples")
    return values.reshaped(value, after[1:])


def _same(values: TorchValues, call: Recorded) -> ReadValue:
    if call.out.dtype != first(call).dtype:
        raise NoLayerError(f"it changes the type of numbers to {call.out.dtype}")
    return values.subject(call)


def _transpose(values: TorchValues, call: Recorded) -> ReadValue:
    x = first(call)
    keywords = {name: value for name, value in call.keywords.items() if name not in ("input", "self")}
    axes = getattr(torch.empty(*range(2, x.ndim + 2)), call.name)(*call.args[1:], **keywords).shape
    order = [size - 2 for size in axes]
    if order[0] != 0:
        raise NoLayerError("it moves the axis of samples")
    return values.transposed(values.subject(call), [axis - 1 for axis in order[1:]])


def _add(values: TorchValues, call: Recorded, sign: float = 1) -> ReadValue:
    a = arguments(call, "input other")
    left, right = (values.of(call, a[name]) for name in ("input", "other"))
    factor = sign * a.get("alpha", 1)
    if right is None and left is not None:
        return values.scaled(left, 1.0, values.constant(a["other"], call.place, factor))
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
    return values.scaled(values.subject(call), -1.0, 0.0)


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
    return values.scaled(value, values.constant(a["other"], call.place, inverted=True), 0.0)


def _absolute(values: TorchValues, call: Recorded) -> ReadValue:
    """Return |x| = max(x, 0) + max(-x, 0)."""
    value = values.subject(call)
    below = values.layer(ReLU(), values.scaled(value, -1.0, 0.0))
    return values.added(values.layer(ReLU(), value), below)


def _power(values: TorchValues, call: Recorded) -> ReadValue:
    a = arguments(call, "input exponent")
    value = values.of(call, a["input"])
    if value is None or a.get("exponent", 2) != 2:
        raise NoLayerError("a power other than the square")
    return values.multiplied(value, value)


def _concatenate(values: TorchValues, call: Recorded) -> ReadValue:
    return _joined(values, call, stacks=False)


def _stack(values: TorchValues, call: Recorded) -> ReadValue:
    return _joined(values, call, stacks=True)


def _joined(values: TorchValues, call: Recorded, stacks: bool) -> ReadValue:
    """Return values side by side, along an axis that they have, or along a new one."""
    a = arguments(call, "tensors dim")
    axis = a.get("dim", a.get("axis", 0)) % call.out.ndim
    if axis == 0:
        raise NoLayerError("it joins samples")
    found = [values.of(call, each) for each in a["tensors"]]
    host = next(part for part in found if part is not None)
    parts = [
        values.hosted(host, each) if part is None else part for part, each in zip(found, a["tensors"], strict=True)
    ]
    if stacks:
        parts = [values.reshaped(part, (*part.shape[: axis - 1], 1, *part.shape[axis - 1 :])) for part in parts]
    return values.concatenated(parts, axis - 1)


def axes_of(call: Recorded) -> list[int]:
    """Return the axes of a sample that a call is taken over; -1 for that of the samples."""
    given, rank = arguments(call, "input dim keepdim"), first(call).ndim
    dims = given.get("dim", given.get("axis"))
    dims = [dims] if isinstance(dims, int) else list(range(rank) if dims is None else dims)
    return [dim % rank - 1 for dim in dims]


def _mean(values: TorchValues, call: Recorded) -> ReadValue:
    return values.averaged(values.subject(call), axes_of(call), tuple(call.out.shape[1:]))


def _sum(values: TorchValues, call: Recorded) -> ReadValue:
    """Return the mean times the number of its terms."""
    axes, value = axes_of(call), values.subject(call)
    count = math.prod(first(call).shape[axis + 1] for axis in axes)
    return values.scaled(values.averaged(value, axes, tuple(call.out.shape[1:])), float(count), 0.0)


def _maximum(values: TorchValues, call: Recorded) -> ReadValue:
    return values.reduced(values.subject(call), axes_of(call), tuple(call.out.shape[1:]), None, MaxPool)


def _expanded(values: TorchValues, call: Recorded) -> ReadValue:
    return values.expanded(values.subject(call), tuple(call.out.shape[1:]))


def stacked(values: TorchValues, call: Recorded) -> list[ReadValue]:
    """Note values stacked before the axis of samples: their mean or sum is read, nothing else of them."""
    parts = [values.of(call, each) for each in arguments(call, "tensors dim")["tensors"]]
    found = [part for part in parts if part is not None]
    if len(found) < len(parts):
        raise NoLayerError("it joins a value and a constant")
    values.stacks[call.outputs[0]] = found
    values.unread[call.outputs[0]] = "it reads what joins samples"
    return []


def over_stack(values: TorchValues, call: Recorded) -> ReadValue:
    """Return the mean or the sum of values that were stacked."""
    parts = values.stacks[call.inputs[0]]
    if call.name not in ("mean", "sum") or axes_of(call) != [-1]:
        raise NoLayerError("it reads what joins samples")
    total = parts[0]
    for part in parts[1:]:
        total = values.added(total, part)
    return values.scaled(total, 1 / len(parts) if call.name == "mean" else 1.0, 0.0)


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
    **dict.fromkeys(("abs", "absolute"), _absolute),
    **dict.fromkeys(("pow", "square", "__pow__"), _power),
    **dict.fromkeys(("cat", "concat", "concatenate"), _concatenate),
    **dict.fromkeys(("expand", "expand_as"), _expanded),
    "stack": _stack,
    "mean": _mean,
    "sum": _sum,
    "amax": _maximum,
}
