"""Units that someone names, where names say nothing: `--unit "Gate(5).run(x) / undo(dout)"`, a comment `# pellucid: unit ...`."""

import re
from collections.abc import Iterator, Sequence

from pellucid.checker.reading.source_files import SubmissionError
from pellucid.checker.recognising.records import Class, Outline
from pellucid.checker.recognising.units import Unit
from pellucid.escaping import printable

__all__ = ["asked_units", "check_asked"]

FORM = re.compile(
    r"\s*(?:(?P<owner>\w+)\s*(?:\([^()]{0,200}\))?\s*\.\s*)?(?P<forward>\w+)\s*(?:\([^()]{0,200}\))?"
    r"(?:\s*/\s*(?P<backward>\w+)\s*(?:\([^()]{0,200}\))?)?\s*"
)
LONGEST = 500
EXAMPLE = "'Name(5).forward(x) / backward(dout)' or 'f(x) / f_back(dout, cache)'"


def check_asked(texts: Sequence[str]) -> None:
    """Raise SubmissionError for a text that names no unit."""
    for text in texts:
        if len(text) > LONGEST or not FORM.fullmatch(text):
            shown = printable(text[:100])
            raise SubmissionError(f"--unit must look like {EXAMPLE}; got {shown!r}")


def asked_units(outline: Outline, texts: Sequence[str]) -> Iterator[Unit]:
    """Yield the units that texts name and a source defines. Raises SubmissionError for one that it does not define."""
    classes = {one.name: one for one in outline.classes}
    functions = {one.name: one for one in outline.functions}
    for text in texts:
        found = FORM.fullmatch(text[:LONGEST])
        if found is None:
            continue
        owner, forward, backward = found["owner"], found["forward"], found["backward"]
        unit = _of_class(classes[owner], forward, backward) if owner in classes else None
        if owner is None and forward in functions and (backward is None or backward in functions):
            unit = Unit(forward, "functions", functions[forward], functions[backward] if backward else None)
        if unit is None:
            raise SubmissionError(
                f"--unit names {printable(text[:100])!r}, which the source does not define; like {EXAMPLE}"
            )
        yield unit


def _of_class(one: Class, forward: str, backward: str | None) -> Unit | None:
    ahead, back = one.method(forward), one.method(backward) if backward else None
    if ahead is None or (backward and back is None) or not ahead.args or (back is not None and not back.args):
        return None
    maker = one.method("__init__")
    style = "ctx" if forward in one.static else "class"
    made = maker.without_first() if maker and style == "class" else None
    return Unit(one.name, style, ahead.without_first(), back.without_first() if back else None, one, made)
