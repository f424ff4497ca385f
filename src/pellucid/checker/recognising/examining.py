"""The second round of a unit: the likeliest reading confirmed with other numbers and sizes, and its backward judged there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.checker.recognising.calling.calls import calls_for
from pellucid.checker.recognising.examined import NEAR_EPS, Examined, Tried
from pellucid.checker.recognising.form import LayerForm, Reading, Role, Sizes, random_values
from pellucid.checker.recognising.judging import JudgedGradient, findings, gradient_of
from pellucid.checker.recognising.parameters import in_the_shapes_of_gradients, with_parameters
from pellucid.checker.recognising.plain import as_array, reshaped_like, stacked
from pellucid.checker.recognising.probing import Answered, Source, job_names, job_of, probe
from pellucid.checker.recognising.readings import forms
from pellucid.checker.recognising.readings.own_forms import UNKNOWN, own_forms
from pellucid.checker.recognising.recognising import Recognised, equal_reading, equal_readings, likeliest, matches
from pellucid.checker.recognising.trials import (
    Trial,
    Way,
    names_gradients,
    returns_gradient,
    trial_cases,
    trials_of,
    ways,
)
from pellucid.checker.recognising.units import Unit
from pellucid.checker.running.job import JobResult
from pellucid.checker.running.sandbox import Workers
from pellucid.shapes import Array

__all__ = ["SIZES", "examine", "forward_case", "other_values"]

SIZES: Mapping[str, Sizes] = {
    "a batch": Sizes(),
    "other sizes": Sizes(n=3, d=4, m=6, c=3, f=2, k=2, h=5, w=7, stride=2, pad=1, t=7),
    "a batch of one": Sizes(n=1),
}
MOST_MATCHES = 3
MOST_NAMED = 3
MOST_TRIED = 8  # where the backward fails each time
SMALL = 1e-3  # of the usual inputs, where a variance is near eps
SURE = 0.9  # likeness of a forward to the reading that its name stands for


def examine(unit: Unit, source: Source, workers: Workers) -> Examined:
    """Return what a unit is and what is wrong with it."""
    plain = [*forms(SIZES["a batch"]), *own_forms(unit, SIZES["a batch"])]
    answers, result = probe(unit, plain, source, workers)
    examined = Examined(unit, result=result)
    for match in matches(answers)[:MOST_MATCHES]:
        tried = _trials(match, source, workers)
        reading = _confirmed(match, tried) if tried else None
        if reading is not None and (examined.match is None or tried[0].trial.error is None):
            examined.match, examined.tried = replace(match, reading=reading), tried
            if reading.mistake:  # near eps, a backward that is correct elsewhere follows from the forward
                examined.tried = [replace(one, findings=()) if one.label == NEAR_EPS else one for one in tried]
        if examined.match is not None and examined.tried[0].trial.error is None:
            break
    if examined.match is not None:
        return examined
    called = [one for one in likeliest(answers, unit) if one.form.is_called(unit.words) and one.form.kind != UNKNOWN]
    examined.named = [one for one in called if one.likeness > 0][:MOST_NAMED]
    if unit.backward is None and not any(unit.is_loss or returns_gradient(answer) for answer in answers):
        near = next(
            (one for one in likeliest(answers, unit) if one.form.is_called(unit.words) and one.likeness >= SURE), None
        )
        if near is not None:
            examined.match, examined.guessed = near, near.form.kind
        return examined
    best: tuple[tuple[int, ...], Recognised, list[Tried]] | None = None
    likely = [one for one in likeliest(answers, unit) if not one.form.is_random or one.form.is_called(unit.words)]
    has_backward = unit.backward is not None
    likely.sort(key=lambda one: not (one.form.kind == UNKNOWN or (has_backward and one.form.is_called(unit.words))))
    for number, match in enumerate(map(_generic, _in_other_shapes(likely)[:MOST_TRIED])):
        if best is not None and best[0][0] and (number >= MOST_MATCHES or _is_settled(best[1], best[2])):
            break  # some backward runs, and gives what its inputs need
        tried = _trials(match, source, workers)
        if not tried:
            continue
        match, tried = _reshaped(match, tried, source, workers)
        if unit.backward is None and not (unit.is_loss or names_gradients(match.answer) or _has_right(tried)):
            continue  # what it returns besides a number is no gradient
        good = sum(one.status != "wrong" for one in tried[0].findings)
        first = tried[0]
        is_all_judged = unit.backward is not None or len(first.findings) == len(first.trial.given)
        score = (
            int(_fits(first)),
            int(first.trial.error is None),
            int(is_all_judged),
            int(match.form.is_called(unit.words)),
            good,
            len(first.findings),
        )
        if best is None or score > best[0]:
            best = score, match, tried
    if best is not None:
        examined.match, examined.tried = best[1], best[2]
        if best[1].form.is_called(unit.words) and best[1].likeness >= SURE:
            examined.guessed = best[1].form.kind
    return examined


def _fits(first: Tried) -> bool:
    """Whether a backward ran, and gave gradients in the shapes of its inputs."""
    return first.trial.error is None and all(one.given.array.size == int(np.prod(one.shape)) for one in first.findings)


def _is_settled(match: Recognised, tried: Sequence[Tried]) -> bool:
    """Whether all gradients that came are correct, where a unit was called by its own arguments."""
    first = tried[0]
    is_all = len(first.findings) == len(
        [one for one in first.trial.given if gradient_of(one.path) or one.path[0] == "back"]
    )
    return match.form.kind == UNKNOWN and is_all and all(one.is_right for one in tried)


def _has_right(tried: Sequence[Tried]) -> bool:
    return all(any(one.status != "wrong" for one in trial.findings) for trial in tried)


def _in_other_shapes(found: Sequence[Recognised]) -> list[Recognised]:
    """Return matches with those first whose inputs have other shapes than those before them: a backward may need them."""
    seen: set[object] = set()
    first: list[Recognised] = []
    later: list[Recognised] = []
    for one in found:
        shapes = tuple(np.shape(one.answer.values[role]) for role in one.answer.call.roles)
        (later if shapes in seen else first).append(one)
        seen.add(shapes)
    return [*found[:1], *(one for one in [*first, *later] if one is not found[0])]


def _reshaped(
    match: Recognised, tried: list[Tried], source: Source, workers: Workers
) -> tuple[Recognised, list[Tried]]:
    """Return a match of an unknown layer whose arguments have the shapes of the gradients that came, where it runs with these."""
    made = in_the_shapes_of_gradients(tried[0].answer, tried[0].findings)
    if made is None or match.form.is_loss:
        return match, tried
    form = replace(made.call.form, kind=UNKNOWN, layout="", names="")
    other = replace(match, answer=replace(made, call=replace(made.call, form=form)))
    again = _trials(other, source, workers)
    is_taken = bool(again) and again[0].trial.error is None and len(again[0].findings) >= len(tried[0].findings)
    return (other, again) if is_taken else (match, tried)


def _confirmed(match: Recognised, tried: Sequence[Tried]) -> Reading | None:
    """Return the first reading that has the outputs for other numbers too; None where none has."""
    first = tried[0]
    if match.form.is_random:
        return match.reading
    if not first.trial.outputs:
        return None
    others = [first, *(one for one in tried if one.label == NEAR_EPS and one.trial.outputs)]
    answers = [replace(one.answer, values=one.trial.values, outputs=one.trial.outputs) for one in others]
    for reading in equal_readings(match.answer):
        if all(equal_reading(answer, reading.key) is not None for answer in answers):
            return reading
    return equal_reading(answers[0])


def _trials(match: Recognised, source: Source, workers: Workers) -> list[Tried]:
    """Return the trials of a match: the best way to call its backward at the plain sizes, then that way at the others."""
    answer = match.answer
    possible: list[Way | None] = [*ways(answer)] or [None]
    values = other_values(answer, answer.call.form, seed=2)
    shapes = [one.shape for one in answer.outputs]
    pairs = [trial_cases(answer, values, way, shapes) for way in possible]
    needs_slopes = answer.call.unit.backward is not None or returns_gradient(answer)
    cases = [forward_case(answer, values), *(whole for whole, _ in pairs)]
    cases += [pairs[0][1]] if needs_slopes and not match.form.is_random else []
    small, has_eps = _near_eps(other_values(answer, answer.call.form, seed=3)), "norm" in match.form.kind
    cases += [forward_case(answer, small)] if has_eps else []
    result = _run(answer.call.unit, cases, source, workers)
    slopes = result.answers.get(1 + len(pairs), {})
    options = []
    for number, way in enumerate(possible, 1):
        trial = trials_of(answer, values, way, result.answers.get(number, {}), slopes)
        if trial.error is not None:  # the backward's: the forward has its outputs all the same
            trial = replace(trial, outputs=_outputs_of(answer, result.answers.get(0, {})))
        found = _of_dropout(trial) if match.form.is_random else findings(answer, trial)
        options.append(Tried("a batch", answer, trial, found))
    best = max(
        options,
        key=lambda one: (one.trial.error is None, sum(f.status != "wrong" for f in one.findings), len(one.findings)),
    )
    if not needs_slopes or best.trial.error is not None or match.form.is_random:
        near = result.answers.get(len(cases) - 1, {}) if has_eps else {}
        return [best, *_of_forward(NEAR_EPS, answer, small, near)]
    return [best, *_at_other_sizes(match, best, source, workers), *_of_parameters(best, source, workers)]


def _at_other_sizes(match: Recognised, best: Tried, source: Source, workers: Workers) -> list[Tried]:
    """Return the trials at other sizes, and of a second call."""
    answer, unit = best.answer, best.answer.call.unit
    place = next(
        (
            n
            for n, call in enumerate(calls_for(unit, answer.call.form))
            if call.step == answer.call.step and call.before == answer.call.before
        ),
        0,
    )
    plans: list[tuple[str, Answered, Mapping[str, Array], bool]] = []
    plain = [*forms(SIZES["a batch"]), *own_forms(unit, SIZES["a batch"])][answer.number]
    is_known = answer.call.form.kind != UNKNOWN or (not answer.call.states and answer.call.form.roles == plain.roles)
    if not is_known:
        plans.append(("other numbers", answer, other_values(answer, answer.call.form, seed=3), False))
    for label, sizes in list(SIZES.items())[1:] if is_known else ():
        if sizes.n == 1 and "batch norm" in answer.call.form.kind:  # all its outputs are beta
            continue
        form = [*forms(sizes), *own_forms(unit, sizes)][answer.number]
        calls = list(calls_for(unit, form))
        if place < len(calls):
            call = calls[place].with_states(
                {r: tuple(p) for r, p in answer.call.states.items()}, is_lazy=answer.call.is_lazy
            )
            made = replace(answer, call=call, settings={**answer.settings, **call.settings})
            plans.append((label, made, other_values(made, form, seed=3), False))
    if "norm" in answer.call.form.kind:
        plans.append((NEAR_EPS, answer, _near_eps(other_values(answer, answer.call.form, seed=3)), False))
    if unit.style == "class" and best.trial.way is not None and unit.backward is not None:
        plans.append(("a second call", answer, other_values(answer, answer.call.form, seed=4), True))
    way = best.trial.way if unit.backward is not None else None
    first = _run(unit, [forward_case(made, values) for _, made, values, _ in plans], source, workers)
    cases: list[Any] = []
    kept = []
    for number, (label, made, values, twice) in enumerate(plans):
        outputs = first.answers.get(number, {}).get("outputs")
        if not isinstance(outputs, Mapping):
            continue
        shapes = [np.asarray(outputs.get(f"output {n}")).shape for n in range(len(made.paths))]
        moved_way = _way_of(made, way)
        cases += trial_cases(made, values, moved_way, shapes, twice=twice)
        kept.append((label, made, values, moved_way))
    result = _run(unit, cases, source, workers)
    tried = []
    for number, (label, made, values, moved_way) in enumerate(kept):
        trial = trials_of(
            made, values, moved_way, result.answers.get(2 * number, {}), result.answers.get(2 * number + 1, {})
        )
        tried.append(Tried(label, made, trial, findings(made, trial)))
    return tried


def _near_eps(values: Mapping[str, Array]) -> dict[str, Array]:
    """Return values with an input whose variance is about as small as an eps, where this shows."""
    return {role: value * SMALL if role == "x" else value for role, value in values.items()}


def _of_forward(label: str, answer: Answered, values: Mapping[str, Array], found: Mapping[str, Any]) -> list[Tried]:
    """Return the trial of a forward alone."""
    outputs = _outputs_of(answer, found)
    return [Tried(label, answer, Trial(values, outputs, (), (), {}, Way(()), {}), ())] if outputs else []


def _of_parameters(best: Tried, source: Source, workers: Workers) -> list[Tried]:
    """Return the trial in which parameters that the form has no role for take values of their own."""
    made = with_parameters(best.answer, best.trial, best.findings)
    if made is None:
        return []
    values = other_values(made, made.call.form, seed=5)
    way = _way_of(made, best.trial.way)
    cases = trial_cases(made, values, way, [one.shape for one in best.trial.outputs])
    answers = _run(made.call.unit, cases, source, workers).answers
    trial = trials_of(made, values, way, answers.get(0, {}), answers.get(1, {}))
    return [Tried("other parameters", made, trial, findings(made, trial))] if trial.error is None else []


def _outputs_of(answer: Answered, found: Mapping[str, Any]) -> tuple[Array, ...]:
    outputs = found.get("outputs")
    arrays = (
        [
            as_array(one) if not isinstance(one := outputs.get(f"output {n}"), list) else stacked(one)
            for n in range(len(answer.paths))
        ]
        if isinstance(outputs, Mapping)
        else []
    )
    return tuple(array for array in arrays if array is not None)


def _generic(match: Recognised) -> Recognised:
    """Return a match whose form has every array that the object was made with as an input: for a layer that is not known."""
    answer = match.answer
    form = answer.call.form
    if (len(form.roles) != 1 and form.kind != UNKNOWN) or not answer.attributes:
        return match
    roles = tuple(Role(name, (shape,), "weights") for name, (_, shape) in answer.attributes.items())
    made = replace(form, kind=UNKNOWN, layout="", names="", roles=(*form.roles, *roles), is_loss=False, is_random=False)
    states = {name: path for name, (path, _) in answer.attributes.items()}
    call = replace(answer.call, form=made).with_states(states, is_lazy=False)
    shapes = {name: shape for name, (_, shape) in answer.attributes.items()}
    return replace(match, answer=replace(answer, call=call, shapes=shapes))


def _way_of(answer: Answered, way: Way | None) -> Way | None:
    """Return a way of calling with the numbers of another call."""
    if way is None:
        return None
    same = [
        one
        for one in ways(answer)
        if (one.douts, one.at_output, one.takes_rate, len(one.args))
        == (way.douts, way.at_output, way.takes_rate, len(way.args))
    ]
    exact = [one for one in same if [_kind(item) for item in one.args] == [_kind(item) for item in way.args]]
    return (exact or same or [way])[0]


def _kind(item: Any) -> Any:
    return repr(item) if isinstance(item, dict) else "number"


def forward_case(answer: Answered, values: Mapping[str, Array]) -> dict[str, Any]:
    """Return the case of a forward alone."""
    steps: list[Any] = [*answer.call.steps()]
    steps += [{"do": "snapshot", "of": list(path), "as": f"output {n}"} for n, path in enumerate(answer.paths)]
    return {
        "values": dict(values),
        "steps": steps,
        "outputs": {f"output {n}": [f"output {n}"] for n in range(len(answer.paths))},
    }


def other_values(answer: Answered, form: LayerForm, seed: int) -> dict[str, Array]:
    """Return new numbers for every role, attributes in the shapes that they have."""
    drawn = random_values(form, seed, answer.choice)
    return {
        role: reshaped_like(value, answer.shapes[role]) if role in answer.shapes else value
        for role, value in drawn.items()
        if role in answer.call.roles or role in answer.call.states
    }


def _run(unit: Unit, cases: Sequence[Any], source: Source, workers: Workers) -> JobResult:
    if not cases:
        return JobResult()
    return workers.run(job_of(source, job_names(unit), cases))


def _of_dropout(trial: Trial) -> list[JudgedGradient]:
    """Judge a backward of dropout: it has to scale dout as the forward scaled its input."""
    if not trial.outputs or not trial.given or trial.outputs[0].shape != trial.values["x"].shape:
        return []
    right = trial.douts[0] * trial.outputs[0] / trial.values["x"]
    entries, smooth = np.arange(right.size), np.ones(right.size, bool)
    for given in trial.given:
        if given.array.shape == right.shape and np.allclose(given.array, right, rtol=1e-7):
            return [JudgedGradient("x", given, right.ravel(), entries, smooth, right.shape, "right")]
    for given in trial.given:
        if given.path[0] == "back" or str(given.path[-1]).startswith("d"):
            return [JudgedGradient("x", given, right.ravel(), entries, smooth, right.shape, "wrong")]
    return []
