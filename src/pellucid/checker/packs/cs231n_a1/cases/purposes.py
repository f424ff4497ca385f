"""What the cases of assignment 1 must have so that they show what they are for."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case
from pellucid.shapes import Array

__all__ = ["PURPOSES", "assert_has"]

Values = Mapping[str, Any]


def assert_has(cases: Iterable[Case]) -> None:
    """Raise AssertionError, naming case and tag, where the values of a case lack what its tags promise."""
    for case in cases:
        for tag in case.tags & set(PURPOSES):
            assert PURPOSES[tag](case.values), f"the case {case.name!r} is tagged {tag!r} and does not have it"


def _votes(values: Values) -> Array:
    nearest = np.argsort(values["dists"][0])[: values["k"]]
    return np.bincount(values["y"][nearest])


def _classes_tie(values: Values) -> bool:
    """Whether two classes get the most votes, and the nearest point has the larger one."""
    votes = _votes(values)
    winners = np.flatnonzero(votes == votes.max())
    return len(winners) > 1 and values["y"][np.argmin(values["dists"][0])] == winners[-1]


def _scores(values: Values) -> Array:
    return values["X"] @ values["W"]


def _is_square(values: Values) -> bool:
    if "dists" in values:
        return values["dists"].shape[0] == values["dists"].shape[1]
    if "W" in values:
        return values["W"].shape[0] == values["W"].shape[1] == len(values["X"])
    return len(values["X"]) == len(values["training"])


PURPOSES: dict[str, Callable[[Values], Any]] = {
    "batch of 1": lambda v: len(v["X"] if "X" in v else v["dists"]) == 1,
    "one point": lambda v: len(v["training"]) == 1,
    "one feature": lambda v: v["X"].shape[1] == 1,
    "square": _is_square,
    "tied classes": _classes_tie,
    "equal points": lambda v: (v["X"][:, None] == v["training"]).all(axis=2).any(axis=1).all(),
    "float32": lambda v: v["X"].dtype == np.float32,
    "equal scores": lambda v: np.ptp(_scores(v)) == 0,
    "large scores": lambda v: np.abs(_scores(v)).max(axis=1).min() > 800,
    "reg": lambda v: "reg" not in v or (v["reg"] > 0 and np.any(v["W"])),  # a network has its own
    "reg 0": lambda v: v.get("reg", 0) == 0,
    "two classes": lambda v: v["W"].shape[1] == 2 and np.ptp(v["y"]) == 1,
    "equal rows": lambda v: (v["X"] == v["X"][0]).all() and np.ptp(v["y"]) == 0,
    "batches": lambda v: len(np.unique(v["X"], axis=0)) == len(v["X"]) > 2,
    "hidden zeros": lambda v: 0 < (v["X"].reshape(len(v["X"]), -1) @ v["W1"] + v["b1"] < 0).mean() < 1,
}
