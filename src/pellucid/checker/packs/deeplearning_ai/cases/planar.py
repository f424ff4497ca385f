"""Cases of course 1's network with one hidden layer, and of random starts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.deeplearning_ai.cases.making import (
    Input,
    Maker,
    call,
    case,
    cases_of,
    layers,
    with_read_only,
)

__all__ = ["PLANAR", "started"]

Generator = np.random.Generator
Values = Mapping[str, Any]
BY_FAN_IN = {
    "sqrt(2 / n_prev)": 2.0,
    "sqrt(1 / n_prev)": 1.0,
}  # spreads that depend on the layer before, with their squares


def _values(draw: Generator, n_x: int, n_h: int, samples: int) -> dict[str, Any]:
    parameters = layers(draw, n_x, n_h, 1, scale=0.7)
    X, Y = draw.normal(size=(n_x, samples)), draw.integers(0, 2, size=(1, samples))
    Z1 = parameters["W1"] @ X + parameters["b1"]
    A1 = np.tanh(Z1)
    Z2 = parameters["W2"] @ A1 + parameters["b2"]
    A2 = 1 / (1 + np.exp(-Z2))
    return {"X": X, "Y": Y, "parameters": parameters, "A2": A2, "cache": {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}}


def _batches(draw: Generator) -> list[Input]:
    return [
        ("2 features, 4 hidden units, 3 samples", _values(draw, 2, 4, 3), ()),
        ("3 features, 5 hidden units, 6 samples", _values(draw, 3, 5, 6), ()),
        ("one sample", _values(draw, 2, 3, 1), ("one sample",)),
        ("one hidden unit", _values(draw, 3, 1, 4), ()),
        ("as many samples as features", _values(draw, 3, 4, 3), ("square",)),
    ]


def _shapes(draw: Generator) -> list[Input]:
    sizes = ((5, 2, 3), (3, 1, 7), (2, 1, 2))
    return [
        (f"{n_x} features, {n_y} outputs, {m} samples", {"X": draw.normal(size=(n_x, m)), "Y": draw.normal(size=(n_y, m))}, ())
        for n_x, n_y, m in sizes
    ]  # fmt: skip


def _costs(draw: Generator, options: Options) -> list[Case]:
    """Of two arguments, or of three in early editions: the file's own function says which."""
    asked = options.arguments.get("compute_cost", ())
    names = ["A2", "Y", "parameters"] if len(asked) == 3 else ["A2", "Y"]
    made = [case(n, v, [call("compute_cost", names, ["cost"])], ["cost"], t) for n, v, t in _batches(draw)]
    return with_read_only(made)


def started(function: str, sizes: Sequence[Sequence[int]], scales: Sequence[Any], *, as_list: bool = True) -> Maker:
    """Return cases of a random start. What is compared are facts: shapes, biases of 0, the spread of the weights.

    scales: the accepted spreads, numbers or keys of BY_FAN_IN; one within a tenth of them is as asked, whatever was drawn.
    """

    def times_asked(spread: float, fan_in: int) -> float:
        sizes = [np.sqrt(BY_FAN_IN[one] / fan_in) if isinstance(one, str) else one for one in scales]
        nearest = min(sizes, key=lambda size: abs(np.log(max(spread, 1e-12) / size)))
        ratio = spread / nearest
        return 1.0 if abs(ratio - 1) <= 0.1 else float(f"{ratio:.1g}")

    def facts(values: Values, outputs: Values) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in outputs.items():
            array, short = np.asarray(value, float), name.removeprefix("parameters ")
            found[f"shape of {short}"] = list(array.shape)
            if short[0] == "b":
                found[f"{short} is 0"] = bool((array == 0).all())
                continue
            spread = float(array.std())
            found[f"spread of {short}, as a multiple of what is asked"] = times_asked(spread, array.shape[-1])
            found[f"mean of {short}, as a multiple of its spread"] = float(np.round(array.mean() / max(spread, 1e-12)))
        return found

    def make(draw: Generator, options: Options) -> list[Case]:
        made = []
        for one in sizes:
            values = {"sizes": list(one)} if as_list else dict(zip(("n_x", "n_h", "n_y"), one, strict=True))
            step = call(function, list(values), ["parameters"])
            name = f"sizes {', '.join(map(str, one))}"
            made.append(Case(name, values, [step], {"parameters": ["parameters"]}, derive=facts, any_shape=True))
        return made

    return make


PLANAR: dict[str, Maker] = {
    "layer_sizes": cases_of("layer_sizes", "X Y", "n_x n_h n_y", _shapes, watched="n_x n_y"),
    "initialize_parameters": started("initialize_parameters", [(40, 120, 60), (90, 50, 70)], [0.01], as_list=False),
    "planar_forward_propagation": cases_of("planar_forward_propagation", "X parameters", "A2 cache", _batches),
    "compute_cost": _costs,
    "planar_backward_propagation": cases_of("planar_backward_propagation", "parameters cache X Y", "grads", _batches),
    "planar_predict": cases_of("planar_predict", "parameters X", "predictions", _batches),
}
