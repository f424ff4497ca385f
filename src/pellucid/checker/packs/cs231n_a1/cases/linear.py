"""Cases for the losses of a linear classifier: (W, X, y, reg) to loss and dW."""

from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case, Relation, directions, ref, related_case
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.cs231n_a1.cases.purposes import assert_has
from pellucid.checker.packs.cs231n_a2.cases.layers import Maker

__all__ = ["linear_losses"]

Generator = np.random.Generator
ARGUMENTS = ["W", "X", "y", "reg"]
LARGE_SCORES, BADLY_WRONG = "overflows", "log-of-underflow"


def _close(one: Any, two: Any) -> bool:
    return bool(np.abs(np.asarray(one, float) - np.asarray(two, float)).max() <= 1e-7 * (1 + np.abs(two).max()))


BATCH_TWICE = Relation(
    "the batch passed twice gives the same loss",
    lambda values: {name: np.concatenate([values[name], values[name]]) for name in ("X", "y")},
    lambda loss, changed, values: _close(changed, loss),
)
SCORES_SHIFTED = Relation(
    "without regularization, a number added to all weights of a feature changes nothing",
    lambda values: {"W": values["W"] + np.arange(1.0, len(values["W"]) + 1)[:, None]},
    lambda loss, changed, values: _close(changed, loss),
)


def linear_losses(name: str) -> Maker:
    """Return what makes the cases of one loss."""

    def make(draw: Generator, options: Options) -> list[Case]:
        cases = _cases(name, draw)
        assert_has(cases)
        return cases

    return make


def _values(draw: Generator, n: int, d: int, c: int, reg: float) -> dict[str, Any]:
    y = np.arange(n) % c
    draw.shuffle(y)
    return {"W": draw.normal(size=(d, c)), "X": draw.normal(size=(n, d)), "y": y, "reg": reg}


def _case(name: str, title: str, values: dict[str, Any], *tags: str, **more: Any) -> Case:
    steps = [{"do": "call", "function": name, "args": [ref(a) for a in ARGUMENTS], "unpack": ["loss", "dW"]}]
    return Case(title, values, steps, {"loss": ["loss"], "dW": ["dW"]}, frozenset(tags), **more)


def _own(name: str, title: str, values: dict[str, Any]) -> Case:
    slopes = {
        "do": "slopes", "function": name, "args": [ref(a) for a in ARGUMENTS], "of": 0, "dout": 1.0, "wrt": ["W"],
        "unpack": ["numerical dW"],
    }  # fmt: skip
    plain = _case(name, title, values | directions(values, ["W"]))
    outputs = {"dW": ["dW"], "numerical dW": ["numerical dW"]}
    return replace(plain, steps=[slopes, *plain.steps], outputs=outputs, own_gradient=True)


def _columns_cancel(values: Any, outputs: Any) -> bool:
    dW = np.asarray(outputs["dW"], float)
    return bool(np.abs(dW.sum(axis=1)).max() <= 1e-6 * (np.abs(dW).sum() + 1e-300))


def _two_calls(name: str, values: dict[str, Any]) -> list[Case]:
    """Two calls in a row: the second's answer, and the first's, read after the second."""
    both = values | {"another X": 0.75 * values["X"][::-1] + 0.01, "another y": values["y"][::-1].copy()}
    others = ["W", "another X", "another y", "reg"]
    result, unseen = ["loss", "dW"], ["another loss", "another dW"]
    return [
        Case(title, both, [
            {"do": "call", "function": name, "args": [ref(a) for a in ARGUMENTS], "unpack": result if is_first else unseen},
            {"do": "call", "function": name, "args": [ref(a) for a in others], "unpack": unseen if is_first else result},
        ], {"loss": ["loss"], "dW": ["dW"]}, frozenset({"two calls"}))
        for title, is_first in (("a second call", False), ("a call, read after another one", True))
    ]  # fmt: skip


def _cases(name: str, draw: Generator) -> list[Case]:
    plain, with_reg = _values(draw, 5, 6, 4, 0.0), _values(draw, 5, 6, 4, 0.7)
    equal = _values(draw, 4, 3, 5, 0.0)
    equal["W"] = np.zeros((3, 5))
    large = _values(draw, 4, 3, 3, 0.0)
    large["X"] = 1 + draw.uniform(size=(4, 3))
    large["W"] = large["W"] * 0.1 + 400.0
    badly = _values(draw, 3, 2, 3, 0.0)
    badly["X"] = np.array([[1.0, 0.5], [0.5, 1.0], [1.0, 1.0]])
    badly["W"] = np.array([[2e3, 0.0, -2e3], [2e3, -2e3, 0.0]])
    badly["y"] = np.array([1, 2, 1])
    invariants = {"without regularization, each row of dW sums to zero": _columns_cancel}
    relations = [
        related_case(name, plain, ARGUMENTS, relation, ["loss", "dW"], cache=False)
        for relation in (BATCH_TWICE, SCORES_SHIFTED)
    ]
    return [
        _case(name, "5 rows, 6 features, 4 classes", plain, "reg 0", invariants=invariants),
        _case(name, "reg = 0.7", with_reg, "reg"),
        _case(name, "reg = 30", _values(draw, 4, 3, 5, 30.0), "reg"),
        _case(name, "a batch of 1", _values(draw, 1, 4, 3, 0.0), "batch of 1"),
        _case(name, "one feature", _values(draw, 6, 1, 3, 0.2), "one feature"),
        _case(name, "as many rows and features as classes", _values(draw, 4, 4, 4, 0.3), "square"),
        _case(name, "two classes", _values(draw, 6, 3, 2, 0.0), "two classes"),
        _case(name, "more classes than rows", _values(draw, 3, 5, 8, 0.1)),
        _case(name, "weights of 0", equal, "equal scores"),
        _case(
            name,
            "scores of more than 1000 (subtract the largest before exp)",
            large,
            "large scores",
            hazard=LARGE_SCORES,
        ),
        _case(
            name,
            "scores of +-3000: a probability underflows to 0, and its log is infinite (take the log of the sum of exponentials)",
            badly,
            hazard=BADLY_WRONG,
        ),
        _case(name, "read-only inputs", with_reg, layout="read-only", hazard="changes-input"),
        _case(
            name,
            "inputs that are not contiguous",
            with_reg,
            "not contiguous",
            layout="strided",
            refusal="needs-contiguous",
        ),
        _case(name, "200 rows, 30 features", _values(draw, 200, 30, 10, 0.1), "measure", "large"),
        *_two_calls(name, with_reg),
        *relations,
        _own(name, "5 rows, 6 features, 4 classes", plain),
        _own(name, "reg = 0.7", with_reg),
        _own(name, "a batch of 1", _values(draw, 1, 4, 3, 0.4)),
    ]
