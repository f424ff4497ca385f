"""Cases for the update rules: from nothing, from a given state, several steps, several parameters."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case, ref
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.cs231n_a2.cases.layers import Maker, as_float32

__all__ = ["rules"]

Generator = np.random.Generator


def rules(name: str, state: tuple[str, ...], **settings: float) -> Maker:
    """Two steps of an update rule: from nothing, from a given state, with other settings."""

    def make(draw: Generator, options: Options) -> list[Case]:
        rule = _Rule(name, state, settings, draw)
        layouts = _layouts(rule)  # drawn first
        cases = _states_and_settings(rule)
        turns = [
            rule.several("two parameters in turn", True, "two calls"),
            rule.several("two parameters in turn, no config", False, "two calls", "defaults"),
        ]
        return cases + turns + layouts

    return make


@dataclass(frozen=True)
class _Rule:
    """An update rule, and what its inputs are drawn from."""

    name: str
    state: tuple[str, ...]  # keys of config in which it remembers
    settings: dict[str, float]
    draw: Generator

    def case(self, title: str, shape: tuple[int, ...], config: dict[str, Any] | None, *tags: str, **more: Any) -> Case:
        values = {
            "w": self.draw.normal(size=shape),
            "dw": self.draw.normal(size=shape),
            "dw2": self.draw.normal(size=shape),
            "config": config,
        }
        if "float32" in tags:
            values = as_float32(values)
        call: dict[str, Any] = {"do": "call", "function": self.name, "unpack": ["next w", "config"]}
        steps = [call | {"args": [ref("w"), ref("dw"), ref("config")]}]
        outputs = {"next w": ["next w"], **{key: ["config", key] for key in self.state}}
        if "two steps" in tags:
            second = {
                "args": [ref("next w"), ref("dw2"), ref("config")],
                "unpack": ["next w after a second step", "config"],
            }
            steps[0] = steps[0] | {"keep": ["next w"]}  # the course's own rule moves w in place
            steps.append(call | second)
            outputs = {"next w": ["next w"], "next w after a second step": ["next w after a second step"]}
        return Case(title, values, steps, outputs, frozenset(tags), **more)

    def given(self, shape: tuple[int, ...], **other: Any) -> dict[str, Any]:
        start = {key: 7 if key == "t" else self.draw.uniform(0.1, 1, size=shape) for key in self.state}
        return {"learning_rate": 0.05} | self.settings | start | other

    def several(self, title: str, config: bool, *tags: str) -> Case:
        """Two parameters of one shape, each with a memory of its own, moved in turn."""
        values: dict[str, Any] = {
            k: self.draw.normal(size=(3, 4)) for k in ("w", "dw", "dw2", "another w", "another dw")
        }
        call: dict[str, Any] = {"do": "call", "function": self.name}
        first, second = [ref("w"), ref("dw")], [ref("another w"), ref("another dw")]
        third = [ref("w after one step"), ref("dw2"), ref("config")]
        if config:
            values |= {"config": {"learning_rate": 0.1}, "another config": {"learning_rate": 0.1}}
            first, second = [*first, ref("config")], [*second, ref("another config")]
        steps = [
            call | {"args": first, "unpack": ["w after one step", "config"]},
            call | {"args": second, "unpack": ["next w", "another config"], "keep": ["next w"]},
            call | {"args": third, "unpack": ["next w after a second step", "config"]},
        ]
        outputs = {"next w": ["next w"], "next w after a second step": ["next w after a second step"]}
        return Case(title, values, steps, outputs, frozenset(tags))


def _states_and_settings(rule: _Rule) -> list[Case]:
    other = {
        key: value
        for key, value in (("momentum", 0.7), ("decay_rate", 0.8), ("beta1", 0.8), ("beta2", 0.9))
        if key in rule.settings
    }
    cases = [
        rule.case("a state given", (4, 3), rule.given((4, 3))),
        rule.case("the first step", (3, 2), {"learning_rate": 0.1}, "first step"),
        rule.case("no config", (3,), None, "first step", "defaults"),
        rule.case("two steps in a row", (3, 4), {"learning_rate": 0.1}, "two steps"),
        rule.case("other settings", (2, 3), rule.given((2, 3), **other), "other settings"),
        rule.case("other settings, two steps", (2, 3), rule.given((2, 3), **other), "two steps", "other settings"),
    ]
    zeros = {key: 0.0 for key in ("momentum", "decay_rate", "beta1") if key in rule.settings}
    if zeros:
        cases.append(
            rule.case("a setting of 0", (2, 3), rule.given((2, 3), **zeros), "other settings", "a setting of 0")
        )
    if "epsilon" in rule.settings:
        small = rule.case("an epsilon of 0.1", (3, 3), rule.given((3, 3), epsilon=0.1), "large eps")
        cases.append(small)
    return cases


def _layouts(rule: _Rule) -> list[Case]:
    return [
        rule.case("read-only inputs", (3,), {"learning_rate": 0.1}, layout="read-only", hazard="changes-input"),
        rule.case(
            "inputs in Fortran's order",
            (3, 4),
            {"learning_rate": 0.1},
            "not contiguous",
            layout="fortran",
            refusal="needs-contiguous",
        ),
        rule.case(
            "inputs that are not contiguous",
            (3, 4),
            {"learning_rate": 0.1},
            "not contiguous",
            layout="strided",
            refusal="needs-contiguous",
        ),
        rule.case("float32", (3, 2), {"learning_rate": 0.1}, "float32", tolerance=2e-3),
    ]
