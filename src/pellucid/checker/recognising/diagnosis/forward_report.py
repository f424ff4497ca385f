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
        title = (
            f"not recognised: by its name it is a {match.form.kind}, and its output is not that of any form known here"
        )
        if examined.unit.backward is not None:
            title = (
                f"a layer that the checker does not know: its name says {match.form.kind}, its outputs are others; "
                "its backward is judged by the derivative of this forward"
            )
        return FunctionReport(name, "convention", 0, 0, conventions=[convention("not-recognised", title)])
    total = len(examined.tried)
    if match.reading.mistake:
        found = lines.get("forward", Correction())
        kind = _with_article(match.form.kind)
        explanation = f"The outputs are those of {kind} with this mistake, for all inputs tried.{change_of(found)}"
        code, id = recognised(match.reading.id or "forward", match.form.kind, "forward")
        cause = Cause(
            id,
            match.reading.mistake,
            explanation,
            CERTAIN,
            "",
            formula=match.reading.correct,
            line=found.line,
            quoted=found.quoted,
            fix=found.fix,
            code=code,
        )
        return FunctionReport(name, "wrong", 0, total, causes=[cause], conventions=[_what(examined)])
    return FunctionReport(name, "correct", total, total, 0.0, conventions=[_what(examined)])


def of_mended(examined: Examined, found: Correction, after: Sequence[FunctionReport]) -> Cause:
    """Return the cause of a forward that a small change makes what it is meant to be."""
    told = next((note["title"] for one in after for note in one.conventions if note["id"] == "recognised"), "")
    is_known = bool(told) and not told.startswith("not a layer")
    kind = _with_article(told.partition(",")[0]) if is_known else ""
    title = f"its outputs are not those of {kind}" if is_known else "its backward is the derivative of another forward"
    why = f"With {found.change} it is correct" + (
        f": {told}." if is_known else ": the backward is its derivative then. Either of the two may be what is wrong."
    )
    title += f": {found.sentence}" if found.sentence != found.change else ""
    code, id = recognised("not-that-layer" if is_known else "of-another-forward", "", "forward")
    return Cause(id, title, why, CERTAIN, "", line=found.line, quoted=found.quoted, fix=found.fix, code=code)


def _with_article(kind: str) -> str:
    is_vowel = kind[0] in "aeioAEIO" or kind.startswith(("L1", "L2", "LSTM", "RNN", "RMS"))
    return f"{'an' if is_vowel else 'a'} {kind}"


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
