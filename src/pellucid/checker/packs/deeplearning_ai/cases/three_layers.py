"""Cases of course 2's exercises on a network of three layers: initialization, regularization, dropout, gradient checking."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.deeplearning_ai.cases.making import Input, Maker, call, case, cases_of, layers
from pellucid.checker.packs.deeplearning_ai.cases.planar import started
from pellucid.shapes import Array

__all__ = ["THREE_LAYERS"]

Generator = np.random.Generator
Values = Mapping[str, Any]
SIZES = (4, 5, 3, 1)  # fixed by the exercise on gradient checking


def _values(
    draw: Generator, samples: int, sizes: tuple[int, ...] = (3, 4, 3, 1), keep: float | None = None
) -> dict[str, Any]:
    """Return data, parameters and the forward's cache; with `keep`, that of a forward with dropout."""
    parameters = layers(draw, *sizes, scale=0.6)
    X, Y = draw.normal(size=(sizes[0], samples)), draw.integers(0, 2, size=(1, samples))
    W1, b1, W2, b2, W3, b3 = parameters.values()

    def hidden(Z: Array) -> tuple[Array, Array]:
        A = np.maximum(Z, 0)
        mask = (draw.uniform(size=A.shape) < (keep or 1.0)).astype(int)
        return A * mask / (keep or 1.0), mask

    Z1 = W1 @ X + b1
    A1, D1 = hidden(Z1)
    Z2 = W2 @ A1 + b2
    A2, D2 = hidden(Z2)
    Z3 = W3 @ A2 + b3
    A3 = 1 / (1 + np.exp(-Z3))
    plain = (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3)
    dropped = (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3)
    return {"X": X, "Y": Y, "parameters": parameters, "A3": A3, "cache": plain if keep is None else dropped}


def _regularized(draw: Generator) -> list[Input]:
    return [
        ("lambda 0.1, 5 samples", _values(draw, 5) | {"lambd": 0.1}, ()),
        ("lambda 0.7, 4 samples", _values(draw, 4, (2, 5, 4, 1)) | {"lambd": 0.7}, ()),
        ("lambda 0", _values(draw, 6) | {"lambd": 0}, ("lambda 0",)),
        ("one sample", _values(draw, 1) | {"lambd": 0.3}, ("one sample",)),
    ]


def _dropped(draw: Generator) -> list[Input]:
    return [
        (f"keep_prob {keep}, {m} samples", _values(draw, m, keep=keep) | {"keep": keep}, ())
        for keep, m in ((0.8, 5), (0.5, 7), (0.86, 4))
    ]


def _checked(draw: Generator) -> list[Input]:
    return [
        ("5 samples", _values(draw, 5, SIZES), ()),
        ("3 samples", _values(draw, 3, SIZES), ()),
        ("one sample", _values(draw, 1, SIZES), ("one sample",)),
    ]


def _lines(draw: Generator) -> list[Input]:
    return [
        (f"x = {x}, theta = {theta}", {"x": x, "theta": theta}, ())
        for x, theta in ((2.0, 4.0), (3.5, -0.75), (-1.25, 3.0))
    ]


def _slopes(draw: Generator) -> list[Input]:
    return [
        (name, values | {"epsilon": 2.0**-power}, tags)
        for power, (name, values, tags) in zip((10, 3, 2), _lines(draw), strict=True)
    ]


def _wrong_gradients(draw: Generator, options: Options) -> list[Case]:
    """Return cases of gradients that are wrong by as much as they should be found to be: the difference itself is compared."""
    made = []
    for name, changed, factor, epsilon in (
        ("dW2 doubled", "dW2", 2.0, 1e-6),
        ("db1 four times", "db1", 4.0, 1e-6),
        ("all reversed, epsilon 0.05", "", -1.0, 0.05),
    ):
        values = _values(draw, 3, SIZES)
        gradients = _gradients(values)
        for key in [changed] if changed else list(gradients):
            gradients[key] = gradients[key] * factor
        values = {key: values[key] for key in ("X", "Y", "parameters")} | {
            "gradients": gradients,
            "epsilon": epsilon,
            "quiet": False,
        }
        names = ["parameters", "gradients", "X", "Y", "epsilon"]
        if len(options.arguments.get("gradient_check_n", ("",) * 6)) > 5:
            names.append("quiet")
        made.append(
            case(name, values, [call("gradient_check_n", names, ["difference"])], ["difference"], tolerance=1e-4)
        )
    return made


def _gradients(values: Values) -> dict[str, Array]:
    """Return the right gradients of a network of three layers."""
    X, Y, m = values["X"], values["Y"], values["X"].shape[1]
    _, A1, _, _, _, A2, W2, _, _, A3, W3, _ = values["cache"]
    dZ3 = A3 - Y
    dZ2 = (W3.T @ dZ3) * (A2 > 0)
    dZ1 = (W2.T @ dZ2) * (A1 > 0)
    triples = (("1", dZ1, X), ("2", dZ2, A1), ("3", dZ3, A2))
    weights = {f"dW{n}": dZ @ A.T / m for n, dZ, A in triples}
    return weights | {f"db{n}": dZ.sum(axis=1, keepdims=True) / m for n, dZ, _ in triples}


