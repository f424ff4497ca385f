"""The form of a layer's cases: example calls, networks and settings that the tests of every room walk over.

One file a layer in `tests/cases/` fills it in. `contract_checks.py` holds what is asked of a call, `network_checks.py` what is
asked of a network. A layer from outside the package fills in the same form.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np

from pellucid.layers import Layers, Pair
from pellucid.nets import Description

# Batches of one, sizes of one, and sizes next to 32, where a kernel's vectors end.
IMAGES = [(1, 1, 1, 1), (2, 3, 5, 4), (1, 17, 31, 1), (3, 17, 2, 33), (2, 1, 32, 3)]
SHAPES = [(1,), (31,), (1, 32), (33, 17), (2, 3, 5, 4), (3, 17, 2, 31)]
# The samples that a small example network takes.
IMAGE, ROW = (4, 9, 7), (6,)


class Call(NamedTuple):
    """One call of one entry of the table: `make(rng)` gives its positional and its keyword arguments, in float64."""

    layer: str
    name: str
    make: Callable[[np.random.Generator], tuple[tuple, dict]]


class Planted(NamedTuple):
    """A wrong backward of `forward`: `wrong` holds the places of the gradients that are wrong."""

    forward: Callable
    backward: Callable
    inputs: tuple
    wrong: frozenset


class Part(NamedTuple):
    """One step of a fusion: a layer with its parameters and settings."""

    pair: Pair
    parameters: tuple = ()
    settings: Mapping[str, Any] = {}


class Output(NamedTuple):
    """What goes out of a description, for one sample."""

    description: Description
    shape_in: tuple
    shape_out: tuple
    multiply_adds: int


@dataclass(frozen=True, kw_only=True)
class LayerCases:
    """Everything that the tests need to know of one layer."""

    kind: str  # its name in the table of layers

    # calls of the functions in the table
    calls: Sequence[Call] = ()
    with_channels: Callable[[int], Iterable[Call]] = lambda channels: ()  # calls with that many channels or features
    parts: Callable[[Layers, tuple, dict], Sequence[Part]] | None = None  # of a fusion, for these arguments
    elementwise: Mapping[str, Any] | None = None  # settings of a layer that takes one number to one number
    planted: Mapping[str, Planted] = field(default_factory=dict)  # wrong backwards, which gradcheck must reject

    # its description
    networks: Mapping[str, tuple[list, tuple]] = field(default_factory=dict)  # (layers, input shape); names are unique
    descriptions: Sequence[Description] = ()  # every setting away from its default, in one or the other
    outputs: Sequence[Output] = ()
    refused: Mapping[str, tuple[Callable, list]] = field(
        default_factory=dict
    )  # bad settings: (action, parts of the message)
    drawn: Callable[[Any, tuple], Description | None] | None = (
        None  # a random one for this shape of a sample, if one fits
    )
    often: int = 1  # how often one is drawn, next to an activation

    # its counterparts elsewhere
    bridges: Sequence[str] = ("torch", "onnx")
    torch_modules: Callable[[Any], Sequence[tuple]] | None = (
        None  # from torch.nn: (module as people write it, input shape)
    )
    onnx_operators: Sequence[str] = ()
    onnx_node_tests: Sequence[str] = ()  # of the standard's own tests, those that must pass


def table_entries() -> list[str]:
    """Return the name of every entry of a table of layers."""
    return [entry.name for entry in fields(Layers) if entry.name != "name"]


def call(layer, *shapes, **settings):
    """A call whose arguments are normal arrays of these shapes, then the settings."""
    name = " ".join("x".join(map(str, shape)) for shape in shapes)
    name += "".join(f" {key}={value}" for key, value in settings.items() if not isinstance(value, Pair))
    return Call(layer, name, lambda rng: (tuple(rng.standard_normal(shape) for shape in shapes), settings))


def plant(of, backward, *wrong):
    """A wrong backward for `of`, a pair (forward, inputs)."""
    forward, inputs = of
    return Planted(forward, backward, inputs, frozenset(wrong))


def edit(backward, **changes):
    """The correct backward with some of its gradients replaced: g0=, g1=, ... are functions of (gradient, dout, cache)."""

    def edited(dout, cache):
        gradients = backward(dout, cache)
        single = not isinstance(gradients, tuple)
        parts = [gradients] if single else list(gradients)
        for name, change in changes.items():
            place = int(name[1:])
            parts[place] = change(parts[place], dout, cache)
        return parts[0] if single else tuple(parts)

    return edited


def normal(*shapes, seed=2):
    """Normal arrays of these shapes, as the inputs of a planted mistake."""
    rng = np.random.default_rng(seed)
    return tuple(rng.standard_normal(shape) for shape in shapes)


def distinct(*shape):
    """Numbers none of which is near another, so that no maximum is near a tie."""
    size = int(np.prod(shape))
    return (np.random.default_rng(2).permutation(size).astype(float) - size / 2 + 0.25).reshape(shape) / size
