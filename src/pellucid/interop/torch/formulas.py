"""Layers that a module spells out in several calls: norms, GELUs, sigmoids by their exponentials.

Where such a call as sqrt or erf stands, the calls around it are run again by themselves, on random numbers of two sizes, and
compared with the layers that they could be; so it does not matter in which order the factors were written.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pellucid.interop.forms import FORMS
from pellucid.interop.torch.recording import Recorded, tensors_in
from pellucid.nets import (
    GELU,
    Description,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    Network,
    RMSNorm,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
    Transpose,
)
from pellucid.shapes import ShapeError

__all__ = ["SpelledLayer", "spelled_layers"]

INSIDE = {  # what a formula may consist of, without underscores before and behind
    *("add", "radd", "sub", "subtract", "rsub", "mul", "multiply", "rmul", "div", "divide", "true_divide", "truediv"),
    *("rdiv", "rtruediv", "pow", "square", "neg", "negative", "reciprocal", "sqrt", "rsqrt", "erf", "tanh", "exp"),
    *(
        "log",
        "log1p",
        "mean",
        "sum",
        "var",
        "var_mean",
        "unsqueeze",
        "squeeze",
        "view",
        "reshape",
        "flatten",
        "getitem",
    ),
    *("expand", "expand_as", "to", "float", "type_as"),
}
PRODUCTS = ("mul", "multiply", "rmul")
CALLS = 16  # of a formula, at most
HOPS = 6  # from its middle to its end, at most
SIZES = (2.0, 3e-3)  # of random numbers; the second shows what eps is
CLOSE = 1e-5  # of the largest entry


@dataclass(frozen=True)
class SpelledLayer:
    """A layer that several calls compute together."""

    layer: Description
    source: int  # the value that it reads
    over_channels: bool = False  # it is one of the last axis, and the channels are moved there for it
    factor: torch.Tensor | None = None  # what learns and multiplies within: gamma * (x - mean) / std


@dataclass(frozen=True)
class _Region:
    """Calls between one value and another, in order."""

    source: int
    end: int
    calls: Sequence[Recorded]

    def factors(self) -> list[torch.Tensor]:
        """Return what learns in it."""
        found = [t for call in self.calls for t in _constants(call) if t.requires_grad]
        return list({id(t): t for t in found}.values())

    def numbers(self) -> list[float]:
        """Return the numbers between 0 and 1 that the calls add."""
        given = [
            each
            for call in self.calls
            for each in (*call.args, *call.keywords.values())
            if "add" in call.name and id(each) not in call.values
        ]
        numbers = [each for each in given if isinstance(each, (int, float)) or getattr(each, "numel", int)() == 1]
        return [number for number in dict.fromkeys(map(float, numbers)) if 0 < number < 1]


def spelled_layers(calls: Sequence[Recorded]) -> dict[int, SpelledLayer]:
    """Return every layer that calls spell out, by the value that it makes."""
    makers = {number: call for call in calls for number in call.outputs}
    readers: dict[int, list[Recorded]] = {}
    for call in calls:
        for number in call.inputs:
            readers.setdefault(number, []).append(call)
    shapes = {number: tuple(t.shape) for call in calls for number, t in _tensors(call)}
    found: dict[int, SpelledLayer] = {}
    for call in calls:
        possible = MIDDLES.get(_plain(call.name))
        if possible is None or call.module is not None or set(call.outputs) & found.keys():
            continue
        for region in _regions(call, makers, readers, shapes):
            if (layer := _layer_of(region, possible(region), shapes[region.source])) is not None:
                found[region.end] = layer
                break
    return found


def _plain(name: str) -> str:
    """Return a function's name without underscores around it: __rsub__ is rsub; one that works in place keeps its own."""
    return name.strip("_") if name.startswith("__") else name


def _tensors(call: Recorded) -> Iterator[tuple[int, torch.Tensor]]:
    """Yield the values that a call reads and makes, by number."""
    yield from zip(call.outputs, tensors_in(call.out), strict=False)
    for t in tensors_in((call.args, call.keywords)):
        if id(t) in call.values:
            yield call.values[id(t)], t


def _regions(
    middle: Recorded,
    makers: Mapping[int, Recorded],
    readers: Mapping[int, Sequence[Recorded]],
    shapes: Mapping[int, tuple[int, ...]],
) -> Iterator[_Region]:
    """Yield the calls around one that lead from one value to another of the same shape, the nearest end first."""
    ends, border = list(middle.outputs), list(middle.outputs)
    for _ in range(HOPS):
        border = [call.outputs[0] for number in border for call in readers.get(number, ()) if len(call.outputs) == 1]
        ends += [number for number in border if number not in ends]
    sources, border = list[int](), list(middle.inputs)
    for _ in range(CALLS):
        sources += [number for number in border if number not in sources]
        border = [number for inner in border if inner in makers for number in makers[inner].inputs]
    for end in ends:
        for source in reversed(sources):  # the largest part first: a layer norm holds an RMS norm
            region = _between(source, end, makers) if shapes[source] == shapes[end] else None
            if region is not None and any(call is middle for call in region.calls):
                yield region


