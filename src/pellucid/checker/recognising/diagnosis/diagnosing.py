"""What is wrong with a unit: which side has a mistake, and what is wrong with the gradient of each input."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from pellucid.checker.recognising.derivatives import gradients
from pellucid.checker.recognising.diagnosis.known_backwards import Diagnosis
from pellucid.checker.recognising.diagnosis.structure import tell
from pellucid.checker.recognising.examined import Examined, Tried
from pellucid.checker.recognising.judging import JudgedGradient, batch_of, role_label
from pellucid.shapes import Array

__all__ = [
    "WrongGradients",
    "accumulates",
    "averages",
    "fewest",
    "is_step_function",
    "mixed",
    "needs_line",
    "together",
    "told_of",
]

START = "the gradient of "


def averages(examined: Examined) -> bool:
    """Whether the gradients of a layer's weights are divided by the batch's size."""
    pair = mixed([trial for trial in examined.tried if trial.findings])
    return (
        any(one.status == "averaged" for trial in examined.tried for one in trial.findings)
        and not (examined.match and examined.match.form.is_loss)
        and not (pair is not None and pair[0].status == "averaged")
    )


def needs_line(examined: Examined) -> list[str]:
    """Return which of "forward" and "backward" has a mistake whose line is unknown."""
    match, tried = examined.match, examined.tried
    sides = ["forward"] if match is not None and match.reading is not None and match.reading.mistake else []
    if tried and tried[0].trial.error is not None and tried[0].trial.error.get("line"):
        return [*sides, "backward"]
    judged = [trial for trial in tried if trial.findings and trial.trial.error is None]
    is_wrong = any(not trial.is_right for trial in judged if trial.label != "a second call")
    return [*sides, *(["backward"] if judged and (is_wrong or mixed(judged) is not None) else [])]


def told_of(examined: Examined) -> dict[str, Diagnosis]:
    """Return what is wrong with the gradient of each input."""
    match = examined.match
    if match is None:
        return {}
    judged = [trial for trial in examined.tried if trial.findings]
    found: dict[str, Diagnosis] = {}
    for trial in judged:
        others = _whole(trial)
        is_last = trial.label == "a second call" and all(one.is_right for one in judged if one is not trial)
        for one in trial.findings:
            if one.status != "wrong":
                continue
            label = role_label(trial.answer.call, one.role)
            if is_last:
                if not accumulates(examined, trial):
                    found.setdefault(
                        one.role,
                        Diagnosis(
                            "keeps-state",
                            f"the gradient of {label} is wrong in a second call alone: something is kept from call to call",
                        ),
                    )
                continue
            if one.role in found:
                continue
            told = tell(
                replace(match, answer=trial.answer),
                trial.trial,
                one,
                others,
                batch_of(trial.answer, trial.trial),
                [other.role for other in trial.findings if other.status != "wrong"],
            )
            is_plain = trial.label == "a batch" or one.role not in {first.role for first in judged[0].findings}
            found[one.role] = told if is_plain else replace(told, title=f"{told.title} (with {trial.label})")
    if (pair := mixed(judged)) is not None and not found:
        found["mixed"] = _told_of_mixed(pair, *(role_label(match.answer.call, one.role) for one in pair))
    return found


def _told_of_mixed(pair: tuple[JudgedGradient, JudgedGradient], wrong: str, right: str) -> Diagnosis:
    if pair[0].status == "averaged":
        title = f"{START}{wrong} is divided by the batch's size, and that of {right} is not"
        why = f"{START.capitalize()}{right} is the derivative of the forward, which takes no mean over the batch."
        return Diagnosis("averaged-twice", title, why)
    title = f"{START}{wrong} is not divided by the batch's size, and that of {right} is"
    return Diagnosis("average-missing", title, "The gradients of a layer all need the factor 1/m, or none does.")


class WrongGradients(NamedTuple):
    """What is wrong with one gradient, or with several in the same way."""

    roles: Sequence[str]
    diagnosis: Diagnosis


def fewest(told: Sequence[WrongGradients]) -> list[WrongGradients]:
    """Return the diagnoses, without the plain "is not the derivative" where something more exact is known."""
    exact = [one for one in told if one.diagnosis.id not in ("own-gradient", "some")]
    return list(exact or told)[:3]


def together(told: Mapping[str, Diagnosis], lines: Mapping[str, int]) -> list[WrongGradients]:
    """Return what is wrong with each gradient, with one sentence for those that share one, unless their lines are known as others.

    lines: of gradients that have a mistake of their own, by role.
    """
    groups: dict[tuple[str, int], dict[str, Diagnosis]] = {}
    for role, one in told.items():
        rest = one.title.removeprefix(START).partition(" ")[2]
        key = rest if one.title.startswith(START) else one.title
        groups.setdefault((key, lines.get(role, 0)), {})[role] = one
    found = []
    for (rest, _), ones in groups.items():
        names = [one.title.removeprefix(START).partition(" ")[0] for one in ones.values()]
        first = next(iter(ones.values()))
        if len(ones) > 1:
            plural = (
                rest.replace("is ", "are ", 1)
                if rest.startswith("is ")
                else rest.replace("lacks", "lack", 1).replace("has ", "have ", 1)
            )
            title = f"the gradients of {', '.join(names[:-1])} and {names[-1]} {plural}"
            title = title.replace("the derivative of its own forward", "the derivatives of their own forward")
            first = replace(first, title=title)
        found.append(WrongGradients(list(ones), first))
    return found


def is_step_function(examined: Examined) -> bool:
    """Whether a forward that nobody knows changes in steps, so that no derivative says what its backward should be."""
    judged = [trial for trial in examined.tried if trial.findings]
    found = [one for trial in judged for one in trial.findings]
    is_flat = all(not np.abs(one.expected).max(initial=0.0) for one in found)
    varies = all(np.ptp(out) > 0 for trial in judged for out in trial.trial.outputs[:1] if out.size > 1)
    return not examined.is_recognised and is_flat and varies and any(one.status == "wrong" for one in found)


def mixed(judged: Sequence[Tried]) -> tuple[JudgedGradient, JudgedGradient] | None:
    """Return a wrong gradient and a right one, where a layer averages some: those that it averages are wrong, unless most are."""
    for trial in judged:
        if batch_of(trial.answer, trial.trial) < 2 or trial.answer.call.form.is_loss:
            continue
        weights = [
            one
            for one in trial.findings
            if one.role != trial.answer.call.form.roles[0].name and np.abs(one.expected).max(initial=0) > 0
        ]
        averaged = [one for one in weights if one.status == "averaged"]
        plain = [one for one in weights if one.status == "right"]
        if averaged and plain:
            return (plain[0], averaged[0]) if len(averaged) > len(plain) else (averaged[0], plain[0])
    return None


def accumulates(examined: Examined, second: Tried) -> bool:
    """Whether only gradients that it keeps are different in a second call."""
    assert examined.match is not None
    first = examined.match.form.roles[0].name
    return all(one.status != "wrong" or (one.role != first and one.given.path[0] == "unit") for one in second.findings)


def _whole(trial: Tried) -> dict[str, Array]:
    if not trial.trial.slopes:
        return {}
    used = list(trial.trial.douts[: trial.trial.way.douts]) or [np.ones(one.shape) for one in trial.trial.outputs[:1]]
    return {
        role: value
        for role, value in gradients(trial.trial.slopes, used).items()
        if trial.trial.slopes[role][0].is_whole
    }
