"""Operators that move numbers: axes in another order, parts of a value, numbers around it."""

from collections.abc import Sequence

import numpy as np

from pellucid.interop.constants import NoLayerError, ReadConstant
from pellucid.interop.onnx.placed import IMAGE, OnnxValues, PlacedNode
from pellucid.interop.onnx_graph import OnnxNode
from pellucid.interop.values import ReadValue

__all__ = ["MOVING", "parts", "zeros_around"]

Pairs = list[tuple[int, int]]  # before and behind each axis of a sample


def _transpose(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    order = list(placed.node.get("perm", range(len(placed.before))[::-1]))
    if order[0] != 0:
        raise NoLayerError("it moves the axis of samples")
    return values.transposed(placed.value, [axis - 1 for axis in order[1:]])


def _slice(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    """Return a part of one axis or of several, which were attributes before they were inputs."""
    node, rank = placed.node, len(placed.before)
    found = {}
    for place, name in enumerate(("starts", "ends", "axes", "steps"), start=1):
        if place < len(placed.inputs) and placed.inputs[place] is not None:
            raise NoLayerError("where it begins and ends is computed")
        array = node.get(name, node.array(place))
        found[name] = None if array is None else [int(number) for number in np.asarray(array).reshape(-1)]
    starts, ends = found["starts"] or [], found["ends"] or []
    axes = range(len(starts)) if found["axes"] is None else [axis % rank for axis in found["axes"]]
    value = placed.value
    for axis, start, end, step in zip(axes, starts, ends, found["steps"] or [1] * len(starts), strict=True):
        size = placed.before[axis]
        part = slice(start, end, step).indices(size)
        if part == (0, size, 1):
            continue
        if axis == 0 or step < 1:
            raise NoLayerError("it must read parts of a sample, forward; it chooses samples, or reads backward")
        value = values.sliced(value, axis - 1, *part)
    return value


def parts(values: OnnxValues, placed: PlacedNode, sizes: Sequence[int]) -> list[ReadValue]:
    """Return what a Split makes, of these sizes along its axis."""
    axis = int(placed.node.get("axis", 0)) % len(placed.before)
    if axis == 0:
        raise NoLayerError("it parts samples from each other")
    ends = np.cumsum(sizes).tolist()
    return [values.sliced(placed.value, axis - 1, end - size, end) for end, size in zip(ends, sizes, strict=True)]


def _chosen(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    """Return a Gather of one place, or of neighbouring ones, of a sample."""
    places, axis = placed.constant(1), int(placed.node.get("axis", 0)) % len(placed.before)
    if places is None or axis == 0 or placed.inputs[0] is None:
        raise NoLayerError("it chooses by a value, or among samples")
    numbers = [int(place) % placed.before[axis] for place in places.reshape(-1)]
    step = numbers[1] - numbers[0] if len(numbers) > 1 else 1
    if not numbers or step < 1 or numbers != list(range(numbers[0], numbers[-1] + 1, step)):
        raise NoLayerError("it chooses places that are not evenly spaced, in order")
    return values.reshaped(values.sliced(placed.value, axis - 1, numbers[0], numbers[-1] + 1, step), placed.shape[1:])


def zeros_around(node: OnnxNode) -> list[int] | None:
    """Return what a Pad puts around an image, above and left, then below and right; None for any other Pad."""
    if node.get("mode", "constant") != "constant" or _fill(node) or any(place > 1 for place in _computed(node)):
        return None
    pairs = _pairs(node)
    if pairs is None or len(pairs) != IMAGE or pairs[0] != (0, 0) or min(min(pair) for pair in pairs) < 0:
        return None
    return [before for before, _ in pairs[1:]] + [behind for _, behind in pairs[1:]]


def _computed(node: OnnxNode) -> list[int]:
    """Return the places of inputs that are neither constant nor missing, the value itself among them."""
    return [place for place, array in enumerate(node.constants) if array is None and place < len(node.variables)]


def _fill(node: OnnxNode) -> float:
    value = node.array(2)
    return float(node.get("value", 0.0) if value is None else value.reshape(()))


def _pairs(node: OnnxNode) -> Pairs | None:
    """Return what stands before and behind each axis of a sample; None where it is computed, or samples are added."""
    pads, axes, rank = node.get("pads", node.array(1)), node.array(3), len(node.shape)
    if pads is None:
        return None
    sizes = [int(size) for size in np.asarray(pads).reshape(-1)]
    half = len(sizes) // 2
    named = range(rank) if axes is None else [int(axis) % rank for axis in axes]
    pairs = [(0, 0)] * rank
    for axis, before, behind in zip(named, sizes[:half], sizes[half:], strict=True):
        pairs[axis] = before, behind
    return pairs[1:] if pairs[0] == (0, 0) else None


def _padded(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    """Return a value with numbers around it: one number, or its own at the edge or mirrored."""
    node, value = placed.node, placed.value
    pairs, mode = _pairs(node), node.get("mode", "constant")
    if pairs is None:
        raise NoLayerError("it adds samples, or how much it adds is computed")
    value = values.padded(value, [(min(before, 0), min(behind, 0)) for before, behind in pairs])
    pairs = [(max(before, 0), max(behind, 0)) for before, behind in pairs]
    if mode in ("edge", "reflect"):
        for axis, pair in enumerate(pairs):
            value = _with_own(values, value, axis, pair, mode)
        return value
    if mode != "constant":
        raise NoLayerError(f"it pads by {mode}")
    number = _fill(node)
    if not number:
        return values.padded(value, pairs)
    if abs(number) > LARGEST:
        raise NoLayerError(f"it puts {number:g} around a value; only numbers up to {LARGEST:g} are read")
    return _shifted(values, values.padded(_shifted(values, value, -number), pairs), number)


LARGEST = 1e6  # a number around a value that is added and taken away without a loss worth naming
MOST_OWN = 4  # lines of its own around a value: each is a layer


def _shifted(values: OnnxValues, value: ReadValue, number: float) -> ReadValue:
    one = ReadConstant(np.array(1, np.float32))
    return values.arithmetic(value, one, ReadConstant(np.array(number, np.float32)))


def _with_own(values: OnnxValues, value: ReadValue, axis: int, pair: tuple[int, int], mode: str) -> ReadValue:
    """Return a value with its own lines around it along an axis."""
    size, (before, behind) = value.shape[axis], pair
    if max(pair) > MOST_OWN:
        raise NoLayerError(f"it puts {max(pair)} of a value's own lines around it; up to {MOST_OWN} are read")
    if mode == "edge":
        first, last = [0] * before, [size - 1] * behind
    else:
        first, last = list(range(before, 0, -1)), list(range(size - 2, size - 2 - behind, -1))
    lines = [[values.sliced(value, axis, place, place + 1) for place in places] for places in (first, last)]
    return values.concatenated([*lines[0], value, *lines[1]], axis)


def _depth_to_space(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    """Return channels laid out as pixels: a reshape, axes in another order, a reshape."""
    size, value = int(placed.node.attributes["blocksize"]), placed.value
    channels, height, width = value.shape
    kept = channels // size**2
    if placed.node.get("mode", "DCR") == "CRD":
        shape, order = (kept, size, size, height, width), (0, 3, 1, 4, 2)
    else:
        shape, order = (size, size, kept, height, width), (2, 3, 0, 4, 1)
    return values.reshaped(values.transposed(values.reshaped(value, shape), order), placed.shape[1:])


def _space_to_depth(values: OnnxValues, placed: PlacedNode) -> ReadValue:
    """Return pixels laid out as channels."""
    size, value = int(placed.node.attributes["blocksize"]), placed.value
    channels, height, width = value.shape
    blocks = values.reshaped(value, (channels, height // size, size, width // size, size))
    order = (0, 2, 4, 1, 3) if placed.node.get("mode", "DCR") == "CRD" else (2, 4, 0, 1, 3)
    return values.reshaped(values.transposed(blocks, order), placed.shape[1:])


MOVING = {
    "Transpose": _transpose,
    "Slice": _slice,
    "Gather": _chosen,
    "Pad": _padded,
    "DepthToSpace": _depth_to_space,
    "SpaceToDepth": _space_to_depth,
}
