"""The second round: forward, backward and the forward at moved inputs, at one set of sizes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.checker.recognising.calling.backward_calls import backward_arguments
from pellucid.checker.recognising.calling.calls import RATE, UnitCall
from pellucid.checker.recognising.derivatives import MOST_ENTRIES, OwnSlopes, moved, slopes
from pellucid.checker.recognising.form import Values
from pellucid.checker.recognising.lexicon import is_gradient
from pellucid.checker.recognising.plain import Path, arrays_in, as_array, single_numbers_in, stacked
from pellucid.checker.recognising.probing import Answered
from pellucid.shapes import Array

__all__ = [
    "Given",
    "Trial",
    "Way",
    "may_give_gradients",
    "names_gradients",
    "returns_gradient",
    "trial_cases",
    "trials_of",
    "ways",
]

Case = Mapping[str, Any]


@dataclass(frozen=True)
class Way:
    """How a backward is called."""

    args: tuple[Any, ...]
    takes_rate: bool = False
    douts: int = 0  # how many gradients of outputs it gets
    at_output: bool = False  # it gets the output in place of the input


@dataclass(frozen=True)
class Given:
    """A gradient that a backward gave: where it stood, and the numbers."""

    path: Path  # ("back", 0), ("unit", "dW"), ("step", "W") for a parameter that was moved
    array: Array


@dataclass(frozen=True)
class Trial:
    """What one call of forward and backward gave."""

    values: Values
    outputs: tuple[Array, ...]
    douts: tuple[Array, ...]
    given: tuple[Given, ...]
    slopes: Mapping[str, Sequence[OwnSlopes]]  # of each differentiable role, one for each output
    way: Way
    changed: Mapping[str, str]
    error: Mapping[str, Any] | None = None  # the backward's
    returned: Any = None


def ways(answer: Answered) -> list[Way]:
    """Return the ways in which the unit's backward may be called, the likely ones first."""
    call = answer.call
    if call.unit.backward is None:
        return []
    found = []
    for args, facts in backward_arguments(call, dict(enumerate(answer.paths)), answer.returned):
        douts = sum(isinstance(item, dict) and str(item.get("$", [""])[0]).startswith("dout") for item in args)
        found.append(Way(tuple(args), bool(facts["rate"]), douts, bool(facts["out"])))
    return found


def trial_cases(
    answer: Answered, values: Values, way: Way | None, shapes: Sequence[tuple[int, ...]], *, twice: bool = False
) -> tuple[Case, Case]:
    """Return the case of forward and backward, and that of the forward at moved inputs."""
    call = answer.call
    given = {**values, **{f"dout {number}": _dout(number, shape) for number, shape in enumerate(shapes)}}
    steps: list[Any] = [*call.steps()]
    backward = [] if way is None else _backward_steps(call, way)
    if twice and way is not None:  # with other inputs first
        made = repr([step.get("keywords") for step in call.before])  # an object keeps what it was made with
        old = {
            name: array
            for name, array in given.items()
            if (name in values and repr(name) not in made) or name.startswith("dout")
        }
        given = {**given, **{f"{name} of before": _other(array) for name, array in old.items()}}
        renamed = [_renamed(step, old) for step in (*call.steps(), *_backward_steps(call, way, snapshots=False))]
        steps = [*renamed, *call.sets(), call.step]
    outputs = {"returned": ["returned"], "before": ["before"], "after": ["after"], "back": ["gave"]}
    outputs |= {f"output {number}": [f"output {number}"] for number in range(len(answer.paths))}
    snaps = [{"do": "snapshot", "of": ["result"], "as": "returned"}, {"do": "snapshot", "of": ["unit"], "as": "before"}]
    snaps += [
        {"do": "snapshot", "of": list(path), "as": f"output {number}"} for number, path in enumerate(answer.paths)
    ]
    whole = {
        "values": given,
        "steps": [*steps, *snaps, *backward, {"do": "snapshot", "of": ["unit"], "as": "after"}],
        "outputs": outputs,
    }
    return whole, _moved_case(answer, values)


def _moved_case(answer: Answered, values: Values) -> Case:
    """Return the case that runs the forward at moved inputs."""
    call = answer.call
    given: dict[str, Any] = dict(values)
    steps, outputs = [], {}
    for role in _differentiable(answer, values):
        given[f"moved {role}"] = moved(values[role], most=_most_entries(answer, values))[1]
        for number, path in enumerate(answer.paths):
            name = f"{role} {number}"
            steps.append(
                {
                    "do": "each",
                    "value": role,
                    "over": {"$": [f"moved {role}"]},
                    "steps": call.steps(),
                    "output": list(path),
                    "as": name,
                }
            )
            outputs[name] = [name]
    return {"values": given, "steps": steps, "outputs": outputs}


def _most_entries(answer: Answered, values: Values) -> int:
    """Return how many entries of a large array are moved: fewer where there are many arrays, for the time it takes."""
    return MOST_ENTRIES if len(_differentiable(answer, values)) < 5 else MOST_ENTRIES // 3


def _differentiable(answer: Answered, values: Values) -> list[str]:
    return [
        role.name
        for role in answer.call.form.roles
        if role.is_differentiated and role.name in values and not (answer.call.form.is_loss and role.name == "y")
    ]


