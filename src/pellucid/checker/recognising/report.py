"""What is said of a unit: a verdict on its forward and one on its backward, with what it is, its conventions and its mistakes."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from pellucid.checker.asking.named import meaning_of, recognised
from pellucid.checker.judging.verdicts import OF_ID, Cause, Failure, FunctionReport, Hazard, in_words
from pellucid.checker.recognising.derivatives import gradients
from pellucid.checker.recognising.examining import Examined, Tried
from pellucid.checker.recognising.judging import JudgedGradient, batch_of, role_label
from pellucid.checker.recognising.parameters import not_checked
from pellucid.checker.recognising.structure import Diagnosis, tell
from pellucid.shapes import Array

__all__ = ["Lines", "averages", "needs_line", "reports_on", "told_of"]

CERTAIN = 0.95
START = "the gradient of "
Lines = dict[str, tuple[int, str, str]]  # "forward" or "backward": line, quoted, the change that makes it right


def reports_on(examined: Examined, lines: Lines) -> list[FunctionReport]:
    """Return the reports on a unit's forward and its backward; none of a function that is no layer."""
    unit, match = examined.unit, examined.match
    if match is None or not (examined.is_recognised or examined.tried or examined.guessed):
        return []
    found = (
        [_on_forward(examined, lines)] if examined.is_recognised or unit.backward is None or examined.guessed else []
    )
    if unit.backward is not None or any(trial.findings for trial in examined.tried):
        backward = _on_backward(examined, lines)
        if backward is not None and unit.backward is None and found:  # a loss that returns its gradient
            return [_joined(found[0], backward)]
        found += [backward] if backward is not None else []
    return found


def averages(examined: Examined) -> bool:
    """Whether the gradients of a layer's weights are divided by the batch's size."""
    return any(one.status == "averaged" for trial in examined.tried for one in trial.findings) and not (
        examined.match and examined.match.form.is_loss
    )


def needs_line(examined: Examined) -> list[str]:
    """Return which of "forward" and "backward" has a mistake whose line is unknown."""
    match, tried = examined.match, examined.tried
    sides = ["forward"] if match is not None and match.reading is not None and match.reading.mistake else []
    if tried and tried[0].trial.error is not None and tried[0].trial.error.get("line"):
        return [*sides, "backward"]
    judged = [trial for trial in tried if trial.findings and trial.trial.error is None]
    is_wrong = any(not trial.is_right for trial in judged if trial.label != "a second call")
    return [*sides, *(["backward"] if judged and (is_wrong or _mixed(judged) is not None) else [])]


def _on_forward(examined: Examined, lines: Lines) -> FunctionReport:
    match = examined.match
    assert match is not None
    name = examined.unit.shown("forward")
    if match.reading is None:
        title = (
            f"not recognised: by its name it is a {match.form.kind}, and its output is not that of any form known here"
        )
        if examined.unit.backward is not None:
            title = (
                f"a layer that the checker does not know: its name says {match.form.kind}, its outputs are others; "
                "its backward is judged by the derivative of this forward"
            )
        return FunctionReport(name, "convention", 0, 0, conventions=[_convention("not-recognised", title)])
    total = len(examined.tried)
    if match.reading.mistake:
        line, quoted, change = lines.get("forward", (0, "", ""))
        explanation = (
            f"The outputs are those of a {match.form.kind} with this mistake, for all inputs tried.{_change(change)}"
        )
        code, id = recognised(match.reading.id or "forward", match.form.kind, "forward")
        cause = Cause(
            id,
            match.reading.mistake,
            explanation,
            CERTAIN,
            "",
            formula=match.reading.correct,
            line=line,
            quoted=quoted,
            code=code,
        )
        return FunctionReport(name, "wrong", 0, total, causes=[cause], conventions=[_what(examined)])
    return FunctionReport(name, "correct", total, total, 0.0, conventions=[_what(examined)])


def _what(examined: Examined) -> dict[str, str]:
    """Return what a unit is, as a convention."""
    match = examined.match
    assert match is not None
    reading = match.reading
    parts = [match.form.kind, match.form.layout, *(reading.told if reading else ())]
    return _convention("recognised", ", ".join(part for part in parts if part))


def _convention(id: str, title: str, explanation: str = "") -> dict[str, str]:
    return {"id": id, "title": title, "explanation": explanation}


