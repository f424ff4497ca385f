"""A unit's reports: what is wrong with its forward, and what with its backward once the forward is without its mistake."""

from dataclasses import replace

from pellucid.checker.judging.verdicts import FunctionReport
from pellucid.checker.recognising.diagnosis.diagnosing import is_step_function, needs_line
from pellucid.checker.recognising.diagnosis.forwards import Mended, after, by_backward, by_name
from pellucid.checker.recognising.diagnosis.lines import Lines, find_lines
from pellucid.checker.recognising.diagnosis.report import reports_on, with_forward
from pellucid.checker.recognising.examined import Examined
from pellucid.checker.recognising.probing import Source
from pellucid.checker.running.edits import Correction
from pellucid.checker.running.sandbox import Workers

__all__ = ["reports_of"]

ACTIVATED = "the call of"  # without which it is the layer of its name: it may be meant to have an activation


def reports_of(examined: Examined, source: Source, text: str, workers: Workers) -> list[FunctionReport]:
    """Return the reports on a unit, with the lines of its mistakes."""
    sides = needs_line(examined)
    if not sides or is_step_function(examined):
        return reports_on(examined, {})
    named = by_name(examined, source, text, workers)
    if named is not None and not named.found.sentence.startswith(ACTIVATED):
        return _of_mended(examined, named, text, workers)
    lines = find_lines(examined, source, text, workers)
    forward, backward = (lines.get(side, Correction()) for side in ("forward", "backward"))
    if named is not None and not _is_explained(backward, lines):
        return _of_mended(examined, named, text, workers)
    mended = None
    if "backward" in sides and forward.change:  # is the backward that of the forward without its mistake?
        mended = after(forward, examined, source, workers)
    elif "backward" in sides and not _is_explained(backward, lines) and not examined.is_recognised:
        mended = by_backward(examined, source, text, workers)
    return reports_on(examined, lines) if mended is None else _of_mended(examined, mended, text, workers)


def _is_explained(backward: Correction, lines: Lines) -> bool:
    """Whether a change is known that makes a backward correct, or some of its gradients."""
    return bool(backward.change) or any(key.startswith("of ") for key in lines)


def _of_mended(examined: Examined, mended: Mended, text: str, workers: Workers) -> list[FunctionReport]:
    """Return the reports on a unit whose forward has a mistake, with a backward as that of the forward without it."""
    is_judged = bool(needs_line(mended.examined))
    lines = find_lines(mended.examined, mended.source, mended.text, workers) if is_judged else {}
    more = text.count("\n") - mended.text.count("\n")  # lines that the change took away
    moved: Lines = {
        key: replace(one, line=one.line + more) if one.line > mended.found.line else one for key, one in lines.items()
    }
    return with_forward(examined, mended.found, reports_on(mended.examined, moved))
