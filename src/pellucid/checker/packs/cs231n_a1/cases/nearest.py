"""Cases for k-nearest neighbours: the three ways to the distances, and the vote."""

import functools
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case, ref
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.cs231n_a1.cases.purposes import assert_has
from pellucid.checker.packs.cs231n_a2.cases.layers import Maker, as_float32
from pellucid.shapes import Array

__all__ = ["NEAREST"]

Generator = np.random.Generator
NEW = {"do": "new", "class": "KNearestNeighbor", "args": [], "keywords": {}, "as": "model"}


def _method(name: str, *arguments: str, unpack: str) -> dict[str, Any]:
    return {"do": "method", "of": ["model"], "method": name, "args": [ref(a) for a in arguments], "unpack": [unpack]}


def _remembered(*names: str) -> dict[str, Any]:
    return _method("train", *names, unpack="nothing")


def distances(method: str, draw: Generator, options: Options) -> list[Case]:
    """Return the cases of one way to the distances."""
    case = functools.partial(_distances_case, method)
    tests, training = draw.normal(size=(4, 6)), draw.normal(size=(5, 6))
    many = {"X": draw.normal(size=(60, 50)), "training": draw.normal(size=(80, 50))}
    cases = [
        case("4 tests, 5 training points", tests, training),
        case("one test", tests[:1], training, "batch of 1"),
        case("one training point", tests, training[:1], "one point"),
        case("as many tests as training points", tests, training[:4], "square"),
        case("one feature", tests[:, :1], training[:, :1], "one feature"),
        case("as many features as points", draw.normal(size=(6, 6)), draw.normal(size=(6, 6)), "square"),
        case("values around 40", tests + 40, training + 40),
        case("read-only inputs", tests, training, layout="read-only", hazard="changes-input"),
        case(
            "inputs that are not contiguous",
            tests,
            training,
            "not contiguous",
            layout="strided",
            refusal="needs-contiguous",
        ),
        case("60 tests, 80 training points", many["X"], many["training"], "measure"),
        _second_training(method, tests, training),
    ]
    if method == "compute_distances_no_loops":
        single = as_float32({"X": tests, "training": training})
        cases.append(case("float32", single["X"], single["training"], "float32", tolerance=2e-3))
        points = draw.normal(size=(30, 40))
        together = case(
            "tests that are training points (rounding makes a square negative)",
            points[:20],
            points,
            "equal points",
            tolerance=1e-6,
        )
        cases.append(_as_hazard(together, "root-of-rounding"))
    assert_has(cases)
    return cases


def _distances_case(method: str, name: str, tests: Array, training: Array, *tags: str, **more: Any) -> Case:
    values = {"X": tests, "training": training, "y": np.arange(len(training))}
    steps = [NEW, _remembered("training", "y"), _method(method, "X", unpack="dists")]
    return Case(name, values, steps, {"dists": ["dists"]}, frozenset(tags), **more)


def _as_hazard(case: Case, name: str) -> Case:
    return Case(case.name, case.values, case.steps, case.outputs, case.tags, case.tolerance, hazard=name)


def _second_training(method: str, tests: Array, training: Array) -> Case:
    """Train twice: the second points are those that count."""
    values = {"X": tests, "training": training, "y": np.arange(5), "others": training[::-1] * 0.5 + 1}
    steps = [
        NEW, _remembered("others", "y"), _method(method, "X", unpack="unseen"),
        _remembered("training", "y"), _method(method, "X", unpack="dists"),
    ]  # fmt: skip
    return Case("trained a second time", values, steps, {"dists": ["dists"]}, frozenset({"two calls"}))


def labels(draw: Generator, options: Options) -> list[Case]:
    """Return the cases of the vote: several k, classes that tie, points that do not."""
    y = np.array([2, 0, 1, 1, 2, 0, 3, 1])
    dists = draw.permuted(np.tile(np.arange(1.0, 9.0), (5, 1)), axis=1)
    # Nearest first: classes 2, 1, 1, 2: with k = 4 classes 1 and 2 tie, with k = 2 the nearest is not the smaller one.
    tied = np.array([[1.0, 7.0, 2.0, 3.0, 4.0, 8.0, 9.0, 6.0]])
    cases = [
        _vote("k = 1", dists, y, 1),
        _vote("k = 3", dists, y, 3),
        _vote("k = 5", dists, y, 5),
        _vote("every point votes", dists, y, 8),
        _vote("k left out", dists, y, None),
        _vote("two classes tie, k = 2", tied, y, 2, "tied classes"),
        _vote("two classes tie, k = 4", tied, y, 4, "tied classes"),
        _vote(
            "as many tests as training points", draw.permuted(np.tile(np.arange(8.0), (8, 1)), axis=1), y, 3, "square"
        ),
        _vote("one test", dists[:1], y, 3, "batch of 1"),
        _vote("labels from 5 to 8", dists, y + 5, 3),
        _vote("read-only inputs", dists, y, 3, layout="read-only", hazard="changes-input"),
        _vote("distances of up to 1e9", dists * 1e8, y, 3),
    ]
    assert_has(cases)
    return cases


def _vote(name: str, dists: Array, y: Array, k: int | None, *tags: str, **more: Any) -> Case:
    values = {"dists": dists, "training": np.zeros((len(y), 2)), "y": y} | ({"k": k} if k is not None else {})
    arguments = ["dists", "k"] if k is not None else ["dists"]
    steps = [NEW, _remembered("training", "y"), _method("predict_labels", *arguments, unpack="y_pred")]
    return Case(name, values, steps, {"y_pred": ["y_pred"]}, frozenset(tags), **more)


WAYS = ("two_loops", "one_loop", "no_loops")
NEAREST: dict[str, Maker] = {
    **{f"KNearestNeighbor.compute_distances_{w}": functools.partial(distances, f"compute_distances_{w}") for w in WAYS},
    "KNearestNeighbor.predict_labels": labels,
}