def _on_backward(examined: Examined, lines: Lines) -> FunctionReport | None:
    name = examined.unit.shown("backward")
    first = examined.tried[0] if examined.tried else None
    if first is None:
        return None
    if first.trial.error is not None:
        return _crashed(name, examined, lines)
    judged = [trial for trial in examined.tried if trial.findings]
    if not judged:
        title = "not judged: nothing that it returns or keeps has the shape of a gradient of its inputs"
        return FunctionReport(name, "convention", 0, 0, conventions=[_convention("not-judged", title)])
    report = FunctionReport(name, "correct", 0, sum(len(trial.findings) for trial in judged))
    for trial in judged:
        report.passed += sum(one.status != "wrong" for one in trial.findings)
    report.conventions += _conventions(examined, judged)
    report.hazards += _hazards(examined)
    causes = _causes(examined, lines)
    if causes:
        report.verdict, report.causes = "wrong", causes
        report.failing = _failures(judged)
        errors = [failure.error for failure in report.failing if np.isfinite(failure.error)]
        report.max_error = max(errors, default=None)
        report.passed = min(report.passed, report.total - 1)
    elif any(one["id"] != "recognised" for one in report.conventions):
        report.verdict = "convention"
    return report


def _crashed(name: str, examined: Examined, lines: Lines) -> FunctionReport | None:
    """Return the verdict on a backward that raises: none where it was called by guess, in a way that may not be its own."""
    error = examined.tried[0].trial.error or {}
    is_guessed = examined.unit.owner is None and not examined.is_recognised
    if not error.get("line") or is_guessed:
        title = f"not judged: it could not be called ({in_words(error) if error.get('type') else 'how is not clear'})"
        return FunctionReport(name, "convention", 0, 0, conventions=[_convention("not-called", title)])
    line, quoted, change = lines.get("backward", (int(error["line"]), "", ""))
    explanation = f"It raises this error after its own forward has run.{_change(change)}"
    meaning = meaning_of(in_words(error))
    code = meaning.code if meaning else OF_ID
    cause = Cause("crash", in_words(error), explanation, CERTAIN, "", line=line, quoted=quoted, code=code)
    return FunctionReport(name, "crashes", 0, 1, causes=[cause])


def _conventions(examined: Examined, judged: Sequence[Tried]) -> list[dict[str, str]]:
    found = (
        [_convention("recognised", "not a layer that the checker knows: judged by the derivative of its own forward")]
        if not examined.is_recognised
        else []
    )
    statuses = {one.status for trial in judged for one in trial.findings}
    if "averaged" in statuses and not _mixed(judged):
        is_loss = examined.match is not None and examined.match.form.is_loss
        what = (
            "the gradient is that of the mean over the batch"
            if is_loss
            else "divides the gradients of its weights by the batch's size"
        )
        found.append(_convention("averaged", what))
    if "of the scores" in statuses:
        found.append(
            _convention(
                "of-the-scores", "the gradient is that with respect to the scores before the softmax or sigmoid"
            )
        )
    if judged[0].trial.way.at_output:
        found.append(_convention("takes-the-output", "takes the forward's output, not its input"))
    if judged[0].trial.way.takes_rate:
        found.append(_convention("updates", "updates the weights in its backward"))
    found += _unchecked(judged)
    second = next((trial for trial in judged if trial.label == "a second call" and not trial.is_right), None)
    if (
        second is not None
        and all(trial.is_right for trial in judged if trial is not second)
        and _accumulates(examined, second)
    ):
        found.append(_convention("accumulates", "adds the gradients of its weights to those of the calls before"))
    return found


def _unchecked(judged: Sequence[Tried]) -> list[dict[str, str]]:
    """Return a convention that names the gradients that were compared with nothing."""
    first, everywhere = judged[0], [one for trial in judged for one in trial.findings]
    names = not_checked(first.answer, first.trial, first.findings, everywhere)
    was = "was" if len(names) == 1 else "were"
    title = f"{', '.join(names)} {was} not checked: no parameter was found whose gradient it could be"
    return [_convention("not-checked", title)] if names else []


def _accumulates(examined: Examined, second: Tried) -> bool:
    """Whether only gradients that it keeps are different in a second call."""
    assert examined.match is not None
    first = examined.match.form.roles[0].name
    return all(one.status != "wrong" or (one.role != first and one.given.path[0] == "unit") for one in second.findings)


def _mixed(judged: Sequence[Tried]) -> tuple[JudgedGradient, JudgedGradient] | None:
    """Return a gradient that is averaged and one that is not, where a layer has both."""
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
            return averaged[0], plain[0]
    return None


