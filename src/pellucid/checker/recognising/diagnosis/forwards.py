"""Mistakes in a forward that no reading has: by the layer that its name says, or by the one whose derivative its backward is."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from pellucid.checker.recognising.diagnosis.diagnosing import needs_line
from pellucid.checker.recognising.examined import Examined, Tried
from pellucid.checker.recognising.examining import examine, forward_case, other_values
from pellucid.checker.recognising.plain import as_array, stacked
from pellucid.checker.recognising.probing import Answered, Source, job_names, job_of
from pellucid.checker.recognising.recognising import Recognised, equal_readings
from pellucid.checker.recognising.trials import trial_cases, trials_of
from pellucid.checker.running.edits import Correction, Goal, read_edits, smallest_edit
from pellucid.checker.running.sandbox import Workers
from pellucid.shapes import Array

__all__ = ["Mended", "after", "by_backward", "by_name"]

SECONDS, MOST = 10.0, 1_500  # for the search of the mistake of a forward, and how many edits are tried
SCALED = "scales the others by 1/keep"  # a dropout without it is no whole one
STEP, TOLERANCE = 1e-4, 1e-5


class Mended(NamedTuple):
    """A unit whose forward is without its mistake."""

    found: Correction
    examined: Examined
    source: Source
    text: str


def by_name(examined: Examined, source: Source, text: str, workers: Workers) -> Mended | None:
    """Return a forward changed into the layer that its name says; None where no small change does that.

    Asked of a unit whose backward is wrong for the forward as it is, and of a dropout with a wrong scale.
    """
    match = examined.match
    if match is not None and match.reading is not None:
        goals = [_OfKind.of(examined, match, source)] if match.reading.mistake and match.form.is_random else []
    else:
        is_wrong = "backward" in needs_line(examined)
        goals = [_OfKind.of(examined, one, source) for one in examined.named] if is_wrong else []
    return _first(examined, goals, source, text, workers)


def by_backward(examined: Examined, source: Source, text: str, workers: Workers) -> Mended | None:
    """Return a forward changed into one whose derivative its backward is; None where no small change does that."""
    goal = _OfBackward.of(examined, source)
    return _first(examined, [goal] if goal is not None else [], source, text, workers)


def _first(examined: Examined, goals: Sequence[Goal], source: Source, text: str, workers: Workers) -> Mended | None:
    """Return the first forward that reaches a goal, and with which the unit is better than before."""
    names = job_names(examined.unit)
    edits = read_edits(text, names, workers, first=examined.unit.forward.line) if goals else None
    for goal in goals:
        assert edits is not None
        edit = smallest_edit(edits, text, goal, workers, most=MOST, until=time.monotonic() + SECONDS)
        if edit is not None and (mended := after(Correction.of(edit, text), examined, source, workers)) is not None:
            return mended
    return None


def after(found: Correction, examined: Examined, source: Source, workers: Workers) -> Mended | None:
    """Return a unit after a correction of its forward; None where neither forward nor backward is correct then."""
    fixed = Source({**source.files, source.main: found.after}, source.module)
    again = examine(examined.unit, fixed, workers)
    is_known = again.match is not None and again.match.reading is not None and not again.match.reading.mistake
    is_right = bool(again.tried) and all(one.is_right for one in again.tried if one.label != "a second call")
    return Mended(found, again, fixed, found.after) if is_known or is_right else None


@dataclass(frozen=True)
class _OfKind(Goal):
    """The outputs are those of a kind of layer, without a mistake."""

    match: Recognised
    answers: Sequence[Answered]

    @classmethod
    def of(cls, examined: Examined, match: Recognised, source: Source) -> "_OfKind":
        """Return the goal that the outputs are those of a match's form."""
        answer = match.answer
        given = [replace(answer, values=other_values(answer, answer.call.form, seed)) for seed in (2, 3)]
        names = job_names(examined.unit)
        return cls(job_of(source, names, []), names, [forward_case(one, one.values) for one in given], match, given)

    def is_reached(self, answers: Mapping[int, Mapping[str, Any]]) -> bool:
        return all(self._is_of_kind(self.answers[place], answer) for place, answer in answers.items())

    def _is_of_kind(self, asked: Answered, answer: Mapping[str, Any]) -> bool:
        outputs = _outputs(asked, answer)
        if len(outputs) != len(asked.paths) or not all(np.isfinite(one).all() for one in outputs):
            return False
        if outputs[0].size > 1 and np.ptp(outputs[0]) == 0:
            return False
        told = set(self.match.reading.told) if self.match.reading else set()
        found = equal_readings(replace(asked, outputs=outputs))
        if self.match.form.is_random:
            return any(not one.mistake and told <= set(one.told) and SCALED in one.told for one in found)
        return any(not one.mistake for one in found)


