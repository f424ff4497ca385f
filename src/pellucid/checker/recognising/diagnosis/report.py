"""What is said of a unit: a verdict on its forward and one on its backward, with what it is, its conventions and its mistakes."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pellucid.checker.asking.named import meaning_of, recognised
from pellucid.checker.judging.verdicts import OF_ID, Cause, Failure, FunctionReport, Hazard, in_words
from pellucid.checker.recognising.diagnosis.diagnosing import (
    accumulates,
    fewest,
    is_step_function,
    mixed,
    together,
    told_of,
)
from pellucid.checker.recognising.diagnosis.forward_report import (
    CERTAIN,
    Lines,
    change_of,
    convention,
    of_mended,
    on_forward,
)
from pellucid.checker.recognising.examined import Examined, Tried
from pellucid.checker.recognising.judging import JudgedGradient, role_label
from pellucid.checker.recognising.parameters import not_checked
from pellucid.checker.recognising.units import Unit
from pellucid.checker.running.edits import Correction

__all__ = ["reports_on", "with_forward"]


def reports_on(examined: Examined, lines: Lines) -> list[FunctionReport]:
    """Return the reports on a unit's forward and its backward; none of a function that is no layer."""
    unit, match = examined.unit, examined.match
    if match is None or not (examined.is_recognised or examined.tried or examined.guessed):
        return []
    found = [on_forward(examined, lines)] if examined.is_recognised or unit.backward is None or examined.guessed else []
    if unit.backward is not None or any(trial.findings for trial in examined.tried):
        backward = _on_backward(examined, lines)
        if backward is not None and unit.backward is None and found:  # a loss that returns its gradient
            return [_joined(found[0], backward)]
        found += [backward] if backward is not None else []
    return found


def with_forward(examined: Examined, found: Correction, after: Sequence[FunctionReport]) -> list[FunctionReport]:
    """Return the reports on a unit whose forward has a mistake. after: those on the unit without it."""
    match = examined.match
    if match is not None and match.reading is not None and match.reading.mistake:
        mine = on_forward(examined, {"forward": found})
    else:
        mine = FunctionReport(examined.unit.shown("forward"), "wrong", 0, len(examined.tried))
        mine.causes = [of_mended(examined, found, after)]
    mine.conventions = mine.conventions or [one for report in after for one in report.conventions][:1]
    others = [one for one in after if one.name != mine.name]
    if not others and after:  # a loss that returns its gradient too
        return [_joined(mine, replace(after[0], conventions=[]))]
    return [mine, *others]


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
        return FunctionReport(name, "convention", 0, 0, conventions=[convention("not-judged", title)])
    if is_step_function(examined):
        title = (
            "not judged: the forward is a step function, whose derivative is 0 almost everywhere; "
            "the backward is an estimate in its place (straight-through, for instance)"
        )
        return FunctionReport(name, "convention", 0, 0, conventions=[convention("step-function", title)])
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
    is_guessed = examined.unit.owner is None and (not examined.is_recognised or _takes_parts(examined.unit))
    if not error.get("line") or is_guessed:
        title = f"not judged: it could not be called ({in_words(error) if error.get('type') else 'how is not clear'})"
        return FunctionReport(name, "convention", 0, 0, conventions=[convention("not-called", title)])
    found = lines.get("backward", Correction(int(error["line"])))
    explanation = f"It raises this error after its own forward has run.{change_of(found)}"
    role = next((key.removeprefix("of ") for key in lines if key.startswith("of ")), "")
    if not found.change and role:
        found = lines[f"of {role}"]
        label = role_label(examined.tried[0].answer.call, role)
        explanation += f" With {found.change} it runs, and the gradient of {label} is correct; another gradient is not."
    meaning = meaning_of(in_words(error))
    code = meaning.code if meaning else OF_ID
    cause = Cause(
        "crash",
        in_words(error),
        explanation,
        CERTAIN,
        "",
        line=found.line,
        quoted=found.quoted,
        fix=found.fix,
        code=code,
    )
    return FunctionReport(name, "crashes", 0, 1, causes=[cause])


