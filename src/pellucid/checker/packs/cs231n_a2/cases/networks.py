"""Cases for the networks: scores, loss, gradients and first parameters, with every parameter set by the case."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case, ref
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.cs231n_a2.editions import EDITIONS

__all__ = ["NETWORK_CASES"]

Generator = np.random.Generator

DOUBLE = {"dtype": "float64"}  # np.float64 itself, as the course passes it: a learner may call it


def _new(name: str, needs: tuple[str, ...] = (), args: tuple[Any, ...] = (), **keywords: Any) -> dict[str, Any]:
    return {"do": "new", "class": name, "args": list(args), "keywords": keywords, "as": "model", "needs": list(needs)}


def _loss(*arguments: str, unpack: tuple[str, ...]) -> dict[str, Any]:
    return {
        "do": "method",
        "of": ["model"],
        "method": "loss",
        "args": [ref(a) for a in arguments],
        "unpack": list(unpack),
    }


def _with_parameters(parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"do": "set", "path": ["model", "params", name], "value": ref(name)} for name in parameters]


def _train_case(
    name: str, new: dict[str, Any], x: Any, y: Any, parameters: Mapping[str, Any], *tags: str, **more: Any
) -> Case:
    steps = [new, *_with_parameters(parameters), _loss("X", "y", unpack=("loss", "grads"))]
    outputs = {"loss": ["loss"], **{f"grads {key}": ["grads", key] for key in parameters}}
    return Case(name, {"X": x, "y": y, **parameters}, steps, outputs, frozenset(tags), **more)


def _test_case(
    name: str, new: dict[str, Any], x: Any, y: Any, parameters: Mapping[str, Any], *tags: str, **more: Any
) -> Case:
    """Train once (so that running statistics exist), then the scores of a batch and of its first sample alone."""
    steps = [
        new, *_with_parameters(parameters), _loss("X", "y", unpack=("loss", "grads")),
        _loss("X", unpack=("scores",)), _loss("first", unpack=("scores of one sample",)),
    ]  # fmt: skip
    outputs = {"scores": ["scores"], "scores of one sample": ["scores of one sample"]}
    return Case(name, {"X": x, "y": y, "first": x[:1], **parameters}, steps, outputs, frozenset(tags), **more)


def _again_case(
    name: str, new: dict[str, Any], x: Any, y: Any, parameters: Mapping[str, Any], *tags: str, **more: Any
) -> Case:
    """Train, score, train again: scoring changes nothing that training uses."""
    train = _loss("X", "y", unpack=("loss", "grads"))
    steps = [new, *_with_parameters(parameters), train, _loss("X", unpack=("scores",)), train]
    outputs = {"loss": ["loss"], **{f"grads {key}": ["grads", key] for key in parameters}}
    return Case(name, {"X": x, "y": y, **parameters}, steps, outputs, frozenset(tags), **more)


def _start_case(new: dict[str, Any]) -> Case:
    outputs = {"params": ["model", "params"]}
    return Case("first parameters", {}, [new], outputs, frozenset({"initial"}), derive=_start_facts, any_shape=True)


def _start_facts(values: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Say of each parameter by itself its shape, and its size to within what chance allows."""
    facts: dict[str, Any] = {}
    for name, value in outputs.items():
        short = name.removeprefix("params ")
        array = np.asarray(value)
        facts[f"shape of {short}"] = np.asarray(array.shape, float)
        if short.startswith("W"):
            facts[f"scale of {short}"] = float(np.round(np.log2(array.std() / 0.05) / 2)) if array.std() > 0 else np.nan
        else:
            facts[f"start of {short}"] = float(array.mean())
    return facts


def _update_case(name: str, new: dict[str, Any], x: Any, y: Any, parameters: Mapping[str, Any]) -> Case:
    """As the course's Solver uses a model: loss, new arrays put into model.params, loss again."""
    changed = {f"{key} after": value * 0.9 for key, value in parameters.items()}
    again = [{"do": "set", "path": ["model", "params", key], "value": ref(f"{key} after")} for key in parameters]
    steps = [
        new,
        *_with_parameters(parameters),
        _loss("X", "y", unpack=("loss", "grads")),
        *again,
        _loss("X", "y", unpack=("loss after an update", "grads")),
    ]
    values = {"X": x, "y": y, **parameters, **changed}
    return Case(
        name, values, steps, {"loss": ["loss"], "loss after an update": ["loss after an update"]}, frozenset({"Solver"})
    )


STEP = 1e-5