def _outputs(asked: Answered, answer: Mapping[str, Any]) -> tuple[Array, ...]:
    outputs = answer.get("outputs")
    if not isinstance(outputs, Mapping):
        return ()
    found = [outputs.get(f"output {number}") for number in range(len(asked.paths))]
    arrays = [stacked(one) if isinstance(one, list) else as_array(one) for one in found]
    return tuple(one for one in arrays if one is not None)


@dataclass(frozen=True)
class _OfBackward(Goal):
    """The backward is the derivative of the forward, along a direction of each input."""

    order: Sequence[Tried]

    @classmethod
    def of(cls, examined: Examined, source: Source) -> "_OfBackward | None":
        """Return the goal of a unit whose backward ran; None where it did not, or no gradient of it is known."""
        trials = [
            one for one in examined.tried if one.label != "a second call" and one.findings and one.trial.error is None
        ]
        if not trials or len(trials[0].findings) < 1:
            return None
        trials.sort(key=lambda one: one.is_right)
        names = job_names(examined.unit)
        return cls(job_of(source, names, []), names, [_along(one, examined) for one in trials], trials)

    def is_reached(self, answers: Mapping[int, Mapping[str, Any]]) -> bool:
        return all(_is_derivative(self.order[place], answer) for place, answer in answers.items())


def _along(tried: Tried, examined: Examined) -> dict[str, Any]:
    """Return the case of forward and backward, and of the forward moved along a direction of each input that has a gradient."""
    answer, values = tried.answer, tried.trial.values
    way = tried.trial.way if examined.unit.backward is not None else None
    shapes = [one.shape for one in tried.trial.outputs]
    case = trial_cases(answer, values, way, shapes)[0]
    given, steps, outputs = dict(case["values"]), list(case["steps"]), dict(case["outputs"])
    for one in tried.findings:
        given[f"along {one.role}"] = np.stack([values[one.role] + s * STEP * _direction(one.shape) for s in (1, -1)])
        for number, path in enumerate(answer.paths):
            name = f"{one.role} along {number}"
            steps.append(
                {
                    "do": "each",
                    "value": one.role,
                    "over": {"$": [f"along {one.role}"]},
                    "steps": answer.call.steps(),
                    "output": list(path),
                    "as": name,
                }
            )
            outputs[name] = [name]
    return {"values": given, "steps": steps, "outputs": outputs}


def _direction(shape: Sequence[int]) -> Array:
    return np.asarray(np.random.default_rng(7).normal(size=tuple(shape)))


def _is_derivative(tried: Tried, answer: Mapping[str, Any]) -> bool:
    way = tried.trial.way if tried.answer.call.unit.backward is not None else None
    trial = trials_of(tried.answer, tried.trial.values, way, answer, {})
    outputs = answer.get("outputs")
    if trial.error is not None or not isinstance(outputs, Mapping) or not trial.outputs:
        return False
    gradients = {given.path: given.array for given in trial.given}
    douts = trial.douts[: trial.way.douts] if trial.way.douts else [np.ones(one.shape) for one in trial.outputs[:1]]
    for one in tried.findings:
        gradient = gradients.get(one.given.path)
        if gradient is None or gradient.size != int(np.prod(one.shape)):
            return False
        along = 0.0
        for number, dout in enumerate(douts):
            moved = outputs.get(f"{one.role} along {number}")
            if not isinstance(moved, np.ndarray) or moved.shape != (2, *dout.shape):
                return False
            along += float(((moved[0] - moved[1]) * dout).sum()) / (2 * STEP)
        mine = float((gradient.reshape(one.shape) * _direction(one.shape)).sum())
        if not abs(mine - along) <= TOLERANCE * (abs(mine) + abs(along)) or abs(mine) < 1e-9:
            return False
    return True
