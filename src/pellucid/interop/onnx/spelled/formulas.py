"""Layers that a file spells out in several nodes: GELU, normalizations, sigmoids by their exponentials.

Where such an operator as Erf or Sqrt stands, the nodes around it are cut out, run by themselves on random numbers, and compared
with the layers that they could be; so it does not matter in which order a converter wrote the factors.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import onnx

from pellucid.interop import InteropError
from pellucid.interop.onnx.running import Observed
from pellucid.interop.onnx.spelled.regions import Region, between, computed
from pellucid.interop.onnx.spelled.shares import AVERAGED, averaged_shares
from pellucid.nets import (
    GELU,
    Description,
    InstanceNorm,
    LayerNorm,
    LocalResponseNorm,
    Network,
    RMSNorm,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
    Transpose,
)
from pellucid.shapes import Array, ShapeError

__all__ = ["INSIDE", "Formula", "formulas"]

INSIDE = {  # what a formula may consist of
    *("Add", "Sub", "Mul", "Div", "Pow", "Sqrt", "Reciprocal", "Erf", "Tanh", "Exp", "Log", "Identity", "Cast", "Neg"),
    *("ReduceMean", "AveragePool", "Pad", "Squeeze", "Unsqueeze", "Reshape", "Expand", "Constant"),
}
NODES = 16  # of a formula, at most
HOPS = 6  # from its middle to its end, at most
ROWS = 8  # of random samples
CLOSE = 1e-4  # of the largest entry


@dataclass(frozen=True)
class Formula:
    """A layer that several nodes compute together."""

    layer: Description
    source: str  # the value that it reads
    over_channels: bool = False  # the layer is one of the last axis, and the channels are moved there for it
    factor: Array | None = None  # what multiplies within: gamma * (x - mean) / std


def formulas(graph: onnx.GraphProto, observed: Observed, version: int) -> dict[str, Formula]:
    """Return every formula that is a layer, by the value that it makes."""
    found: dict[str, Formula] = {}
    makers = {name: node for node in graph.node for name in node.output}
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    for node in graph.node:
        if node.op_type == AVERAGED and (pooled := averaged_shares(node, makers, readers, observed, version)):
            end, source, layer = pooled
            found[end] = Formula(layer, source)
        candidates = MIDDLES.get(node.op_type)
        if candidates is None or node.output[0] in observed.constants:
            continue
        for region in _regions(node, makers, readers, observed):
            try:
                formula = _formula(region, candidates, observed, version)
            except ShapeError as error:
                where = f"load: the node {node.name or node.output[0]!r} ({node.op_type}) cannot be read"
                raise InteropError(f"{where}: {error}") from None
            if formula is not None:
                found[region.end] = formula
                break
    return found


def _regions(
    middle: onnx.NodeProto,
    makers: Mapping[str, onnx.NodeProto],
    readers: Mapping[str, list[onnx.NodeProto]],
    observed: Observed,
) -> Iterator[Region]:
    """Yield the parts of the graph around a node that lead from one value to another of the same shape."""
    ends, border = [middle.output[0]], [middle.output[0]]
    for _ in range(HOPS):
        border = [node.output[0] for name in border for node in readers.get(name, []) if len(node.output) == 1]
        ends += [name for name in border if name not in ends]
    for end in ends[1:]:
        sources, border = list[str](), [middle.input[0]]
        for _ in range(NODES):
            border = [name for name in border if name in observed.values]
            sources += [name for name in border if name not in sources]
            border = [name for inner in border if inner in makers for name in makers[inner].input]
        for source in reversed(sources):  # the largest part first: a layer norm holds an RMS norm
            if observed.shapes.get(source) == observed.shapes.get(end):
                region = between(source, end, makers, observed, INSIDE, NODES)
                if region is not None and any(node is middle for node in region.nodes):
                    yield region


def _formula(
    region: Region,
    candidates: Mapping[str, Callable[[Region], list[Description]]],
    observed: Observed,
    version: int,
) -> Formula | None:
    """Return the layer that a part of the graph computes; None where it is none of the candidates."""
    operators = {node.op_type for node in region.nodes}
    possible = [layer for needed, make in candidates.items() if needed in operators for layer in make(region)]
    if not possible:
        return None
    shape = observed.shapes[region.source][1:]
    x = 2 * np.random.default_rng(1).standard_normal((observed.rows, *shape)).astype(
        observed.values[region.source].dtype
    )
    factors = _factors(region)
    plain = replace(region, constants={**region.constants, **{name: np.ones_like(a) for name, a in factors.items()}})
    try:
        expected = computed(plain, x, version)
        whole = computed(region, x, version) if factors else expected
    except InteropError:
        return None
    factor = next(iter(factors.values()), None)
    if len(factors) > 1 or not np.allclose(whole, expected if factor is None else expected * factor, CLOSE, CLOSE):
        return None
    largest = float(np.abs(expected).max(initial=0))
    for layer in possible:
        moves = getattr(layer, "over", "") == "last" and len(shape) > 1
        for over_channels in (False, True) if moves else (False,):
            try:
                found = Network(_turned(layer, len(shape)) if over_channels else [layer], shape, dtype=x.dtype).predict(
                    x
                )
            except ShapeError:
                continue
            if found.shape == expected.shape and np.allclose(found, expected, rtol=0, atol=CLOSE * largest):
                return Formula(layer, region.source, over_channels, factor)
    return None


def _factors(region: Region) -> dict[str, Array]:
    """Return the arrays that multiply within a formula."""
    names = [name for node in region.nodes if node.op_type == "Mul" for name in node.input]
    return {name: array for name, array in region.constants.items() if name in names and array.size > 1}


def _turned(layer: Description, rank: int) -> list[Description]:
    """Return a layer of the last axis with the channels moved there, and back."""
    return [Transpose((*range(1, rank), 0)), layer, Transpose((rank - 1, *range(rank - 1)))]


def _gelus(region: Region) -> list[Description]:
    return [GELU()]


def _tanh_gelus(region: Region) -> list[Description]:
    return [GELU("tanh")]


def _norms(region: Region) -> list[Description]:
    found: list[Description] = []
    for eps in region.numbers("Add"):
        if 0 < eps < 1:
            found += [LayerNorm(eps), RMSNorm(eps), InstanceNorm(eps), LayerNorm(eps, "last"), RMSNorm(eps, "last")]
    return found


def _exponentials(region: Region) -> list[Description]:
    return [Sigmoid(), SiLU(), Tanh()]


def _logarithms(region: Region) -> list[Description]:
    return [Softplus()]


def _local_norms(region: Region) -> list[Description]:
    """Return local response normalization by the numbers that stand in the formula."""
    sizes = [size for node in region.nodes for a in node.attribute if a.name == "kernel_shape" for size in a.ints]
    numbers = [region.numbers(operator) for operator in ("Mul", "Pow", "Add")]
    if not sizes or not all(numbers):
        return []
    powers = [power for power in numbers[1] if power != 2]
    if not powers and max(sizes) % 2 == 0:
        return []  # squares of a mean, probably
    powers = powers or numbers[1]
    return [LocalResponseNorm(max(sizes), numbers[0][0], powers[0], numbers[2][0])]


MIDDLES: Mapping[str, Mapping[str, Callable[[Region], list[Description]]]] = {
    "Erf": {"Erf": _gelus},
    "Tanh": {"Mul": _tanh_gelus},
    "Sqrt": {"ReduceMean": _norms},
    "Exp": {"Log": _logarithms, "Exp": _exponentials},
    "Pow": {"AveragePool": _local_norms, "ReduceMean": _norms},
}
