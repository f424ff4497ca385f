"""A layer object as two functions of arrays: its inputs and its parameters are arguments, the gradients are returned."""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from pellucid.gradients.objects.places import HeldArray, gradient_place, places
from pellucid.gradients.objects.spellings import required_arguments
from pellucid.shapes import Array, ShapeError

__all__ = ["LayerPair", "pair_of"]


class LayerPair(NamedTuple):
    """The two functions, and what they take after the inputs."""

    forward: Callable[..., tuple[Any, Any]]
    backward: Callable[..., Any]  # (dout, cache) -> gradients of inputs and parameters, or a dictionary
    parameters: tuple[Array, ...]
    names: tuple[str, ...]  # of the parameters
    with_gradient: int  # how many of the float inputs the backward gives a gradient for: a loss leaves out its targets


def pair_of(layer: Any, forward_name: str, backward_name: str, inputs: Sequence[Any]) -> LayerPair:
    """Return a layer's pair; the layer itself is not changed where it can be copied.

    A parameter is an array of floats, or one float, that a forward leaves alone and whose gradient the backward leaves in the
    object, under one of the usual names. Raises ShapeError if the backward takes arguments that nobody can guess.
    """
    layer = _copied(layer)
    checked = sum(isinstance(v, np.ndarray) and v.dtype.kind == "f" for v in inputs)
    parameters, gradients, returned = _found(_copied(layer), forward_name, backward_name, inputs, checked)
    paths = [place.path for place in parameters]
    left = {place.path: gradient for place, gradient in zip(parameters, gradients, strict=True)}
    values = tuple(place.value.astype(np.float64) for place in parameters)

    def forward(*arguments: Any) -> tuple[Any, Any]:
        _fill(layer, dict(zip(paths, arguments[len(inputs) :], strict=True)))
        out = getattr(layer, forward_name)(*arguments[: len(inputs)])
        return out if _is_pair(out) else (out, None)

    def backward(dout: Any, cache: Any) -> Any:
        result = _called(getattr(layer, backward_name), dout, cache)
        given = list(_as_list(result))
        stands = {place.path: place.value for place in places(layer)}
        of_parameters = [given[g] if isinstance(g, int) else stands.get(g) for g in left.values()]
        pairs = zip(of_parameters, values, strict=True)
        return [*given[:checked], *(_as_shaped(gradient, value) for gradient, value in pairs)]

    if isinstance(returned, Mapping) and not parameters:
        return LayerPair(
            forward, lambda dout, cache: _called(getattr(layer, backward_name), dout, cache), (), (), checked
        )
    count = min(checked, max(1, len(_as_list(returned))))
    return LayerPair(forward, backward, values, tuple(place.name for place in parameters), count)


def _found(
    layer: Any, forward_name: str, backward_name: str, inputs: Sequence[Any], checked: int
) -> tuple[list[HeldArray], list[Any], Any]:
    """Return the parameters of a layer, for each the path of its gradient or its number in what backward returns; and that."""
    forward, backward = getattr(layer, forward_name), getattr(layer, backward_name)
    forward(*_moved(inputs, 0.0))
    before = {place.path: (place.value, place.value.copy()) for place in places(layer)}
    out = forward(*_moved(inputs, 0.5))
    kept = [
        place
        for place in places(layer)
        if (old := before.get(place.path))
        and (old[0] is place.value or place.is_number)
        and np.array_equal(old[1], place.value, equal_nan=True)
    ]
    out, cache = out if _is_pair(out) else (out, None)
    shape = np.shape(out)
    returned = _called(backward, np.full(shape, 0.7) if shape else 1.0, cache)
    after = [place for place in places(layer) if place.value.size]
    first_ids = {id(value) for value, _ in before.values()}
    left = [
        place
        for place in after
        if (id(place.value) not in first_ids and not place.is_number) or not _same(before, place)
    ]
    parameters = [place for place in kept if not any(place.path == other.path for other in left)]
    more = list(_as_list(returned))[checked:] if not isinstance(returned, Mapping) else []
    return *_paired(parameters, after, left, more, checked), returned


