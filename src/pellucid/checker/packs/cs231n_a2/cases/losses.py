"""Cases for the losses: ordinary scores, huge ones, many classes, two calls in a row."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case, directions, ref, related_case
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.cs231n_a2.cases.invariants import RELATIONS, SUMS
from pellucid.checker.packs.cs231n_a2.cases.layers import Maker
from pellucid.checker.packs.cs231n_a2.cases.purposes import assert_purposes
from pellucid.shapes import Array

__all__ = ["losses"]

Generator = np.random.Generator


def losses(name: str) -> Maker:
    """Return what makes the cases of a loss."""

    def make(draw: Generator, options: Options) -> list[Case]:
        cases = _cases(_Loss(name, draw))
        assert_purposes((case.name, case.values, case.tags) for case in cases)
        return cases

    return make


@dataclass(frozen=True)
class _Loss:
    """A loss, and what its inputs are drawn from."""

    name: str
    draw: Generator

    def case(self, title: str, x: Array, y: Array, *tags: str, **more: Any) -> Case:
        steps = [{"do": "call", "function": self.name, "args": [ref("x"), ref("y")], "unpack": ["loss", "dx"]}]
        outputs = {"loss": ["loss"], "dx": ["dx"]}
        return Case(title, {"x": x, "y": y}, steps, outputs, frozenset(tags), invariants=SUMS[self.name], **more)

    def labels(self, n: int, c: int) -> Array:
        return self.draw.integers(0, c, n)

    def own(self, title: str, x: Array, y: Array) -> Case:
        plain = self.case(title, x, y)
        slopes = {
            "do": "slopes", "function": self.name, "args": [ref("x"), ref("y")], "of": 0, "dout": 1.0, "wrt": ["x"],
            "unpack": ["numerical dx"],
        }  # fmt: skip
        outputs = {"dx": ["dx"], "numerical dx": ["numerical dx"]}
        values = dict(plain.values) | directions(plain.values, ["x"])
        return Case(title, values, [slopes, *plain.steps], outputs, own_gradient=True)

    def two_calls(self, title: str, x: Array, y: Array, first: list[str], second: list[str]) -> Case:
        steps = [
            {"do": "call", "function": self.name, "args": [ref("x"), ref("y")], "unpack": first},
            {"do": "call", "function": self.name, "args": [ref("another x"), ref("another y")], "unpack": second},
        ]
        values = {"x": x, "y": y, "another x": 0.75 * x[::-1] + 0.01, "another y": y[::-1].copy()}
        return Case(title, values, steps, {"loss": ["loss"], "dx": ["dx"]}, frozenset({"two calls"}))


def _cases(loss: _Loss) -> list[Case]:
    x, y = 2 * loss.draw.normal(size=(5, 4)), loss.labels(5, 4)
    badly = np.array([[1e4, 0.0, -1e4], [3.0, 2.0, 1e4], [-1e4, -1e4 + 3, -1e4 + 1]])

    result, unseen = ["loss", "dx"], ["another loss", "another dx"]
    many, few = (3, 300), (300, 3)
    return [
        loss.case("5 rows, 4 classes", x, y),
        loss.case("a batch of 1", loss.draw.normal(size=(1, 6)), loss.labels(1, 6), "batch of 1"),
        loss.case("more classes than rows", loss.draw.normal(size=(3, 8)), loss.labels(3, 8)),
        loss.case("two classes", loss.draw.normal(size=(6, 2)), loss.labels(6, 2)),
        loss.case("scores of 1000", x + 1000, y, "large scores"),
        loss.case("scores of -1000", x - 1000, y, "large scores"),
        loss.case("scores of +-1e4", badly, np.array([0, 2, 1]), "huge scores"),
        loss.case("scores of +-1e4, badly wrong", badly, np.array([2, 0, 0]), "huge scores", "badly wrong"),
        loss.case("read-only inputs", x, y, layout="read-only", hazard="changes-input"),
        loss.case(
            "inputs that are not contiguous", x, y, "not contiguous", layout="strided", refusal="needs-contiguous"
        ),
        loss.case("float32", x.astype(np.float32), y, "float32", tolerance=2e-3),
        loss.case("300 classes", loss.draw.normal(size=many), 100 + loss.labels(3, 200), "large"),
        loss.case("300 rows", loss.draw.normal(size=few), loss.labels(300, 3), "large"),
        loss.case("equal scores", np.zeros((4, 5)), loss.labels(4, 5), "equal scores"),
        loss.two_calls("a second call", x, y, unseen, result),
        loss.two_calls("a call, read after another one", x, y, result, unseen),
        *(
            related_case(loss.name, {"x": x, "y": y}, ["x", "y"], relation, ["loss", "dx"], cache=False)
            for relation in RELATIONS[loss.name]
        ),
        loss.own("5 rows, 4 classes", x, y),
        loss.own("a batch of 1", loss.draw.normal(size=(1, 6)), loss.labels(1, 6)),
        loss.own("more classes than rows", loss.draw.normal(size=(3, 8)), loss.labels(3, 8)),
    ]