def _dropout_case(
    name: str, new: dict[str, Any], draw: Generator, x: Any, y: Any, parameters: Mapping[str, Any], *tags: str
) -> Case:
    """Train with dropout (a seed fixes the mask): is the gradient that of the loss, and does dropout change the loss?"""
    directions = {f"direction {key}": draw.normal(size=value.shape) for key, value in parameters.items()}
    moved = {
        f"{key} {side}": value + sign * STEP * directions[f"direction {key}"]
        for key, value in parameters.items()
        for side, sign in (("after", 1), ("before", -1))
    }
    steps = [new, *_with_parameters(parameters), _loss("X", "y", unpack=("loss", "grads"))]
    steps.append(_loss("X", "y", unpack=("loss again", "unused")))
    for side in ("after", "before"):
        steps += [{"do": "set", "path": ["model", "params", key], "value": ref(f"{key} {side}")} for key in parameters]
        steps.append(_loss("X", "y", unpack=(f"loss {side}", "unused")))
    outputs = {f"loss{side}": [f"loss{side}"] for side in ("", " again", " after", " before")}
    outputs |= {f"grads {key}": ["grads", key] for key in parameters}
    values = {"X": x, "y": y, **parameters, **directions, **moved}
    return Case(name, values, steps, outputs, frozenset(tags), derive=_dropout_facts)


