"""What treating has shown, as lines of text, as a page and as a document."""

import itertools
import math
from collections.abc import Iterator
from typing import Any

from pellucid.doctor.prescription import Measure
from pellucid.doctor.treating.curve import Curve
from pellucid.doctor.treating.pictures import panels_of, sparkline
from pellucid.doctor.treating.result import MARGIN, TreatmentRecord, TriedCure
from pellucid.style import Markup, inline_svg, sentence, table, text
from pellucid.train.readers.curves import panel_figure

__all__ = ["as_body", "as_document", "as_lines"]

NOTHING_FOUND = "Nothing to treat: the run looks healthy."
NOTHING_HELPED = "Nothing that was tried helped."
WITHOUT = "without it"
LONGEST = 60  # characters of what was changed, in a line
NOTHING_TO_TRY = "Nothing here can be tried on a copy."


def as_lines(result: TreatmentRecord, command: str = "") -> str:
    """Return what was tried, a line for each copy, what helped, and the settings to copy.

    command: what trains like this, without what flags cannot say; "" where the run was made in Python.
    """
    return "\n".join(_lines(result, command))


def as_document(result: TreatmentRecord) -> dict[str, Any]:
    """Return everything as JSON holds it."""
    return {
        "helped": result.helped,
        "settings": {
            "words": result.settings.words,
            "flags": result.settings.flags,
            "code": list(result.settings.code),
        },
        "margin": result.margin,
        "copies": result.length,
        "untreated": _curve(result.untreated),
        "treated": _curve(result.treated),
        "tried": [_tried(one) for one in result.tried],
        "needs_you": [{"code": one.code, "ailment": one.ailment, "what": one.what} for one in result.needs_you],
        "remaining": [finding.to_dict() for finding in result.remaining],
        "findings": [finding.to_dict() for finding in result.findings],
        "left_out": result.left_out,
        "seconds": result.seconds,
    }


def as_body(result: TreatmentRecord, title: str, command: str = "") -> Markup:
    """Return the body of a page: the outcome, both curves, what was tried."""
    parts = [f"<h1>{text(title)}</h1>", *(f"<p>{sentence(line)}</p>" for line in _outcome(result))]
    if result.settings.code:
        code = "\n".join(_to_copy(result, command))
        parts.append(f"<h2>To train like this</h2><pre tabindex='0'>{text(code)}</pre>")
    if result.untreated is not None:
        drawn = "".join(
            f"<figure><h3>{text(panel.title)}</h3>{inline_svg(panel_figure(panel), f'treated-{panel.name}', panel.alt)}</figure>"
            for panel in panels_of(result)
        )
        parts.append(f"<h2>Both curves</h2><div class='panels'>{drawn}</div>")
        parts.append(f"<h2>What was tried</h2><p class='quiet'>{text(_conditions(result))}</p>{_table(result)}")
    parts += [f"<p>{sentence(task)}</p>" for task in result.needs_you]
    return Markup("\n".join(parts))


def _lines(result: TreatmentRecord, command: str) -> Iterator[str]:
    if result.untreated is not None:
        yield _conditions(result)
    width = min(LONGEST, max([len(WITHOUT), *(len(one.words) for one in result.tried)]))
    for _, group in itertools.groupby(result.tried, key=lambda one: one.code):
        yield from _group(result, list(group), width)
    yield from map(str, result.needs_you)
    yield from _outcome(result)
    if result.settings.code:
        yield "To train like this:"
        for line in _to_copy(result, command):
            yield f"  {line}"


def _to_copy(result: TreatmentRecord, command: str) -> list[str]:
    """Return the settings, a line each: a command and what flags cannot say, or code."""
    return [command, *result.settings.beyond_flags] if command else [*result.settings.code]


def _group(result: TreatmentRecord, group: list[TriedCure], width: int) -> Iterator[str]:
    """Yield the copies that were tried against one ailment, their curves on one scale."""
    first = group[0]
    yield f"{first.code} {first.ailment}, judged by its {first.judged_by}:"
    without = _before(result, first)
    curves = [one.curve for one in group] + ([] if without is None else [without])
    among = [value for curve in curves for value in curve.step_loss]
    if without is not None:
        drawn = sparkline(without.step_loss, among)
        yield _row(WITHOUT, width, drawn, first.judged_by, first.before, "")
    for one in group:
        drawn = sparkline(one.curve.step_loss, among)
        yield _row(one.words, width, drawn, one.judged_by, one.after, "kept" if one.kept else _why_not(one))


