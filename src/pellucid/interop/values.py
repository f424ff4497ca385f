"""Values of a network that is being read, and what several frameworks make of them: reshapes, sums, products, means, arithmetic.

A value has the shape of a sample that it has there, which may differ from that of its node, or not be laid out yet: a layer for
it (Reshape, Transpose) is appended only where another layer needs it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pellucid.interop.assembly import Assembly, Filled
from pellucid.interop.constants import (
    NoLayerError,
    ReadConstant,
    filled_from,
    finest,
    is_number,
    joint_key,
    of_sample,
    sample_sizes,
)
from pellucid.interop.repeating import common, repeated
from pellucid.layers import Node
from pellucid.nets import (
    Add,
    AvgPool,
    Concat,
    Description,
    Flatten,
    GlobalAvgPool,
    Multiply,
    Operation,
    Reshape,
    ScaleShift,
    Sigmoid,
    Slice,
    Transpose,
    ZeroPad,
)

__all__ = ["ReadValue", "Values", "no_arrays"]

Shape = tuple[int, ...]


@dataclass(frozen=True)
class ReadValue:
    """A value: its node, and how its numbers lie there."""

    node: Node
    shape: Shape  # of a sample, there
    order: tuple[int, ...] = ()  # there, the axes of the node's sample stand in this order; (): as they are
    places: tuple[
        int, ...
    ] = ()  # there, a row lists the node's numbers in this order, which `order` makes; (): as they are

    @property
    def is_plain(self) -> bool:
        """Whether the numbers lie in the node's own order."""
        return not self.order and not self.places


