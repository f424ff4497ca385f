"""Cases for one step of an LSTM, which has two outputs, and a backward with two gradients."""

from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case, directions, forward_case, ref
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.cs231n_a2.cases.layers import LAYOUTS, Input, other_values, with_layouts
from pellucid.checker.packs.cs231n_a3.cases.inputs import recurrent_values
from pellucid.checker.packs.cs231n_a3.cases.purposes import assert_has

__all__ = ["lstm_step_backwards", "lstm_step_forwards"]

Generator = np.random.Generator
FORWARD, BACKWARD = "lstm_step_forward", "lstm_step_backward"
ARGUMENTS = ["x", "prev_h", "prev_c", "Wx", "Wh", "b"]
GRADIENTS = [f"d{name}" for name in ARGUMENTS]


def _inputs(draw: Generator) -> list[Input]:
    def values(n: int, d: int, h: int) -> dict[str, Any]:
        made = recurrent_values(draw, n, 0, d, h, gates=4)
        dnext_h = made.pop("dout")
        return made | {"prev_c": draw.normal(size=(n, h)), "dnext_h": dnext_h, "dnext_c": draw.normal(size=(n, h))}

    no_cell = values(3, 4, 3)
    no_cell["prev_c"] = np.zeros((3, 3))
    saturated = values(3, 4, 2)
    saturated["b"] = np.array([4.0, -4.0, 3.0, -3.0, -4.0, 4.0, 3.0, -3.0])
    made = with_layouts([
        ("3 rows, 5 features, 4 units", values(3, 5, 4), ()),
        ("a batch of 1", values(1, 3, 4), ("batch of 1",)),
        ("as many rows and features as units", values(4, 4, 4), ("all sizes equal",)),
        ("a cell of 0", no_cell, ("cell of 0",)),
        ("gates that saturate", saturated, ("saturated",)),
        ("one unit", values(3, 2, 1), ("one unit",)),
    ])  # fmt: skip
    assert_has(made)
    return made


def _more(tags: tuple[str, ...]) -> dict[str, Any]:
    return next((dict(LAYOUTS[tag]) for tag in tags if tag in LAYOUTS), {})


def _forward(prefix: str = "") -> dict[str, Any]:
    args = [ref(f"{prefix}{name}") for name in ARGUMENTS]
    return {
        "do": "call",
        "function": FORWARD,
        "args": args,
        "unpack": [f"{prefix}{o}" for o in ("next_h", "next_c", "cache")],
    }


def _backward(prefix: str = "") -> dict[str, Any]:
    args = [ref(f"{prefix}{name}") for name in ("dnext_h", "dnext_c", "cache")]
    return {"do": "call", "function": BACKWARD, "args": args, "unpack": [f"{prefix}{g}" for g in GRADIENTS]}


def lstm_step_forwards(draw: Generator, options: Options) -> list[Case]:
    """Return the cases of the forward."""
    cases = []
    for number, (name, values, tags) in enumerate(_inputs(draw)):
        values = {key: value for key, value in values.items() if not key.startswith("dnext")}
        outputs = ("next_h", "next_c")
        cases.append(forward_case(name, FORWARD, values, ARGUMENTS, outputs, tags=frozenset(tags), **_more(tags)))
        if number == 0:
            both = values | other_values(values, ARGUMENTS)
            cases += [
                Case(title, both, steps, {o: [o] for o in outputs}, frozenset({"two calls"}))
                for title, steps in (
                    ("a second call", [_forward("another "), _forward()]),
                    ("a call, read after another one", [_forward(), _forward("another ")]),
                )
            ]
    return cases


def lstm_step_backwards(draw: Generator, options: Options) -> list[Case]:
    """Return the cases of the backward: with both gradients, and with each alone."""
    cases = []
    for number, (name, values, tags) in enumerate(_inputs(draw)):
        outputs = {gradient: [gradient] for gradient in GRADIENTS}
        case = Case(name, values, [_forward(), _backward()], outputs, frozenset(tags), **_more(tags))
        cases.append(case)
        if number:
            continue
        without_c = values | {"dnext_c": np.zeros_like(values["dnext_c"])}
        without_h = values | {"dnext_h": np.zeros_like(values["dnext_h"])}
        cases += [
            replace(case, name="only the state's gradient", values=without_c, tags=frozenset({"state alone"})),
            replace(case, name="only the cell's gradient", values=without_h, tags=frozenset({"cell alone"})),
            _own(replace(case, name="the state's gradient", values=without_c), 0, "dnext_h"),
            _own(replace(case, name="the cell's gradient", values=without_h), 1, "dnext_c"),
        ]
        both = values | other_values(values, [*ARGUMENTS, "dnext_h", "dnext_c"])
        cases.append(
            Case(
                "another forward in between",
                both,
                [_forward(), _forward("another "), _backward()],
                outputs,
                frozenset({"two calls"}),
            )
        )
    return cases


def _own(case: Case, output: int, gradient: str) -> Case:
    """Compare with the derivative of the learner's forward, of one of its outputs."""
    slopes = {
        "do": "slopes", "function": FORWARD, "args": [ref(a) for a in ARGUMENTS], "of": output, "dout": ref(gradient),
        "wrt": ARGUMENTS, "unpack": [f"numerical {g}" for g in GRADIENTS],
    }  # fmt: skip
    outputs = dict(case.outputs) | {f"numerical {g}": [f"numerical {g}"] for g in GRADIENTS}
    values = dict(case.values) | directions(case.values, ARGUMENTS)
    return replace(case, values=values, steps=[slopes, *case.steps], outputs=outputs, own_gradient=True)