def _dropout_facts(values: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts that hold whatever was dropped. Where one seed gives two losses, nothing can be said about the gradient."""
    keys = [key.removeprefix("direction ") for key in values if key.startswith("direction ")]
    loss = float(outputs["loss"])
    slope = (float(outputs["loss after"]) - float(outputs["loss before"])) / (2 * STEP)
    terms = [(np.asarray(outputs[f"grads {key}"]) * values[f"direction {key}"]).ravel() for key in keys]
    along = np.concatenate(terms)
    near = abs(along.sum() - slope) <= 1e-5 * (np.sqrt((along**2).sum()) + abs(slope) + 1e-3)
    hidden = values["X"].reshape(len(values["X"]), -1)
    for layer in range(1, len(keys) // 2):
        hidden = np.maximum(hidden @ values[f"W{layer}"] + values[f"b{layer}"], 0)
    scores = hidden @ values[f"W{len(keys) // 2}"] + values[f"b{len(keys) // 2}"]
    undropped = (np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(scores)), values["y"]]).mean()
    return {
        "gradient is that of the loss": float(near or outputs["loss again"] != outputs["loss"]),
        "dropout changes the loss": float(abs(loss - undropped) > 1e-9),
    }


def _dense(draw: Generator, sizes: list[int], *, norm: bool = False) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    for layer, (rows, columns) in enumerate(itertools.pairwise(sizes), 1):
        parameters[f"W{layer}"] = 0.6 * draw.normal(size=(rows, columns))
        parameters[f"b{layer}"] = 0.3 * draw.normal(size=columns)
        if norm and layer < len(sizes) - 1:
            parameters[f"gamma{layer}"] = draw.uniform(0.5, 1.5, size=columns)
            parameters[f"beta{layer}"] = 0.5 * draw.normal(size=columns)
    return parameters


def _new_fully_connected(options: Options, norm: str, drop: bool, **settings: Any) -> tuple[dict[str, Any], ...]:
    """Return the step that makes a FullyConnectedNet: for the reference, and for the learner.

    With an edition the learner's class gets exactly that edition's keywords; without, those of all editions that it takes.
    """
    hidden = settings.pop("hidden", (5, 4))
    common = {"input_dim": 6, "num_classes": 3, "dtype": DOUBLE, "weight_scale": 0.05, "reg": 0.0, **settings}
    normed: dict[str, Any] = {"normalization": norm} if norm else {}
    if norm == "batchnorm":
        normed["use_batchnorm"] = True
    dropped: dict[str, Any] = {"dropout_keep_ratio": 0.5, "dropout": 0.5} if drop else {}
    seed = {"seed": 1} if drop else {}
    needs = (*normed, *dropped)
    any_edition = _new("FullyConnectedNet", needs, (list(hidden),), **common, **normed, **dropped, **seed)
    edition = EDITIONS.get(options.edition or 0)
    if edition is None:
        return any_edition, any_edition
    own = {
        key: value for key, value in {**normed, **dropped}.items() if key in (edition.normalization, edition.dropout)
    }
    asked = _new("FullyConnectedNet", (), (list(hidden),), **common, **own, **seed)
    return any_edition, {**asked, "exact": True}


def fully_connected(draw: Generator, options: Options) -> list[Case]:
    """FullyConnectedNet: plain, regularised, with batch norm, layer norm and dropout, as far as its edition takes them."""
    x, y = draw.normal(size=(5, 6)), np.array([0, 2, 1, 2, 0])

    def case(
        make: Any, title: str, rest: tuple[Any, ...], *tags: str, norm: str = "", drop: bool = False, **s: Any
    ) -> Case:
        new, asked = _new_fully_connected(options, norm, drop, **s)
        made: Case = make(title, new, *rest, *tags) if make is not _start_case else _start_case(new)
        return made if asked is new else replace(made, asked=[asked, *made.steps[1:]])

    plain = (x, y, _dense(draw, [6, 5, 4, 3]))
    normed = (x, y, _dense(draw, [6, 5, 4, 3], norm=True))
    small = (x, y, _dense(draw, [6, 7, 3]))
    equal = (x, y, _dense(draw, [6, 5, 5, 3], norm=True))
    images = (x.reshape(5, 1, 2, 3), y, plain[2])
    batch: dict[str, Any] = {"norm": "batchnorm"}
    start: dict[str, Any] = {"hidden": (60, 50), "input_dim": 70}
    train, test, again = _train_case, _test_case, _again_case
    cases = [
        case(train, "no regularisation", plain, "reg 0"),
        case(train, "reg = 3", plain, "reg", reg=3.0),
        case(train, "one hidden layer, reg = 0.7", small, "reg", hidden=(7,), reg=0.7),
        case(train, "images as input", images),
        case(test, "scores", plain, "test mode"),
        case(_start_case, "", (), **start),
        case(_start_case, "", (), **start, **batch),
        case(_update_case, "parameters replaced, as Solver does", plain, reg=0.5),
        case(train, "batch norm, reg = 0.7", normed, "batch norm", reg=0.7, **batch),
        case(test, "batch norm, scores", normed, "batch norm", "test mode", **batch),
        case(test, "batch norm, equal widths, scores", equal, "batch norm", "test mode", hidden=(5, 5), **batch),
        case(again, "batch norm, training after scores", normed, "batch norm", "after scores", **batch),
        case(again, "training after scores", plain, "after scores", reg=0.3),
        case(test, "dropout, scores", plain, "dropout", "test mode", drop=True),
        case(_dropout_case, "dropout, training", (draw, *plain), "dropout", drop=True),
    ]
    edition = EDITIONS.get(options.edition or 0)
    if edition is None or edition.normalization == "normalization":
        cases.append(case(train, "layer norm", normed, "layer norm", norm="layernorm"))
    return cases


def two_layer(draw: Generator, options: Options) -> list[Case]:
    """TwoLayerNet."""
    x, y, plain = draw.normal(size=(5, 6)), np.array([0, 2, 1, 2, 0]), _dense(draw, [6, 5, 3])

    def new(**keywords: Any) -> dict[str, Any]:
        return _new(
            "TwoLayerNet",
            **({"input_dim": 6, "hidden_dim": 5, "num_classes": 3, "weight_scale": 0.05, "reg": 0.0} | keywords),
        )

    return [
        _train_case("no regularisation", new(), x, y, plain, "reg 0"),
        _train_case("reg = 3", new(reg=3.0), x, y, plain, "reg"),
        _train_case("images as input", new(), x.reshape(5, 1, 2, 3), y, plain),
        _test_case("scores", new(), x, y, plain, "test mode"),
        _start_case(new(input_dim=70, hidden_dim=60, num_classes=50)),
        _update_case("parameters replaced, as Solver does", new(reg=0.5), x, y, plain),
    ]


def three_layer(draw: Generator, options: Options) -> list[Case]:
    """ThreeLayerConvNet, on images that are not square too."""
    y = np.array([0, 2, 1])

    def inputs(size: tuple[int, int], filters: int, kernel: int) -> tuple[Any, dict[str, Any]]:
        dense = _dense(draw, [filters * (size[0] // 2) * (size[1] // 2), 5, 3])
        parameters = {"W1": 0.4 * draw.normal(size=(filters, 2, kernel, kernel)), "b1": 0.3 * draw.normal(size=filters)}
        return draw.normal(size=(3, 2, *size)), parameters | {
            key[0] + str(int(key[1:]) + 1): value for key, value in dense.items()
        }

    def new(size: tuple[int, int], filters: int, kernel: int, **keywords: Any) -> dict[str, Any]:
        settings = {"hidden_dim": 5, "num_classes": 3, "dtype": DOUBLE, "weight_scale": 0.05, "reg": 0.0, **keywords}
        return _new("ThreeLayerConvNet", input_dim=[2, *size], num_filters=filters, filter_size=kernel, **settings)

    x, parameters = inputs((6, 6), 3, 3)
    wide, others = inputs((4, 6), 2, 5)
    start = new((8, 6), 20, 5, hidden_dim=50, num_classes=40)
    return [
        _train_case("no regularisation", new((6, 6), 3, 3), x, y, parameters, "reg 0"),
        _train_case("reg = 3", new((6, 6), 3, 3, reg=3.0), x, y, parameters, "reg"),
        _train_case("4 x 6 images, 5 x 5 filters", new((4, 6), 2, 5), wide, y, others, "not square"),
        _test_case("scores", new((6, 6), 3, 3), x, y, parameters, "test mode"),
        _start_case(start),
        _update_case("parameters replaced, as Solver does", new((6, 6), 3, 3, reg=0.5), x, y, parameters),
    ]


NETWORK_CASES = {"TwoLayerNet": two_layer, "FullyConnectedNet": fully_connected, "ThreeLayerConvNet": three_layer}
