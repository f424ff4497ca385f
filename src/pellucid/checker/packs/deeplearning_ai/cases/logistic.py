"""Cases of course 1's logistic regression."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.checker.packs.deeplearning_ai.cases.making import Input, Maker, cases_of

__all__ = ["LOGISTIC"]

Generator = np.random.Generator


def _sizes(draw: Generator) -> list[Input]:
    return [(f"dim = {dim}", {"dim": dim}, ()) for dim in (2, 3, 7)]


def _start_facts(values: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Say of w its numbers and its shape: with (dim,), w minus a gradient of shape (dim, 1) is (dim, dim)."""
    w = np.asarray(outputs["w"])
    return {"values of w": w.ravel(), "shape of w": str(w.shape), "b": outputs["b"]}


def _values(draw: Generator, features: int, samples: int) -> dict[str, Any]:
    return {
        "w": draw.normal(size=(features, 1)),
        "b": float(draw.normal()),
        "X": draw.normal(size=(features, samples)),
        "Y": draw.integers(0, 2, size=(1, samples)),
    }


def _batches(draw: Generator) -> list[Input]:
    return [
        ("2 features, 3 samples", _values(draw, 2, 3), ()),
        ("4 features, 7 samples", _values(draw, 4, 7), ()),
        ("one sample", _values(draw, 3, 1), ("one sample",)),
        ("as many samples as features", _values(draw, 4, 4), ("square",)),
    ]


def _runs(draw: Generator) -> list[Input]:
    settings = ((1, 0.1), (3, 0.05), (201, 0.01))
    return [
        (f"{n} iterations at rate {rate}", _values(draw, 3, 5) | {"n": n, "rate": rate, "quiet": False}, ())
        for n, rate in settings
    ]


def _both_sides(draw: Generator) -> list[Input]:
    made = []
    for name, values, tags in _batches(draw):
        scores = values["w"].T @ values["X"]
        made.append((name, values | {"b": 0.05 - float(np.median(scores))}, tags))  # samples on both sides of 0.5
    return made


LOGISTIC: dict[str, Maker] = {
    "initialize_with_zeros": cases_of(
        "initialize_with_zeros", "dim", "w b", _sizes, derive=_start_facts, any_shape=True
    ),
    "propagate": cases_of("propagate", "w b X Y", "grads cost", _batches),
    "optimize": cases_of("optimize", "w b X Y n rate quiet", "params grads costs", _runs, watched="params grads"),
    "logistic_predict": cases_of("logistic_predict", "w b X", "Y_prediction", _both_sides),
}
