"""Cases of course 1's deep network: single layers, the whole forward and backward, the update."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.deeplearning_ai.cases.making import (
    Input,
    Inputs,
    Maker,
    call,
    case,
    cases_of,
    layers,
    with_read_only,
)
from pellucid.checker.packs.deeplearning_ai.cases.planar import started
from pellucid.checker.packs.deeplearning_ai.choosing import has_two_layers

__all__ = ["DEEP", "updates"]

Generator = np.random.Generator


def _layer(draw: Generator, before: int, after: int, samples: int) -> dict[str, Any]:
    return {
        "A": draw.normal(size=(before, samples)),
        "W": draw.normal(size=(after, before)),
        "b": draw.normal(size=(after, 1)),
        "dZ": draw.normal(size=(after, samples)),
    }


def _layers(draw: Generator) -> list[Input]:
    return [
        ("3 inputs, 2 outputs, 4 samples", _layer(draw, 3, 2, 4), ()),
        ("4 inputs, 5 outputs, 3 samples", _layer(draw, 4, 5, 3), ()),
        ("one output", _layer(draw, 3, 1, 5), ()),
        ("one sample", _layer(draw, 3, 2, 1), ("one sample",)),
        ("as many of everything", _layer(draw, 3, 3, 3), ("square",)),
    ]


def _activations(draw: Generator) -> list[Input]:
    return [
        (f"{activation}, {name}", values | {"activation": activation}, (activation, *tags))
        for activation in ("relu", "sigmoid")
        for name, values, tags in _layers(draw)[:4]
    ]


def _derivatives(draw: Generator) -> list[Input]:
    zeros = {"dA": draw.normal(size=(2, 3)), "Z": np.array([[0.0, 1.2, -0.4], [-2.0, 0.0, 3.0]])}
    return [
        ("3 x 4", {"dA": draw.normal(size=(3, 4)), "Z": draw.normal(size=(3, 4))}, ()),
        ("one unit", {"dA": draw.normal(size=(1, 5)), "Z": draw.normal(size=(1, 5)) * 3}, ()),
        ("Z of exactly 0", zeros, ("exact zeros",)),
    ]


def _backwards(inputs: Inputs, forward: str, backward: str, takes: str, more: Sequence[str] = ()) -> Maker:
    """Return cases of a layer's backward, with the cache of the file's own forward."""
    gradients = ["dA_prev", "dW", "db"]

    def make(draw: Generator, options: Options) -> list[Case]:
        steps = [
            call(forward, takes.split(), ["out", "cache"]),
            call(backward, ["dZ", "cache", *more], gradients),
        ]
        return with_read_only([case(name, values, steps, gradients, tags) for name, values, tags in inputs(draw)])

    return make


def _networks(draw: Generator) -> list[Input]:
    def values(samples: int, *sizes: int) -> dict[str, Any]:
        Y = draw.integers(0, 2, size=(1, samples))
        parameters = layers(draw, *sizes, 1, scale=0.6)
        return {"X": draw.normal(size=(sizes[0], samples)), "Y": Y, "parameters": parameters}

    return [
        ("2 layers", values(4, 3, 5), ()),
        ("3 layers", values(6, 5, 4, 3), ()),
        ("4 layers", values(3, 4, 3, 5, 2), ("four layers",)),
        ("one layer", values(4, 3), ("one layer",)),
        ("one sample", values(1, 3, 4), ("one sample",)),
    ]


def _whole_backward(draw: Generator, options: Options) -> list[Case]:
    """Return cases of the whole backward, with the caches of the file's own forward."""
    steps = [
        call("L_model_forward", ["X", "parameters"], ["AL", "caches"]),
        call("L_model_backward", ["AL", "Y", "caches"], ["grads"]),
    ]
    return with_read_only([case(name, values, steps, ["grads"], tags) for name, values, tags in _networks(draw)])


def updates(function: str) -> Maker:
    """Return cases of a step of gradient descent: of two layers, and of other numbers unless the function is of two layers."""

    def make(draw: Generator, options: Options) -> list[Case]:
        sizes: list[tuple[int, ...]] = [(2, 4, 1), (3, 2, 2)]
        if not has_two_layers(function, options):
            sizes += [(3, 4, 3, 1), (2, 3, 2, 3, 1), (3, 1)]
        made = []
        for number, one in enumerate(sizes):
            grads = {f"d{name}": value for name, value in layers(draw, *one).items()}
            rate = (0.3, 1.7)[number % 2]
            values = {"parameters": layers(draw, *one), "grads": grads, "rate": rate}
            step = call(function, ["parameters", "grads", "rate"], ["parameters"])
            made.append(case(f"{_count(len(one) - 1)}, rate {rate}", values, [step], ["parameters"]))
        return made

    return make


def _count(layers: int) -> str:
    return "one layer" if layers == 1 else f"{layers} layers"


DEEP: dict[str, Maker] = {
    "initialize_parameters_deep": started(
        "initialize_parameters_deep", [(40, 120, 60), (50, 90, 45, 80)], [0.01, "sqrt(1 / n_prev)"]
    ),
    "linear_forward": cases_of("linear_forward", "A W b", "Z cache", _layers, watched="Z"),
    "linear_activation_forward": cases_of(
        "linear_activation_forward", "A W b activation", "A_next cache", _activations, watched="A_next"
    ),
    "L_model_forward": cases_of("L_model_forward", "X parameters", "AL caches", _networks, watched="AL"),
    "linear_backward": _backwards(_layers, "linear_forward", "linear_backward", "A W b"),
    "relu_backward": cases_of("relu_backward", "dA Z", "dZ", _derivatives),
    "sigmoid_backward": cases_of("sigmoid_backward", "dA Z", "dZ", _derivatives),
    "linear_activation_backward": _backwards(
        _activations, "linear_activation_forward", "linear_activation_backward", "A W b activation", ["activation"]
    ),
    "L_model_backward": _whole_backward,
    "update_parameters": updates("update_parameters"),
}