def _backward_steps(call: UnitCall, way: Way, *, snapshots: bool = True) -> list[Any]:
    unit = call.unit
    assert unit.backward is not None
    args = list(way.args)
    if unit.style == "class":
        step = {"do": "method", "of": ["unit"], "method": unit.backward.name, "args": args, "unpack": ["back"]}
    elif unit.style == "ctx":
        step = {
            "do": "method",
            "of": [unit.name],
            "method": unit.backward.name,
            "args": [{"$": ["ctx"]}, *args],
            "unpack": ["back"],
        }
    elif unit.style == "pullback":
        step = {"do": "method", "of": ["result", unit.pullback], "method": "__call__", "args": args, "unpack": ["back"]}
    else:
        step = {"do": "call", "function": unit.backward.name, "args": args, "unpack": ["back"]}
    return [step, {"do": "snapshot", "of": ["back"], "as": "gave"}] if snapshots else [step]


def _dout(number: int, shape: tuple[int, ...]) -> Array:
    return np.asarray(np.random.default_rng(100 + number).normal(size=shape)) if shape else np.asarray(1.0)


def _other(array: Array) -> Array:
    return array if array.dtype.kind in "iub" else np.asarray(array[::-1].copy() * 0.9) if array.ndim else array


def _renamed(step: Any, values: Values) -> Any:
    if isinstance(step, Mapping):
        if "$" in step and step["$"][:1] and step["$"][0] in values:
            return {"$": [f"{step['$'][0]} of before", *step["$"][1:]]}
        return {key: _renamed(item, values) for key, item in step.items()}
    return [_renamed(item, values) for item in step] if isinstance(step, (list, tuple)) else step


def trials_of(
    answer: Answered, values: Values, way: Way | None, whole: Mapping[str, Any], at: Mapping[str, Any]
) -> Trial:
    """Return what two answers of a worker say."""
    outputs = whole.get("outputs")
    found: dict[str, list[OwnSlopes]] = {}
    numbers = at.get("outputs")
    if isinstance(numbers, Mapping):
        for role in _differentiable(answer, values):
            entries = moved(values[role], most=_most_entries(answer, values))[0]
            parts = [
                slopes(values[role], entries, numbers.get(f"{role} {number}")) for number in range(len(answer.paths))
            ]
            if all(part is not None for part in parts):
                found[role] = [part for part in parts if part is not None]
    if not isinstance(outputs, Mapping):
        return Trial(
            values, (), (), (), found, way or Way(()), {}, whole.get("error") or {"type": "", "message": "", "line": 0}
        )
    arrays = [_output(outputs.get(f"output {number}")) for number in range(len(answer.paths))]
    kept = tuple(array for array in arrays if array is not None)
    douts = tuple(_dout(number, array.shape) for number, array in enumerate(kept))
    changed = whole.get("changed") or {}
    return Trial(
        values,
        kept,
        douts,
        tuple(_given(answer, outputs, way)),
        found,
        way or Way(()),
        changed,
        None,
        outputs.get("returned"),
    )


def _output(value: Any) -> Array | None:
    return as_array(value) if not isinstance(value, list) else stacked(value)


def returns_gradient(answer: Answered) -> bool:
    """Whether a unit without a backward may return its gradient too: a loss, never what returns a cache."""
    is_loss = answer.call.form.is_loss or answer.call.unit.is_loss or may_give_gradients(answer)
    return answer.call.unit.backward is None and is_loss and answer.returned > 1 and answer.outputs[0].size == 1


def may_give_gradients(answer: Answered) -> bool:
    """Whether what comes with a single number is called like gradients, or has the shapes of the inputs."""
    shapes = {np.shape(value) for value in answer.values.values()}
    has_shapes = len(answer.others) == answer.returned - 1 and all(one and one in shapes for one in answer.others)
    return has_shapes or names_gradients(answer)


def names_gradients(answer: Answered) -> bool:
    """Whether all that a function returns besides its value is called like gradients: `return loss, dmu, dlogvar`."""
    names = answer.call.unit.forward.answers[1:]
    return bool(names) and all(is_gradient(name) or re.fullmatch(r"g\w{1,3}|\w+_grad", name) for name in names)


def _given(answer: Answered, outputs: Mapping[str, Any], way: Way | None) -> list[Given]:
    """Return what may be gradients: what the backward returned, attributes that it set, parameters that it moved."""
    if way is None:  # a loss that returned its gradient too
        inner = outputs.get("returned") if returns_gradient(answer) else None
        return [
            Given(("result", *path), array)
            for path, array in arrays_in(inner).items()
            if isinstance(inner, list) and path[0] != 0
        ]
    back = outputs.get("back")
    alone = as_array(back)
    found = (
        [Given(("back",), alone)]
        if alone is not None
        else [Given(("back", *path), one) for path, one in arrays_in(back).items()]
    )
    if answer.call.form.is_over_time and isinstance(back, list):  # a list of the gradients of all steps
        count = len(answer.values[answer.call.form.roles[0].name])
        for place, value in (((), back), *(((n,), one) for n, one in enumerate(back))):
            if (steps := stacked(value)) is not None and len(steps) == count > 1:
                found = [one for one in found if one.path[1 : len(place) + 1] != place]
                found.insert(0, Given(("back", *place), steps))
    before, after = (
        {**single_numbers_in(outputs.get(when)), **arrays_in(outputs.get(when))} for when in ("before", "after")
    )
    states = {path: role for role, path in answer.call.states.items()}
    for path, array in after.items():
        if path in states:
            if way.takes_rate and path in before and before[path].shape == array.shape:
                found.append(Given(("step", *path), (before[path] - array) / RATE))
        elif (
            path not in before
            or before[path].shape != array.shape
            or not np.array_equal(before[path], array)
            or str(path[-1])[:1] in "dg"
        ):
            found.append(Given(("unit", *path), array))
    return found