def _hazards(examined: Examined) -> list[Hazard]:
    changed = dict.fromkeys(name for trial in examined.tried for name in trial.trial.changed if name.startswith("dout"))
    return (
        [
            Hazard(
                "changes-input", "dout, the gradient that arrives, is changed in place, and the caller may still use it"
            )
        ]
        if changed
        else []
    )


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
                if not _accumulates(examined, trial):
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
    if (mixed := _mixed(judged)) is not None and not found:
        averaged, plain = (role_label(match.answer.call, one.role) for one in mixed)
        title = f"the gradient of {plain} is not divided by the batch's size, and that of {averaged} is"
        found["mixed"] = Diagnosis(
            "average-missing", title, "One of the two is wrong: both need the factor 1/m, or neither."
        )
    return found


def _causes(examined: Examined, lines: Lines) -> list[Cause]:
    line, quoted, change = lines.get("backward", (0, "", ""))
    partly = lines.get("partly", (0, "", ""))[2]
    titles = _fewest(_together(told_of(examined).values()))
    kind = examined.match.form.kind if examined.match is not None and examined.is_recognised else ""
    named = [recognised(told.id, kind, "backward") for told in titles]
    return [
        Cause(
            id,
            told.title,
            told.explanation + (_change(change) + partly if not number else ""),
            CERTAIN,
            "",
            formula=told.correct,
            line=line if not number else 0,
            quoted=quoted if not number else "",
            code=code,
        )
        for number, (told, (code, id)) in enumerate(zip(titles, named, strict=True))
    ]


def _together(told: Iterable[Diagnosis]) -> list[Diagnosis]:
    """Return the diagnoses, with one sentence for gradients that share one."""
    groups: dict[str, list[Diagnosis]] = {}
    for one in told:
        rest = one.title.removeprefix(START).partition(" ")[2]
        groups.setdefault(rest if one.title.startswith(START) else one.title, []).append(one)
    found = []
    for rest, ones in groups.items():
        names = [one.title.removeprefix(START).partition(" ")[0] for one in ones]
        if len(ones) > 1:
            plural = (
                rest.replace("is ", "are ", 1)
                if rest.startswith("is ")
                else rest.replace("lacks", "lack", 1).replace("has ", "have ", 1)
            )
            title = f"the gradients of {', '.join(names[:-1])} and {names[-1]} {plural}"
            title = title.replace("the derivative of its own forward", "the derivatives of their own forward")
            found.append(replace(ones[0], title=title))
        else:
            found.append(ones[0])
    return found


def _fewest(told: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Return the diagnoses, without the plain "is not the derivative" where something more exact is known."""
    exact = [one for one in told if one.id not in ("own-gradient", "some")]
    return list(exact or told)[:3]


def _change(change: str) -> str:
    return f" With {change} it is correct." if change else ""


def _whole(trial: Tried) -> dict[str, Array]:
    if not trial.trial.slopes:
        return {}
    used = list(trial.trial.douts[: trial.trial.way.douts]) or [np.ones(one.shape) for one in trial.trial.outputs[:1]]
    return {
        role: value
        for role, value in gradients(trial.trial.slopes, used).items()
        if trial.trial.slopes[role][0].is_whole
    }


def _failures(judged: Sequence[Tried]) -> list[Failure]:
    return [
        Failure(trial.label, f"gradient of {role_label(trial.answer.call, one.role)}", _error(one))
        for trial in judged
        for one in trial.findings
        if one.status == "wrong"
    ]


def _error(one: JudgedGradient) -> float:
    if one.given.array.size != int(np.prod(one.shape)):
        return float("inf")
    scale = float(np.abs(one.expected).max(initial=0.0)) or 1.0
    return float(np.abs(one.given.array.ravel()[one.entries] - one.expected)[one.smooth].max(initial=0.0)) / scale


def _joined(forward: FunctionReport, backward: FunctionReport) -> FunctionReport:
    """Return one report on a function that returns its gradient too."""
    bad = backward.is_bad or forward.is_bad
    conventions = [*forward.conventions, *(one for one in backward.conventions if one["id"] != "recognised")]
    return replace(
        backward, verdict=("wrong" if bad else backward.verdict), causes=[*forward.causes, *backward.causes],
        conventions=conventions, failing=[*forward.failing, *backward.failing],
    )  # fmt: skip
