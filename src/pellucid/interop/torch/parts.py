"""Calls that read parts of values, pad them, or move their numbers: indices, chunks, shuffles, gates of two halves."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from pellucid.interop.constants import NoLayerError
from pellucid.interop.torch.functions import arguments
from pellucid.interop.torch.recording import Recorded
from pellucid.interop.torch.values import STRUCTURE, TorchValues, axes_of, first
from pellucid.interop.values import ReadValue
from pellucid.nets import MaxPool

__all__ = ["PARTS", "SEVERAL"]


def _index(values: TorchValues, call: Recorded) -> ReadValue:
    value, size = values.subject(call), first(call).shape
    axis = 0
    for each in _spread(call.args[1], len(size)):
        if each is None:
            continue  # a new axis of size 1, which the shape of the result has
        if not isinstance(each, (int, slice)) or isinstance(each, bool):
            raise NoLayerError(
                f"a part of a value is taken by {type(each).__name__}; parts are taken by numbers and slices"
            )
        if axis == 0 and (isinstance(each, int) or range(*each.indices(size[0])) != range(size[0])):
            raise NoLayerError("it takes samples apart")
        if axis > 0 and isinstance(each, int):
            place = each % size[axis]
            value = values.sliced(value, axis - 1, place, place + 1)
        elif axis > 0 and isinstance(each, slice):
            start, stop, step = each.indices(size[axis])
            value = values.sliced(value, axis - 1, start, stop, step)
        axis += 1
    return values.reshaped(value, tuple(call.out.shape[1:]))


def _spread(index: Any, rank: int) -> list[Any]:
    """Return an index with whole axes in the place of an ellipsis."""
    parts = list(index) if isinstance(index, tuple) else [index]
    places = [place for place, part in enumerate(parts) if part is Ellipsis]
    if not places:
        return parts
    missing = rank - sum(part is not None and part is not Ellipsis for part in parts)
    return [*parts[: places[0]], *[slice(None)] * missing, *parts[places[0] + 1 :]]


def _narrow(values: TorchValues, call: Recorded) -> ReadValue:
    a = arguments(call, "input dim start length")
    return _part(values, call, a["dim"], int(a["start"]), int(a["length"]))


def _select(values: TorchValues, call: Recorded) -> ReadValue:
    a = arguments(call, "input dim index")
    size = first(call).shape[a["dim"]]
    return values.reshaped(_part(values, call, a["dim"], a["index"] % size, 1), tuple(call.out.shape[1:]))


def _part(values: TorchValues, call: Recorded, dim: int, start: int, count: int) -> ReadValue:
    axis = dim % first(call).ndim - 1
    if axis < 0:
        raise NoLayerError("it takes samples apart")
    start = start + first(call).shape[axis + 1] if start < 0 else start
    return values.sliced(values.subject(call), axis, start, start + count)


def _chunks(values: TorchValues, call: Recorded) -> list[ReadValue]:
    a = arguments(call, "input count dim")
    dim = int(a.get("dim", a.get("axis", 0))) % first(call).ndim
    sizes = [out.shape[dim] for out in call.out]
    starts = [0, *accumulate(sizes)][:-1]
    return [_part(values, call, dim, start, size) for start, size in zip(starts, sizes, strict=True)]


def _unbound(values: TorchValues, call: Recorded) -> list[ReadValue]:
    dim = int(arguments(call, "input dim").get("dim", 0))
    parts = [_part(values, call, dim, place, 1) for place in range(len(call.out))]
    return [values.reshaped(part, tuple(out.shape[1:])) for part, out in zip(parts, call.out, strict=True)]


def _largest(values: TorchValues, call: Recorded) -> list[ReadValue]:
    """Return the maximum along an axis, which comes first; where it stands is no value."""
    a = arguments(call, "input dim keepdim")
    if not isinstance(a.get("dim"), int):
        raise NoLayerError("the maximum of two values")
    shape = tuple(call.out[0].shape[1:])
    return [values.reduced(values.subject(call), axes_of(call), shape, None, MaxPool)]


def _padded(values: TorchValues, call: Recorded) -> ReadValue:
    a = arguments(call, "input pad mode value")
    if a.get("mode", "constant") != "constant" or a.get("value") not in (None, 0):
        raise NoLayerError(f"padding in the mode {a.get('mode', 'constant')!r} with {a.get('value')}; zeros are read")
    sizes, rank = [int(size) for size in a["pad"]], first(call).ndim - 1
    pairs = [(sizes[place], sizes[place + 1]) for place in range(0, len(sizes), 2)][::-1]
    if len(pairs) > rank:
        raise NoLayerError("it adds samples")
    return values.padded(values.subject(call), [(0, 0)] * (rank - len(pairs)) + pairs)


def _gate(values: TorchValues, call: Recorded) -> ReadValue:
    axis = int(arguments(call, "input dim").get("dim", -1)) % first(call).ndim - 1
    if axis < 0:
        raise NoLayerError("it takes samples apart")
    return values.gated(values.subject(call), axis)


def _moved(
    values: TorchValues, value: ReadValue, parts: Sequence[int], order: Sequence[int], call: Recorded
) -> ReadValue:
    """Return a value with its axes cut into parts, and these in another order."""
    return values.reshaped(values.transposed(values.reshaped(value, tuple(parts)), order), tuple(call.out.shape[1:]))


def _channel_shuffle(values: TorchValues, call: Recorded) -> ReadValue:
    value, groups = values.subject(call), int(arguments(call, "input groups")["groups"])
    channels, *image = value.shape
    return _moved(values, value, [groups, channels // groups, *image], [1, 0, *range(2, len(image) + 2)], call)


def _pixel_shuffle(values: TorchValues, call: Recorded) -> ReadValue:
    value, r = values.subject(call), int(arguments(call, "input upscale_factor")["upscale_factor"])
    channels, height, width = value.shape
    return _moved(values, value, [channels // r**2, r, r, height, width], [0, 3, 1, 4, 2], call)


def _pixel_unshuffle(values: TorchValues, call: Recorded) -> ReadValue:
    value, r = values.subject(call), int(arguments(call, "input downscale_factor")["downscale_factor"])
    channels, height, width = value.shape
    return _moved(values, value, [channels, height // r, r, width // r, r], [0, 2, 4, 1, 3], call)


PARTS: dict[str, Callable[[TorchValues, Recorded], ReadValue]] = {
    **STRUCTURE,
    "__getitem__": _index,
    "narrow": _narrow,
    "select": _select,
    "pad": _padded,
    "glu": _gate,
    **dict.fromkeys(("channel_shuffle", "native_channel_shuffle"), _channel_shuffle),
    "pixel_shuffle": _pixel_shuffle,
    "pixel_unshuffle": _pixel_unshuffle,
}
SEVERAL: dict[str, Callable[[TorchValues, Recorded], list[ReadValue]]] = {
    **dict.fromkeys(("chunk", "split", "split_with_sizes", "tensor_split", "unsafe_chunk", "unsafe_split"), _chunks),
    **dict.fromkeys(("unbind", "__iter__"), _unbound),
    "max": _largest,
}
