"""Cases for training: which rows are drawn is chance, so they compare facts that hold whatever is drawn.

All rows of a batch are equal where the size of a step is judged: then every batch is the same, and the step can be compared with the
gradient that the learner's own loss gives.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case, ref
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.cs231n_a1.cases.purposes import assert_has
from pellucid.checker.packs.cs231n_a1.cases.two_layer import new_network, parameters
from pellucid.checker.packs.cs231n_a2.cases.layers import Maker

__all__ = ["TRAINING"]

Generator = np.random.Generator
Values = Mapping[str, Any]
Step = dict[str, Any]
RATE = 0.25


def _method(name: str, *arguments: str, unpack: Sequence[str], **keywords: Any) -> Step:
    args = [ref(a) for a in arguments]
    return {"do": "method", "of": ["model"], "method": name, "args": args, "keywords": keywords, "unpack": list(unpack)}


# --- The linear classifiers


def _classifier(options: Options) -> Step:
    """Return the step that makes a classifier: the one whose loss the edition has."""
    has_svm = "LinearSVM" in options.docstrings or "Softmax" not in options.docstrings
    return {"do": "new", "class": "LinearSVM" if has_svm else "Softmax", "args": [], "keywords": {}, "as": "model"}


def _start(weights: str = "W") -> Step:
    """Set W to an array that is no input of the case: the learner may change it in place."""
    return {"do": "set", "path": ["model", "W"], "value": ref("start", weights)}


def _step_facts(values: Values, outputs: Values) -> dict[str, Any]:
    """Say how far W moved, in units of rate times its gradient, and how the losses begin."""
    moved = np.asarray(outputs["W"], float) - values["start"]["W"]
    gradient = np.asarray(outputs["grad"], float)
    used = np.abs(gradient) > 1e-9
    step = moved[used] / (-RATE * gradient[used])
    return {
        "step over learning rate times gradient": float(np.median(step)) if step.size else np.nan,
        "spread of that": round(float(np.ptp(step)), 6) if step.size else np.nan,
        "first loss over that of W": float(np.asarray(outputs["loss_history"], float)[0] / outputs["loss"]),
    }


def _batch_facts(values: Values, outputs: Values) -> dict[str, Any]:
    """Say whether the losses are those of drawn rows: each of some row, not all of the same, and in the mean of all."""
    losses = np.asarray(outputs["loss_history"], float)
    rows = np.asarray(outputs["losses"], float)
    distance = np.abs(losses[:, None] - rows).min(axis=1)
    return {
        "each loss is that of a row with its label": float(distance.max() < 1e-6 * (1 + np.abs(rows).max())),
        "rows that are drawn": float(len(np.unique(np.round(losses, 9))) >= len(rows) - 1),
        "W stays where the rate is 0": float(np.abs(np.asarray(outputs["W"]) - values["start"]["W"]).max() < 1e-12),
    }


def _start_facts(values: Values, outputs: Values) -> dict[str, Any]:
    """Say what W is where there was none: its shape, and that its numbers are small and not all equal."""
    W = np.asarray(outputs["W"], float)
    is_random = W.size > 1 and 1e-5 < W.std() < 0.1
    return {"shape of W": np.asarray(W.shape, float), "W starts with small random numbers": float(is_random)}


def _all_facts(values: Values, outputs: Values) -> dict[str, Any]:
    """Say whether regularization changes the loss, and how many losses there are."""
    plain, with_reg = (np.asarray(outputs[name], float) for name in ("loss_history", "losses with reg"))
    return {"losses": float(len(plain)), "reg reaches the loss": float(with_reg[0] > plain[0] + 0.1)}


def classifier_train(draw: Generator, options: Options) -> list[Case]:
    """`LinearClassifier.train`, through the class whose loss the file has."""
    new = _classifier(options)
    W = draw.normal(size=(4, 3))
    equal = {"X": np.tile(draw.normal(size=4), (6, 1)), "y": np.full(6, 2), "start": {"W": W}}
    rows: dict[str, Any] = {
        "X": 0.3 * draw.normal(size=(7, 4)),
        "y": np.array([2, 0, 1, 0, 2, 1, 0]),
        "start": {"W": W},
    }
    train = functools.partial(_method, "train", "X", "y", learning_rate=RATE, reg=0.0, num_iters=1, batch_size=4)
    each = [
        _method("loss", f"row {i}", f"label {i}", unpack=(f"loss {i}", f"grad {i}")) | {"args": [ref(f"row {i}"), ref(f"label {i}"), 0.0]}
        for i in range(7)
    ]  # fmt: skip
    alone = {f"row {i}": rows["X"][i : i + 1] for i in range(7)} | {
        f"label {i}": rows["y"][i : i + 1] for i in range(7)
    }
    own = {
        "do": "method",
        "of": ["model"],
        "method": "loss",
        "args": [ref("X"), ref("y"), 0.0],
        "unpack": ["loss", "grad"],
    }
    one_by_one = _method(
        "train", "X", "y", learning_rate=0.0, reg=0.0, num_iters=80, batch_size=1, unpack=("loss_history",)
    )
    stacked = {f"losses {i}": [f"loss {i}"] for i in range(7)}
    watched = {"loss_history": ["loss_history"], "W": ["model", "W"]}
    again = functools.partial(_method, "train", "X", "y", learning_rate=0.0, num_iters=3, batch_size=4)
    cases = [
        Case("a step, all rows equal", equal, [new, _start(), own, train(unpack=("loss_history",))],
             watched | {"loss": ["loss"], "grad": ["grad"]}, frozenset({"equal rows"}), derive=_step_facts),
        Case("batches of one row", rows | alone, [new, _start(), *each, one_by_one], watched | stacked,
             frozenset({"batches"}), derive=lambda values, outputs: _batch_facts(values, _with_losses(outputs, 7))),
        Case("W is None", rows, [new, train(unpack=("loss_history",), learning_rate=0.0)], {"W": ["model", "W"]},
             frozenset({"initial"}), derive=_start_facts, any_shape=True),
        Case("with and without regularization", equal, [
            new, _start(), again(reg=0.0, unpack=("loss_history",)), _start(), again(reg=2.0, unpack=("with reg",)),
        ], {"loss_history": ["loss_history"], "losses with reg": ["with reg"]}, frozenset({"both"}), derive=_all_facts, any_shape=True),
    ]  # fmt: skip
    assert_has(cases)
    return cases


def _with_losses(outputs: Values, count: int) -> dict[str, Any]:
    return dict(outputs) | {"losses": [float(np.asarray(outputs[f"losses {i}"])) for i in range(count)]}


def classifier_predict(draw: Generator, options: Options) -> list[Case]:
    """`LinearClassifier.predict`: the class with the largest score, also of negative scores and of one row."""
    new = _classifier(options)

    def case(name: str, n: int, d: int, c: int, *tags: str, shift: float = 0.0) -> Case:
        values: dict[str, Any] = {"X": draw.normal(size=(n, d)), "start": {"W": draw.normal(size=(d, c))}}
        values["X"][:, 0] = 1.0
        values["start"]["W"][0] += shift
        steps = [new, _start(), _method("predict", "X", unpack=("y_pred",))]
        return Case(name, values, steps, {"y_pred": ["y_pred"]}, frozenset(tags))

    return [
        case("8 rows, 5 features, 3 classes", 8, 5, 3),
        case("one row", 1, 4, 6, "batch of 1"),
        case("negative scores", 6, 4, 3, shift=-20.0),
        case("as many rows as classes", 5, 5, 5),
    ]


# --- The two-layer network of the editions until 2020


def _network_facts(values: Values, outputs: Values) -> dict[str, Any]:
    """Say of each parameter how far it moved, in units of rate times its gradient, and how the losses begin."""
    facts: dict[str, Any] = {}
    for name in ("W1", "b1", "W2", "b2"):
        gradient = np.asarray(outputs[f"grads {name}"], float)
        moved = np.asarray(outputs[name], float) - values["start"][name]
        used = np.abs(gradient) > 1e-9
        step = moved[used] / (-RATE * gradient[used])
        facts[f"step of {name} over learning rate times gradient"] = float(np.median(step)) if step.size else np.nan
    facts["first loss over that of the parameters"] = float(
        np.asarray(outputs["loss_history"], float)[0] / outputs["loss"]
    )
    return facts


def network_train(draw: Generator, options: Options) -> list[Case]:
    """`TwoLayerNet.train`."""
    new, asked = new_network(options, reg=0.0)
    start = parameters(draw)
    equal = {"X": np.tile(draw.normal(size=6), (6, 1)), "y": np.full(6, 1), "start": start}
    rows: dict[str, Any] = {"X": 0.5 * draw.normal(size=(7, 6)), "y": np.array([2, 0, 1, 0, 2, 1, 0]), "start": start}
    put = [{"do": "set", "path": ["model", "params", name], "value": ref("start", name)} for name in start]
    own = {
        "do": "method",
        "of": ["model"],
        "method": "loss",
        "args": [ref("X"), ref("y"), 0.0],
        "unpack": ["loss", "grads"],
    }
    each = [
        {"do": "method", "of": ["model"], "method": "loss", "args": [ref(f"row {i}"), ref(f"label {i}"), 0.0],
         "unpack": [f"loss {i}", "unseen"]} for i in range(7)
    ]  # fmt: skip
    alone = {f"row {i}": rows["X"][i : i + 1] for i in range(7)} | {
        f"label {i}": rows["y"][i : i + 1] for i in range(7)
    }

    def train(unpack: str, **keywords: Any) -> Step:
        given = {"learning_rate_decay": 1.0, "reg": 0.0, "num_iters": 1, "batch_size": 4} | keywords
        return _method("train", "X", "y", "X", "y", unpack=(unpack,), **given)

    def case(name: str, values: Values, steps: list[Step], outputs: Any, *tags: str, **more: Any) -> Case:
        made = Case(name, values, [new, *put, *steps], outputs, frozenset(tags), **more)
        return made if asked is new else Case(**{**vars(made), "asked": [asked, *put, *steps]})

    history = {"loss_history": ["stats", "loss_history"]}
    stacked = {f"losses {i}": [f"loss {i}"] for i in range(7)} | {"W": ["model", "params", "W1"]}
    after = {name: ["model", "params", name] for name in start}
    cases = [
        case("a step, all rows equal", equal, [own, train("stats", learning_rate=RATE)],
             history | after | {"loss": ["loss"]} | {f"grads {name}": ["grads", name] for name in start}, "equal rows",
             derive=_network_facts),
        case("batches of one row", rows | alone, [*each, train("stats", learning_rate=0.0, num_iters=80, batch_size=1)],
             history | stacked, "batches", derive=lambda values, outputs: _batch_facts(
                 {"start": {"W": values["start"]["W1"]}}, _with_losses(outputs, 7))),
        case("with and without regularization", equal, [
            train("stats", learning_rate=0.0, num_iters=3), train("with reg", learning_rate=0.0, num_iters=3, reg=2.0),
        ], history | {"losses with reg": ["with reg", "loss_history"]}, "both", derive=_all_facts, any_shape=True),
        case("a batch larger than the data", equal, [train("stats", learning_rate=0.0, num_iters=2, batch_size=50)],
             history, "large batch", derive=lambda values, outputs: {"losses": float(np.size(outputs["loss_history"]))},
             any_shape=True),
    ]  # fmt: skip
    assert_has(cases)
    return cases


def network_predict(draw: Generator, options: Options) -> list[Case]:
    """`TwoLayerNet.predict`."""
    new, asked = new_network(options, reg=0.0)
    start = parameters(draw)
    put = [{"do": "set", "path": ["model", "params", name], "value": ref("start", name)} for name in start]
    predict = _method("predict", "X", unpack=("y_pred",))
    return [
        Case(name, {"X": x, "start": start}, [new, *put, predict], {"y_pred": ["y_pred"]}, asked=[asked, *put, predict])
        for name, x in (
            ("8 rows", 2 * draw.normal(size=(8, 6))),
            ("one row", draw.normal(size=(1, 6))),
            ("as many rows as classes", 2 * draw.normal(size=(3, 6))),
        )
    ]


TRAINING: dict[str, Maker] = {
    "LinearClassifier.train": classifier_train,
    "LinearClassifier.predict": classifier_predict,
    "TwoLayerNet.train": network_train,
    "TwoLayerNet.predict": network_predict,
}