def _paired(
    parameters: Sequence[HeldArray],
    after: Sequence[HeldArray],
    left: Sequence[HeldArray],
    more: Sequence[Any],
    checked: int,
) -> tuple[list[HeldArray], list[Any]]:
    """LayerPair parameters with gradients: by name, by the order of what is returned besides the inputs' gradients, by shape."""
    chosen: dict[tuple[str, ...], Any] = {}
    seen: set[int] = set()
    for parameter in parameters:
        gradient = gradient_place(parameter, after)
        if gradient is not None and id(parameter.value) not in seen:
            chosen[parameter.path] = gradient.path
            seen.add(id(parameter.value))
    open_ones = [p for p in parameters if p.path not in chosen and id(p.value) not in seen and not p.is_number]
    for number, gradient in enumerate(more):
        fits = [p for p in open_ones if p.path not in chosen and p.value.shape == np.shape(gradient)]
        if fits:
            chosen[fits[0].path] = checked + number
    taken = {path for path in chosen.values() if not isinstance(path, int)}
    for place in left:
        fits = [p for p in open_ones if p.path not in chosen and p.value.shape == place.value.shape]
        if place.path not in taken and len(fits) == 1 and _sounds_like_a_gradient(place.path[-1]):
            chosen[fits[0].path] = place.path
    found = [p for p in parameters if p.path in chosen]
    return found, [chosen[p.path] for p in found]


def _as_shaped(gradient: Any, parameter: Array) -> Any:
    """Return the gradient of a single number in the number's own shape, any other as it is."""
    return np.reshape(gradient, parameter.shape) if np.size(gradient) == parameter.size == 1 else gradient


def _sounds_like_a_gradient(name: str) -> bool:
    return name.lower().startswith(("d", "grad", "delta")) or name.lower().endswith(("grad", "gradient", "_g"))


def _same(before: Mapping[tuple[str, ...], tuple[Array, Array]], place: HeldArray) -> bool:
    old = before.get(place.path)
    return old is not None and np.array_equal(old[1], place.value, equal_nan=True)


def _fill(layer: Any, values: Mapping[tuple[str, ...], Array]) -> None:
    """Put arrays at their paths, and wherever else the object holds the same array."""
    if not values:
        return
    stands = list(places(layer))
    replaced = {id(place.value): values[place.path] for place in stands if place.path in values}
    for place in stands:
        if id(place.value) in replaced:
            place.put(replaced[id(place.value)])


def _called(backward: Callable[..., Any], dout: Any, cache: Any) -> Any:
    """Call a backward with what it takes: (dout, cache), dout, or nothing where the loss ends the chain."""
    needed = required_arguments(backward)
    if needed > 2:
        raise ShapeError(
            "gradcheck: backward needs more than dout: pass functions, "
            "gradcheck(lambda x: (layer.forward(x), None), lambda dout, _: layer.backward(dout, ...), x)"
        )
    if needed == 2:
        return backward(dout, cache)
    if needed == 1:
        return backward(dout)
    gradient = backward() if not np.ndim(dout) else backward(dout)
    if np.ndim(dout) or isinstance(gradient, Mapping):
        return gradient
    scaled = tuple(None if g is None else np.asarray(g) * dout for g in _as_list(gradient))
    return scaled if isinstance(gradient, (tuple, list)) else scaled[0]


def _moved(inputs: Sequence[Any], by: float) -> tuple[Any, ...]:
    return tuple(
        v.astype(np.float64) + by if isinstance(v, np.ndarray) and v.dtype.kind == "f" else copy.copy(v) for v in inputs
    )


def _as_list(returned: Any) -> Sequence[Any]:
    return returned if isinstance(returned, (tuple, list)) else () if returned is None else (returned,)


def _is_pair(out: Any) -> bool:
    return isinstance(out, tuple) and len(out) == 2


def _copied(layer: Any) -> Any:
    try:
        return copy.deepcopy(layer)
    except Exception:  # whatever a class's own copying raises: then the layer itself is used
        return layer
