"""What is said of a forward: what it is, and its mistake."""

from collections.abc import Mapping, Sequence

from pellucid.checker.asking.named import recognised
from pellucid.checker.judging.verdicts import Cause, FunctionReport
from pellucid.checker.recognising.examined import Examined
from pellucid.checker.running.edits import Correction

__all__ = ["CERTAIN", "Lines", "change_of", "convention", "of_mended", "on_forward"]

CERTAIN = 0.95
Lines = Mapping[str, Correction]  # of "forward", "backward"; of a gradient, "of x", where there are several mistakes


def on_forward(examined: Examined, lines: Lines) -> FunctionReport:
    """Return the report on a forward."""
    match = examined.match
    assert match is not None
    name = examined.unit.shown("forward")
    if match.reading is None:
        kind = _with_article(told.partition(",")[0]) if is_known else ""
    title = f"its outputs are not those of {kind}" if is_known else "its backward is the derivative of another forward"
    why = f"With {found.change} it is correct" + (
        f": {told}." if is_known else ": the backward is its derivative then. Either of the two may be what is wrong."
    )
    title += f": {found.sentence}" if found.sentence != found.change else ""
    code, id = recognised("not-that-layer" if is_known else "of-another-forward", "", "forward")
    return Cause(id, title, why, CERTAIN, "", line=found.line, quoted=found.quoted, fix=found.fix, code=code)


def _what(examined: Examined) -> dict[str, str]:
    """Return what a unit is, as a convention."""
    match = examined.match
    assert match is not None
    reading = match.reading
    parts = [match.form.kind, match.form.layout, *(reading.told if reading else ())]
    return convention("recognised", ", ".join(part for part in parts if part))


def convention(id: str, title: str, explanation: str = "") -> dict[str, str]:
    """Return a convention as a report holds it."""
    return {"id": id, "title": title, "explanation": explanation}


def change_of(found: Correction) -> str:
    """Return a change that makes everything correct, in words."""
    return f" With {found.change} it is correct." if found.change else ""