class Values:
    """How new values are made of those that there are."""

    def __init__(self, assembly: Assembly) -> None:
        self.assembly = assembly
        self.scaled_from: dict[Node, tuple[ReadValue, ReadConstant, ReadConstant]] = {}
        self.repeats: dict[Node, ReadValue] = {}  # what was repeated along axes of size 1
        self.unscaled: dict[Node, dict[str, Filled]] = {}  # arrays of norms that scale nothing yet

    def node(self, value: ReadValue) -> Node:
        """Return a value in the shape that it has there, one number as (1,); append a layer where its node has another."""
        node, shape = value.node, value.shape or (1,)
        if value.order:
            node = self.assembly.call(Transpose(value.order), [node], no_arrays)
        if node.shape == shape:
            return node
        layer = Flatten() if len(shape) == 1 else Reshape(shape)
        return self.assembly.call(layer, [node], no_arrays)

    def laid_out(self, value: ReadValue) -> ReadValue:
        """Return a value whose numbers lie in its node's own order, in the node's shape."""
        return ReadValue(self.node(value), value.shape)

    def row(self, value: ReadValue) -> Node:
        """Return a value for an affine layer, which may read its numbers in another order (see `ordered`)."""
        return value.node if value.places else self.node(value)

    def layer(self, layer: Description, *values: ReadValue, shape: Shape | None = None) -> ReadValue:
        """Return what a layer without arrays makes of values; `shape` is that of a sample there, where it differs."""
        node = self.assembly.call(layer, [self.node(value) for value in values], no_arrays)
        return ReadValue(node, node.shape if shape is None else shape)

    def reshaped(self, value: ReadValue, shape: Shape) -> ReadValue:
        """Return the same numbers in another shape."""
        if math.prod(shape) != math.prod(value.shape):
            raise NoLayerError(
                f"it makes samples of shape {shape} of samples of shape {value.shape}, which mixes samples"
            )
        if value.order and shape != value.shape:
            if len(shape) > 1 or value.places:
                return replace(self.laid_out(value), shape=shape)
            numbers = np.arange(math.prod(value.node.shape)).reshape(value.node.shape)
            places = tuple(numbers.transpose(value.order).reshape(-1).tolist())
            return ReadValue(value.node, shape, value.order, places)
        return replace(value, shape=shape)

    def transposed(self, value: ReadValue, order: Sequence[int]) -> ReadValue:
        """Return a value with the axes of its samples in another order, without moving a number."""
        if value.places:
            return value  # a row has one axis
        shape = tuple(value.shape[axis] for axis in order)
        if value.order:
            combined = tuple(value.order[axis] for axis in order)
        else:
            value = replace(value, node=self.node(value))
            combined = tuple(order)
        kept = [axis for axis in combined if value.node.shape[axis] > 1]
        if kept == sorted(kept):  # only axes of size 1 move, or they are back in their order
            return ReadValue(value.node, shape)
        return ReadValue(value.node, shape, combined)

    def arithmetic(self, value: ReadValue, scale: ReadConstant, shift: ReadConstant) -> ReadValue:
        """Return scale * value + shift, where both are numbers or arrays that broadcast to a batch."""
        if value.places:
            value = self.laid_out(value)
        given = (sample_sizes(each.array, len(value.shape)) for each in (scale, shift))
        value = repeated(self, value, common(value.shape, *given))
        if (joined := self._joined(value, scale, shift)) is not None:
            return joined
        arrays = [of_sample(each.array, value.shape, value.order) for each in (scale, shift)]
        sample = value.node.shape if value.order else value.shape
        each = finest([array.shape for array in arrays])
        if each == "entry" and (turned := self._turned(value, scale, shift)) is not None:
            return turned
        ones = [1] * (len(sample) - 1)
        along = {"sample": (1, *ones), "channel": (*sample[:1], *ones), "entry": sample}[each]
        sizes = {"sample": (1,), "channel": sample[:1], "entry": sample}[each]
        ready = [np.broadcast_to(array, along).reshape(sizes) for array in arrays]

        def filled(operation: Operation) -> dict[str, Filled]:
            return dict(zip(operation.params, map(filled_from, (scale, shift), ready), strict=True))

        key = joint_key((scale, shift))
        node = self.assembly.call(ScaleShift(each), [value.node if value.order else self.node(value)], filled, key)
        self.scaled_from[node] = value, scale, shift
        return replace(value, node=node)

    def _turned(self, value: ReadValue, scale: ReadConstant, shift: ReadConstant) -> ReadValue | None:
        """Return arithmetic by what learns along another axis than the first, which comes first for it; None for any other."""
        rank = len(value.shape)
        ready = [each.array.reshape((1,) * (rank + 1 - each.array.ndim) + each.array.shape) for each in (scale, shift)]
        own = {axis for array in ready for axis in range(rank) if array.shape[axis + 1] > 1}
        if not (scale.learns or shift.learns) or len(own) != 1 or own == {0}:
            return None
        order = [*own, *(axis for axis in range(rank) if axis not in own)]
        arrays = [array.transpose(0, *(axis + 1 for axis in order)) for array in ready]
        first = self.laid_out(self.transposed(value, order))
        made = self.arithmetic(first, scale._replace(array=arrays[0]), shift._replace(array=arrays[1]))
        return self.transposed(made, [order.index(axis) for axis in range(rank)])

    def _joined(self, value: ReadValue, scale: ReadConstant, shift: ReadConstant) -> ReadValue | None:
        """Return arithmetic that joins what was done to the value just before; None where nothing was that it could join."""
        if value.is_plain and value.node in self.unscaled:
            return self._into_norm(value, scale, shift)
        if value.node not in self.scaled_from:
            return None
        source, before, moved = self.scaled_from[value.node]
        if source.shape != value.shape or source.order != value.order:
            return None
        if is_number(moved, 0) and is_number(scale, 1):
            arrays = [(each, of_sample(each.array, source.shape, source.order)) for each in (before, shift)]
            if any(each.learns for each, _ in arrays) and len({finest([array.shape]) for _, array in arrays}) > 1:
                return None  # one number that learns would become several
            return self.arithmetic(source, before, shift)
        if any(each.learns for each in (before, moved, scale, shift)):
            return None
        both = ReadConstant(scale.array * before.array), ReadConstant(scale.array * moved.array + shift.array)
        return self.arithmetic(source, *both)

    def _into_norm(self, value: ReadValue, scale: ReadConstant, shift: ReadConstant) -> ReadValue | None:
        """Give a norm its factors, or its shifts; None where they are not those of channels, or of its last axis."""
        arrays = self.unscaled[value.node]
        for name, constant, neutral in (("gamma", scale, 1), ("beta", shift, 0)):
            if is_number(constant, neutral):
                continue
            array = of_sample(constant.array, value.shape, value.order)
            place = len(value.shape) - 1 if getattr(value.node.layer, "over", "") == "last" else 0
            along = tuple(size if axis == place else 1 for axis, size in enumerate(value.shape))
            if array.shape != along or (name == "gamma" and "beta" in arrays) or name in arrays:
                return None
            arrays[name] = filled_from(constant, array.reshape(-1))
        return value

    def together(self, layer: Description, left: ReadValue, right: ReadValue) -> ReadValue:
        """Return what a layer makes of two values of one shape, entry by entry."""
        shape = common(left.shape, right.shape)
        left, right = repeated(self, left, shape), repeated(self, right, shape)
        if left.shape != right.shape:
            raise NoLayerError(f"samples of shape {left.shape} and {right.shape} are joined, which are not of one size")
        if left.order and left.order == right.order:
            return replace(left, node=self.assembly.call(layer, [left.node, right.node], no_arrays))
        return self.layer(layer, left, right)

    def added(self, left: ReadValue, right: ReadValue) -> ReadValue:
        """Return the sum."""
        return self.together(Add(), left, right)

    def multiplied(self, left: ReadValue, right: ReadValue) -> ReadValue:
        """Return the product, in which a value of channels multiplies whole images."""
        left, right = (self.repeats.get(value.node, value) if value.is_plain else value for value in (left, right))
        if math.prod(right.shape) > math.prod(left.shape):
            left, right = right, left  # the second may be repeated
        return self.layer(Multiply(), repeated(self, left, common(left.shape, right.shape)), right)

    def expanded(self, value: ReadValue, shape: Shape) -> ReadValue:
        """Return a value repeated along axes of size 1; a product, which repeats it by itself, reads it as it was."""
        made = repeated(self, value, shape)
        if made.shape != shape:
            raise NoLayerError(f"samples of shape {value.shape} are repeated to {shape}")
        if made is not value:
            self.repeats[made.node] = value
        return made

    def concatenated(self, parts: Sequence[ReadValue], axis: int) -> ReadValue:
        """Return values side by side along an axis of a sample."""
        if len(parts) == 1:
            return parts[0]
        first = parts[0].order
        if first and all(part.order == first and not part.places for part in parts):
            nodes = [part.node for part in parts]
            node = self.assembly.call(Concat(first[axis]), nodes, no_arrays)
            return ReadValue(node, tuple(node.shape[each] for each in first), first)
        return self.layer(Concat(axis), *parts)

    def reduced(
        self,
        value: ReadValue,
        axes: Sequence[int],
        shape: Shape,
        whole: Description | None,
        window: Callable[..., Description],
    ) -> ReadValue:
        """Return the mean or the maximum over all axes of a sample except the channels, or the last of them."""
        if value.order and sorted(value.order[axis] for axis in axes) == [1, 2] and len(value.order) == 3:
            value, axes = ReadValue(value.node, value.node.shape), [1, 2]
        axes = sorted(axes)
        if not axes or axes[0] < 0:
            raise NoLayerError("it is taken over samples")
        if axes != list(range(len(value.shape) - len(axes), len(value.shape))):
            others = [axis for axis in range(len(value.shape)) if axis not in axes]
            value = self.transposed(value, [*others, *axes])
            axes = list(range(len(others), len(value.shape)))
        channels, rows = math.prod(value.shape[: axes[0]]), math.prod(value.shape[axes[0] :])
        is_image = len(value.shape) == 3 and len(axes) == 2
        image = value if is_image else self.reshaped(value, (channels, rows, 1))
        return self.layer(window(image.shape[1:]) if whole is None else whole, image, shape=shape)

    def sliced(self, value: ReadValue, axis: int, start: int, stop: int, step: int = 1) -> ReadValue:
        """Return the entries from start to before stop of an axis of a sample."""
        size = len(range(*slice(start, stop, step).indices(value.shape[axis])))
        if size == value.shape[axis]:
            return value
        if size == 0:
            raise NoLayerError("a part of a value without entries is taken")
        if value.places or (not value.order and value.node.shape != value.shape):
            value = self.laid_out(value)
        along = value.order[axis] if value.order else axis
        node = self.assembly.call(Slice(along, start, stop, step), [value.node], no_arrays)
        return ReadValue(node, (*value.shape[:axis], size, *value.shape[axis + 1 :]), value.order)

    def padded(self, value: ReadValue, pads: Sequence[tuple[int, int]]) -> ReadValue:
        """Return a value with zeros before and behind each axis of its samples; negative counts cut."""
        for axis, (before, behind) in enumerate(pads):
            value = self.sliced(value, axis, max(-before, 0), value.shape[axis] - max(-behind, 0))
        around = tuple((max(before, 0), max(behind, 0)) for before, behind in pads)
        return self.layer(ZeroPad(around), value) if any(map(any, around)) else value

    def gated(self, value: ReadValue, axis: int) -> ReadValue:
        """Return one half of an axis times the sigmoid of the other."""
        half = value.shape[axis] // 2
        first, second = self.sliced(value, axis, 0, half), self.sliced(value, axis, half, 2 * half)
        return self.layer(Multiply(), first, self.layer(Sigmoid(), second))

    def averaged(self, value: ReadValue, axes: Sequence[int], shape: Shape) -> ReadValue:
        """Return the mean over the axes of an image."""
        return self.reduced(value, axes, shape, GlobalAvgPool(), AvgPool)


def no_arrays(operation: Operation) -> dict[str, Filled]:
    """Return the arrays of a layer without any."""
    return {}