def _dropout(draw: Generator, options: Options) -> list[Case]:
    """Return cases of a forward with dropout. What is compared are facts about the cache, whatever was drawn."""
    made = []
    for keep, sizes in ((0.3, (3, 60, 50, 1)), (0.8, (4, 50, 70, 1))):
        values = _values(draw, 40, sizes)
        values = {"X": values["X"], "parameters": values["parameters"], "keep": keep}
        step = call("forward_propagation_with_dropout", ["X", "parameters", "keep"], ["A3", "cache"])
        outputs = {"A3": ["A3"]} | {name: ["cache", place] for name, place in PLACES.items()}
        made.append(Case(f"keep_prob {keep}", values, [step], outputs, tolerance=1e-6, derive=_facts))
    return made


PLACES = {"Z1": 0, "D1": 1, "A1": 2, "Z2": 5, "D2": 6, "A2": 7, "Z3": 10}


def _facts(values: Values, outputs: Values) -> dict[str, Any]:
    """Turn a forward with dropout into facts that hold whatever was drawn: shares, scales, and that the layers follow each other."""
    got = {name: np.nan_to_num(np.asarray(value, float)) for name, value in outputs.items()}
    parameters = values["parameters"]
    found: dict[str, Any] = {}
    for layer, before in (("1", values["X"]), ("2", got["A1"])):
        Z, A = got[f"Z{layer}"], got[f"A{layer}"]
        expected = parameters[f"W{layer}"] @ before + parameters[f"b{layer}"]
        positive = Z > 0
        ratio = A[positive] / Z[positive]
        passed = ratio[ratio != 0]
        agree = (got[f"D{layer}"] != 0)[positive] == (A[positive] != 0)
        rows = (got[f"D{layer}"] == 0).mean(axis=1)
        found[f"error of Z{layer}"] = _rounded(np.abs(Z - expected).max() / np.abs(expected).max())
        found[f"share of A{layer} dropped"] = _mean(ratio == 0, 1)
        found[f"scale of A{layer}"] = float(np.median(passed)) if passed.size else 0.0
        found[f"spread of the scale of A{layer}"] = _rounded(np.ptp(passed)) if passed.size else 0.0
        found[f"share of D{layer} that is 0"] = _mean(got[f"D{layer}"] == 0, 1)
        found[f"D{layer} says what A{layer} drops"] = _mean(agree, 2)
        found[f"rows of A{layer} dropped as a whole"] = float(rows.std() > 0.2)
    Z3 = parameters["W3"] @ got["A2"] + parameters["b3"]
    found["error of Z3"] = _rounded(np.abs(got["Z3"] - Z3).max() / np.abs(Z3).max())
    found["error of A3"] = _rounded(np.abs(got["A3"] - 1 / (1 + np.exp(np.clip(-got["Z3"], -700, 700)))).max())
    return found


def _mean(flags: Array, digits: int) -> float:
    return _rounded(flags.mean(), digits) if flags.size else 0.0


def _rounded(value: Any, digits: int = 6) -> float:
    return round(float(value), digits)


SHAPES = [(40, 120, 60), (50, 90, 45, 80)]
THREE_LAYERS: dict[str, Maker] = {
    "initialize_parameters_zeros": cases_of(
        "initialize_parameters_zeros", "sizes", "parameters", lambda draw: [("3, 2, 1", {"sizes": [3, 2, 1]}, ()), ("2, 4, 3, 1", {"sizes": [2, 4, 3, 1]}, ())]
    ),
    "initialize_parameters_random": started("initialize_parameters_random", SHAPES, [10.0]),
    "initialize_parameters_he": started("initialize_parameters_he", SHAPES, ["sqrt(2 / n_prev)"]),
    "compute_cost_with_regularization": cases_of("compute_cost_with_regularization", "A3 Y parameters lambd", "cost", _regularized),
    "backward_propagation_with_regularization": cases_of(
        "backward_propagation_with_regularization", "X Y cache lambd", "gradients", _regularized
    ),
    "forward_propagation_with_dropout": _dropout,
    "backward_propagation_with_dropout": cases_of("backward_propagation_with_dropout", "X Y cache keep", "gradients", _dropped),
    "checking_forward_propagation": cases_of("checking_forward_propagation", "x theta", "J", _lines),
    "checking_backward_propagation": cases_of("checking_backward_propagation", "x theta", "dtheta", _lines),
    "gradient_check": cases_of("gradient_check", "x theta epsilon", "difference", _slopes),
    "backward_propagation_n": cases_of("backward_propagation_n", "X Y cache", "gradients", _checked),
    "gradient_check_n": _wrong_gradients,
}  # fmt: skip