def _between(source: int, end: int, makers: Mapping[int, Recorded]) -> _Region | None:
    """Return the calls from a value to another; None where they read something else that learns or varies, or are many."""
    found: dict[int, Recorded] = {}
    border = [end]
    while border:
        number = border.pop()
        if number == source:
            continue
        call = makers.get(number)
        if call is None or not _may_be_inside(call) or len(found) > CALLS:
            return None
        if id(call) not in found:
            found[id(call)] = call
            border += call.inputs
    in_order = sorted(found.values(), key=lambda call: call.outputs[0])
    return _Region(source, end, in_order)


def _may_be_inside(call: Recorded) -> bool:
    if call.function is None or call.cuts or _plain(call.name) not in INSIDE:
        return False
    return _plain(call.name) in PRODUCTS or not any(t.requires_grad for t in _constants(call))


def _constants(call: Recorded) -> list[torch.Tensor]:
    return [t for t in tensors_in((call.args, call.keywords)) if id(t) not in call.values]


def _layer_of(region: _Region, possible: Sequence[Description], shape: tuple[int, ...]) -> SpelledLayer | None:
    """Return the one of the possible layers that calls compute; None where they compute none."""
    dtype = next(tensors_in(region.calls[0].out)).dtype
    generator = torch.Generator().manual_seed(1)
    samples = [size * torch.randn(shape, generator=generator, dtype=dtype) for size in SIZES]
    factors = region.factors()
    if len(factors) > 1:
        return None
    try:
        expected = [_computed(region, x, torch.ones_like).numpy() for x in samples]
        whole = [_computed(region, x, torch.Tensor.detach).numpy() for x in samples]
        split = [array * factor.detach().numpy() for array in expected for factor in factors] or whole
    except FORMS:
        return None
    if not all(np.isfinite(array).all() for array in (*expected, *whole)) or not all(map(_close, split, whole)):
        return None
    for layer in possible:
        moves = getattr(layer, "over", "") == "last" and len(shape) > 2
        for over_channels in (False, True) if moves else (False,):
            layers = _turned(layer, len(shape) - 1) if over_channels else [layer]
            try:
                net = Network(layers, shape[1:], dtype=samples[0].numpy().dtype)
                found = [net.predict(x.numpy()) for x in samples]
            except ShapeError:
                continue
            if all(map(_close, found, expected)):
                return SpelledLayer(layer, region.source, over_channels, *factors)
    return None


def _close(found: Any, expected: Any) -> bool:
    largest = float(np.abs(expected).max(initial=0))
    return found.shape == expected.shape and bool(np.allclose(found, expected, rtol=0, atol=CLOSE * largest))


def _turned(layer: Description, rank: int) -> list[Description]:
    """Return a layer of the last axis with the channels moved there, and back."""
    return [Transpose((*range(1, rank), 0)), layer, Transpose((rank - 1, *range(rank - 1)))]


def _computed(region: _Region, x: torch.Tensor, of_learned: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """Return what calls make of x instead of what they were recorded on, and of another factor than the learned one."""
    known = {region.source: x}
    for call in region.calls:
        assert call.function is not None
        args, keywords = (_replaced(each, call.values, known, of_learned) for each in (call.args, call.keywords))
        known |= dict(zip(call.outputs, tensors_in(call.function(*args, **keywords)), strict=True))
    return known[region.end].detach()


def _replaced(
    given: Any,
    values: Mapping[int, int],
    known: Mapping[int, torch.Tensor],
    of_learned: Callable[[torch.Tensor], torch.Tensor],
) -> Any:
    """Return arguments with values in the place of those that were recorded."""
    if isinstance(given, torch.Tensor):
        own = of_learned(given) if given.requires_grad else given
        return known[values[id(given)]] if id(given) in values else own.detach()
    if isinstance(given, dict):
        return {name: _replaced(each, values, known, of_learned) for name, each in given.items()}
    if type(given) in (list, tuple):
        return type(given)(_replaced(each, values, known, of_learned) for each in given)
    return given


def _norms(region: _Region) -> list[Description]:
    found: list[Description] = []
    groups = {int(call.out.shape[1]) for call in region.calls if _plain(call.name) in ("view", "reshape")}
    for eps in region.numbers():
        found += [LayerNorm(eps), LayerNorm(eps, "last"), RMSNorm(eps), RMSNorm(eps, "last"), InstanceNorm(eps)]
        found += [GroupNorm(count, eps) for count in sorted(groups)]
    return found


def _gelus(region: _Region) -> list[Description]:
    return [GELU(), GELU("tanh")]


def _exponentials(region: _Region) -> list[Description]:
    return [Sigmoid(), SiLU(), Tanh()]


def _logarithms(region: _Region) -> list[Description]:
    return [Softplus()]


MIDDLES: Mapping[str, Callable[[_Region], list[Description]]] = {
    **dict.fromkeys(("sqrt", "rsqrt", "pow"), _norms),
    **dict.fromkeys(("erf", "tanh"), _gelus),
    "exp": _exponentials,
    **dict.fromkeys(("log", "log1p"), _logarithms),
}
