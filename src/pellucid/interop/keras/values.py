"""Values of a Keras model that is being read: their channels are the last axis there, the first of their node."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from keras import ops

from pellucid.interop.assembly import Assembly, Filled
from pellucid.interop.bridges.activations.clip import clipping
from pellucid.interop.constants import NoLayerError, ReadConstant, filled_from, is_number, ordered
from pellucid.interop.keras_layers import framed
from pellucid.interop.values import ReadValue, Values
from pellucid.layers import Node
from pellucid.nets import (
    Affine,
    Concat,
    Conv,
    Conv1d,
    Description,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    Multiply,
    Operation,
    Reshape,
    Transpose,
)
from pellucid.shapes import Array

__all__ = ["KerasValues", "turned"]

Number = float | Array | ReadConstant

Shape = tuple[int, ...]
Sides = tuple[tuple[int, int], ...]  # ((top, bottom), (left, right)), or those of a sequence
LOWEST = -1e30  # what is padded with less than this never is a maximum


def turned(shape: Shape) -> tuple[int, ...]:
    """Return where the numbers of a row, read as samples of this shape, stand with the channels first."""
    channels, rest = shape[-1], shape[:-1]
    numbers = np.arange(math.prod(shape)).reshape(channels, *rest)
    return tuple(np.moveaxis(numbers, 0, -1).reshape(-1).tolist())


class KerasValues(Values):
    """How new values are made of those that there are."""

    def __init__(self, assembly: Assembly) -> None:
        super().__init__(assembly)
        self.zeros: dict[Node, tuple[Node, Sides]] = {}  # what only has zeros around another node
        self.own: dict[int, Array] = {}  # a model's own weights by identity, as the arrays that layers are filled with
        self.unbiased: dict[Node, dict[str, Filled]] = {}  # arrays of products with a matrix, whose bias may follow
        self.lowest: dict[Node, tuple[Node, Sides]] = {}  # what only has the lowest numbers around another node

    def node(self, value: ReadValue) -> Node:
        """Return a value in the shape that it has there. Raises NoLayerError for rows whose order no axes explain."""
        if value.places and not value.order:
            raise NoLayerError("it reads rows whose numbers stand in another order here")
        return super().node(value)

    def first(self, value: ReadValue, last: bool = True) -> Node:
        """Return the node with the channels first; `last`: they are the last axis of the value."""
        if len(value.shape) == 1:
            return self.flat(value)
        if not last:
            return self.node(value)
        rank = len(value.shape)
        shape = (value.shape[-1], *value.shape[:-1])
        if value.order == (*range(1, rank), 0):
            return value.node
        if value.is_plain and (value.shape[-1] == 1 or math.prod(value.shape[:-1]) == 1):
            return value.node if value.node.shape == shape else self._called(Reshape(shape), value.node)
        return self._called(Transpose((rank - 1, *range(rank - 1))), self.node(value))

    def last(self, node: Node, last: bool = True) -> ReadValue:
        """Return a value with the channels last of a node that has them first."""
        value = ReadValue(node, node.shape)
        rank = len(node.shape)
        return self.transposed(value, (*range(1, rank), 0)) if last and rank > 1 else value

    def flat(self, value: ReadValue) -> Node:
        """Return a value of one axis as a row, whose numbers may stand in another order (see `ordered`)."""
        return value.node if len(value.node.shape) == 1 else self._called(Flatten(), value.node)

    def reshaped(self, value: ReadValue, shape: Shape) -> ReadValue:
        """Return the same numbers in another shape; a row that was turned for it becomes an image."""
        if value.places and len(shape) > 1 and value.places == turned(shape):
            node = value.node
            channels_first = (shape[-1], *shape[:-1])
            return self.last(node if node.shape == channels_first else self._called(Reshape(channels_first), node))
        made = super().reshaped(value, shape)
        in_order = made.places and made.places == tuple(range(len(made.places)))
        return replace(made, order=(), places=()) if in_order else made

    def joined(self, parts: Sequence[ReadValue], axis: int) -> ReadValue:
        """Return values side by side along an axis of a sample; rows may lie in different orders."""
        if len(parts[0].shape) > 1 or not any(part.places for part in parts):
            return self.concatenated(parts, axis)
        places: list[int] = []
        for part in parts:
            own = part.places or range(part.shape[0])
            places += [len(places) + place for place in own]
        node = self._called(Concat(), *(self.flat(part) for part in parts))
        return ReadValue(node, node.shape, places=tuple(places))

    def product(self, left: ReadValue, right: ReadValue) -> ReadValue:
        """Return the product, in which (1, 1, C) multiplies the channels of (H, W, C)."""
        if left.shape == right.shape:
            return self.together(Multiply(), left, right)
        if math.prod(right.shape) > math.prod(left.shape):
            left, right = right, left
        channels = left.shape[-1]
        if len(left.shape) == 3 and right.shape in ((1, 1, channels), (channels,)) and right.is_plain:
            factor = right.node if right.node.shape in ((channels,), (channels, 1, 1)) else self.first(right)
            return self.last(self._called(Multiply(), self.first(left), factor))
        if len(left.shape) == 3 and right.shape == (*left.shape[:2], 1):
            return self.last(self._called(Multiply(), self.first(left), self.first(right)))
        raise NoLayerError(
            f"samples of shape {left.shape} and {right.shape} are multiplied, no layer repeats along axes"
        )

    def averaged_over(self, value: ReadValue, shape: Shape) -> ReadValue:
        """Return the mean of each channel of an image or a sequence."""
        node = self.first(value)
        image = node if len(node.shape) == 3 else self._called(Reshape((*node.shape, 1)), node)
        return ReadValue(self._called(GlobalAvgPool(), image), shape)

    def framed(self, value: ReadValue, sides: Sequence[tuple[int, int]], last: bool, number: float = 0.0) -> ReadValue:
        """Return an image or a sequence with zeros around it, or without its outer rows and columns.

        A convolution that reads it pads by itself instead, and so does a maximum that reads the lowest numbers
        around an image (`unpadded`).
        """
        node = self.first(value, last)
        if len(node.shape) != 1 + len(sides):
            raise NoLayerError(f"it pads or crops samples of shape {value.shape}")
        part = framed(node.shape[0], sides)

        def filled(operation: Operation) -> dict[str, Filled]:
            return dict(zip(operation.params, (Filled(part.arrays["weight"], False), Filled(None, False)), strict=True))

        made = self.assembly.call(part.layer, [node], filled)
        if min(map(min, sides)) >= 0:
            (self.zeros if number == 0 else self.lowest)[made] = node, tuple(sides)
        if number != 0 and (number > LOWEST or made not in self.lowest):
            raise NoLayerError(f"it pads with {number:g}; only 0, and the lowest numbers around an image, are read")
        return self.last(made, last)

    def as_image(self, node: Node) -> Node:
        """Return a sequence as an image of one column, and what is around it as what is around the image."""
        image = self._called(Reshape((*node.shape, 1)), node)
        if node in self.lowest:
            source, (ends,) = self.lowest[node]
            self.lowest[image] = self._called(Reshape((*source.shape, 1)), source), (ends, (0, 0))
        return image

    def unpadded(self, node: Node, layer: Description) -> tuple[Node, Description]:
        """Return what a layer reads without what is around it, and the layer with that padding of its own."""
        if isinstance(layer, Conv) and layer.pad == (0, 0) and node in self.zeros:
            source, sides = self.zeros[node]
            symmetrical = all(before == after for before, after in sides)
            return source, replace(layer, pad=(sides[0][0], sides[1][0]) if symmetrical else (sides[0], sides[1]))
        if isinstance(layer, Conv1d) and layer.pad == 0 and node in self.zeros:
            source, ((before, after),) = self.zeros[node]
            return source, replace(layer, pad=before if before == after else (before, after))
        if node not in self.lowest:
            return node, layer
        source, sides = self.lowest[node]
        if isinstance(layer, MaxPool) and layer.pad == (0, 0):
            found = replace(layer, pad=(sides[0][0], sides[1][0]), ceil_mode=False)
            for pooled in (found, replace(found, ceil_mode=True)):
                if pooled.lowered(source.shape).shape == layer.lowered(node.shape).shape:
                    return source, pooled
        raise NoLayerError("it reads an image with the lowest numbers around it, which only a maximum over windows may")

    def scaled(self, value: ReadValue, scale: Number, shift: Number) -> ReadValue:
        """Return scale * value + shift with constants, or a model's own weights."""
        constants = [each if isinstance(each, ReadConstant) else _constant(each) for each in (scale, shift)]
        if (biased := self._with_bias(value, *constants)) is not None:
            return biased
        if all(each.array.size == 1 for each in constants):
            single = [each._replace(array=each.array.reshape(())) for each in constants]
            made = self.arithmetic(ReadValue(value.node, value.node.shape), *single)
            return replace(value, node=made.node)
        return self.arithmetic(value, *constants)

    def clipped(self, value: ReadValue, low: float, high: float) -> ReadValue:
        """Return every number, those outside at the nearer bound."""
        layer = clipping(low, high)
        return value if layer is None else replace(value, node=self._called(layer, value.node))

    def weight(self, variable: Any) -> ReadConstant:
        """Return a weight of the model's own, which learns here where it learns there."""
        array = self.own.setdefault(id(variable), np.array(ops.convert_to_numpy(variable)))
        learns = bool(variable.trainable)
        return ReadConstant(array, learns, id(variable), ((variable.path, array),) if learns else ())

    def matrix_product(self, value: ReadValue, weight: ReadConstant) -> ReadValue:
        """Return the product of the last axis of a value with a matrix."""
        if weight.array.ndim != 2 or value.shape[-1] != len(weight.array):
            raise NoLayerError(
                f"samples of shape {value.shape} are multiplied by an array of shape {weight.array.shape}"
            )
        row = len(value.shape) == 1
        arrays = {"weight": filled_from(weight, ordered(weight.array, value.places if row else ()))}

        def filled(operation: Operation) -> dict[str, Filled]:
            names = {name: name.removeprefix(f"{operation.home}.") for name in operation.params}
            return {name: arrays.get(own, Filled(None, learns=False)) for name, own in names.items()}

        layer = Affine(weight.array.shape[1], over="sample" if row else "last")
        node = self.assembly.call(layer, [self.flat(value) if row else self.node(value)], filled)
        self.unbiased[node] = arrays
        return ReadValue(node, node.shape)

    def _with_bias(self, value: ReadValue, scale: ReadConstant, shift: ReadConstant) -> ReadValue | None:
        """Give a product with a matrix its bias; None where it has one already, or something else follows."""
        arrays = self.unbiased.get(value.node)
        if arrays is None or "bias" in arrays or not value.is_plain or not is_number(scale, 1):
            return None
        if shift.array.size != value.shape[-1] or shift.array.shape[-1:] != value.shape[-1:]:
            return None
        arrays["bias"] = filled_from(shift, shift.array.reshape(-1))
        return value

    def _called(self, layer: Description, *nodes: Node) -> Node:
        return self.assembly.call(layer, list(nodes), lambda operation: {})


def _constant(value: float | np.ndarray) -> ReadConstant:
    return ReadConstant(np.asarray(value, dtype=np.float64))
