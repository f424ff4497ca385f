"""Codes that someone chooses, on the command line or in a call: checked, and names of mistakes made codes."""

from collections.abc import Iterator, Sequence

from pellucid.checker.asking.pack import Pack
from pellucid.checker.catalogue.joined import mistakes
from pellucid.checker.reading.source_files import SubmissionError
from pellucid.checker.telling.selecting import Selection
from pellucid.codes import Catalogue

__all__ = ["selection_of"]


def selection_of(select: Sequence[str], ignore: Sequence[str], pack: Pack, *, comments: bool = True) -> Selection:
    """Return the selection that lists of codes make: "BN103", "BN1", "BN103,LN", "eps-outside-root". Raises SubmissionError."""
    if not select and not ignore:
        return Selection(comments=comments)
    known = Catalogue(mistakes([pack]))
    chosen, left_out = tuple(_codes("--select", select, known)), tuple(_codes("--ignore", ignore, known))
    return Selection(chosen, left_out, comments)


def _codes(flag: str, given: Sequence[str], known: Catalogue) -> Iterator[str]:
    for word in (part.strip() for text in given for part in text.split(",")):
        named = [one.code for one in known if one.name == word]
        if not named and not any(one.code.startswith(word) for one in known if word):
            hint = known.hint(word) or "; pellucid explain --list lists the codes"
            raise SubmissionError(
                f"{flag} must name codes of mistakes, such as BN103, or what they begin with; got {word!r}{hint}"
            )
        yield from named or [word]