def _takes_parts(unit: Unit) -> bool:
    """Whether a backward takes several values, not a cache, that the forward does not name: which they are is a guess."""
    named = {argument.name for argument in unit.forward.args}
    needed = [argument.name for argument in unit.backward.args if argument.is_required] if unit.backward else []
    return len(needed) > 2 and not named.issuperset(needed[1:])


def _conventions(examined: Examined, judged: Sequence[Tried]) -> list[dict[str, str]]:
    found = (
        [convention("recognised", "not a layer that the checker knows: judged by the derivative of its own forward")]
        if not examined.is_recognised
        else []
    )
    statuses = {one.status for trial in judged for one in trial.findings}
    if "averaged" in statuses and not mixed(judged):
        is_loss = examined.match is not None and examined.match.form.is_loss
        what = (
            "the gradient is that of the mean over the batch"
            if is_loss
            else "divides the gradients of its weights by the batch's size"
        )
        found.append(convention("averaged", what))
    if "of the scores" in statuses:
        found.append(
            convention("of-the-scores", "the gradient is that with respect to the scores before the softmax or sigmoid")
        )
    if judged[0].trial.way.at_output:
        found.append(convention("takes-the-output", "takes the forward's output, not its input"))
    if judged[0].trial.way.takes_rate:
        found.append(convention("updates", "updates the weights in its backward"))
    found += _unchecked(judged)
    second = next((trial for trial in judged if trial.label == "a second call" and not trial.is_right), None)
    if (
        second is not None
        and all(trial.is_right for trial in judged if trial is not second)
        and accumulates(examined, second)
    ):
        found.append(convention("accumulates", "adds the gradients of its weights to those of the calls before"))
    return found


def _unchecked(judged: Sequence[Tried]) -> list[dict[str, str]]:
    """Return a convention that names the gradients that were compared with nothing."""
    first, everywhere = judged[0], [one for trial in judged for one in trial.findings]
    names = not_checked(first.answer, first.trial, first.findings, everywhere)
    was = "was" if len(names) == 1 else "were"
    title = f"{', '.join(names)} {was} not checked: no parameter was found whose gradient it could be"
    return [convention("not-checked", title)] if names else []


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


def _causes(examined: Examined, lines: Lines) -> list[Cause]:
    has_change = bool(lines.get("backward", Correction()).change)
    apart = {} if has_change else {key[3:]: one.line for key, one in lines.items() if key.startswith("of ")}
    told = fewest(together(told_of(examined), apart))
    kind = examined.match.form.kind if examined.match is not None and examined.is_recognised else ""
    found = []
    for number, one in enumerate(told):
        code, id = recognised(one.diagnosis.id, kind, "backward")
        line, change = _of_gradients(examined, lines, one.roles, is_first=number == 0)
        found.append(
            Cause(
                id,
                one.diagnosis.title,
                one.diagnosis.explanation + change,
                CERTAIN,
                "",
                formula=one.diagnosis.correct,
                line=line.line,
                quoted=line.quoted,
                fix=line.fix,
                code=code,
            )
        )
    return found


def _of_gradients(examined: Examined, lines: Lines, roles: Sequence[str], *, is_first: bool) -> tuple[Correction, str]:
    """Return the line of what is wrong with some gradients, and the change of it in words."""
    whole = lines.get("backward", Correction())
    if whole.change:
        return (whole, change_of(whole)) if is_first else (Correction(), "")
    for role in roles:
        if f"of {role}" in lines:
            return lines[f"of {role}"], _in_part(examined, role, lines[f"of {role}"])
    return (whole, "") if is_first else (Correction(), "")


def _in_part(examined: Examined, role: str, found: Correction) -> str:
    label = role_label(examined.tried[0].answer.call, role)
    return f" With {found.change} in line {found.line}, the gradient of {label} is correct."


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