def _outcome(result: TreatmentRecord) -> Iterator[str]:
    """Yield what came of it, in a line or two."""
    if not result.findings:
        yield NOTHING_FOUND
    elif result.treated is None:
        yield NOTHING_HELPED if result.tried else NOTHING_TO_TRY
    elif result.untreated is not None:
        yield f"Helped: {result.settings.words} ({_change(result.untreated, result.treated)})."
    if result.untreated is not None and result.treated is not None and _is_worse(result.untreated, result.treated):
        yield "The validation loss rose, though: the treated copy learns its rows by heart, or knows too few."
    if result.left_out:
        yield f"{result.left_out} more could not be tried in {result.seconds:.0f} seconds: allow more (--seconds, seconds=)."
    if result.remaining:
        named = ", ".join(f"{'' if one.confidence == 'high' else 'possibly '}{one.ailment}" for one in result.remaining)
        yield f"The treated copy still has: {named}."


def _conditions(result: TreatmentRecord) -> str:
    return (
        f"Copies repeat {result.length} with the same seed and order; the run stays as it is. A cure is kept if it takes "
        f"{result.margin:.0%} or more off what it is judged by."
    )


def _row(words: str, width: int, drawn: str, measure: Measure, value: float, mark: str) -> str:
    return f"  {words:{width}.{LONGEST}}  {drawn:24} {_value(measure, value):>8}  {mark}".rstrip()


def _value(measure: Measure, value: float) -> str:
    if not math.isfinite(value):
        return "infinite"
    return f"{1 - value:.1%}" if measure == "balanced accuracy" else f"{value:.3g}"


def _why_not(one: TriedCure) -> str:
    if not math.isfinite(one.after):
        return "did not help"
    return "did not help" if one.after >= one.before * 0.999 else "helped, not clearly more"


def _before(result: TreatmentRecord, one: TriedCure) -> Curve | None:
    """Return the curve of the copy without this cure: with what was kept before it."""
    kept = [other for other in result.tried[: result.tried.index(one)] if other.kept]
    return kept[-1].curve if kept else result.untreated


def _is_worse(before: Curve, after: Curve) -> bool:
    """Whether the validation loss rose by the margin."""
    then, now = before.value("validation loss"), after.value("validation loss")
    return bool(before.val_loss) and now > then + MARGIN * abs(then)


def _change(before: Curve, after: Curve) -> str:
    """Return how losses and accuracies changed, in words."""
    said = []
    for name, old, new, form in (
        ("training loss", before.train_loss, after.train_loss, "{:.3g}"),
        ("validation loss", before.val_loss, after.val_loss, "{:.3g}"),
        ("training accuracy", before.train_accuracy, after.train_accuracy, "{:.1%}"),
        ("validation accuracy", before.val_accuracy, after.val_accuracy, "{:.1%}"),
    ):
        if new:
            first = "not finite" if before.not_finite or not old else form.format(old[-1])
            said.append(f"{name} {first} -> {form.format(new[-1])}")
    return ", ".join(said)


def _table(result: TreatmentRecord) -> Markup:
    rows = [
        (
            f"{one.code} {one.ailment}",
            one.words,
            one.judged_by,
            _value(one.judged_by, one.before),
            _value(one.judged_by, one.after),
            "kept" if one.kept else _why_not(one),
        )
        for one in result.tried
    ]
    return table(("against", "changed", "judged by", "without", "with", ""), rows, name="what was tried")


def _curve(curve: Curve | None) -> dict[str, Any] | None:
    return None if curve is None else curve.to_dict()


def _tried(one: TriedCure) -> dict[str, Any]:
    return {
        "code": one.code,
        "ailment": one.ailment,
        "changed": one.words,
        "judged_by": one.judged_by,
        "before": one.before if math.isfinite(one.before) else None,
        "after": one.after if math.isfinite(one.after) else None,
        "kept": one.kept,
        "curve": one.curve.to_dict(),
    }
