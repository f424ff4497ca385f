"""One mistake: all entries with its code, and its page.

The page is made from the entries alone: wrong and right code are the reference's lines after and before the edit, and how the
mistake shows itself is found by running the edited reference on the cases of its function.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pellucid.checker.asking.named import Named
from pellucid.checker.asking.named.read_as import READ_AS
from pellucid.checker.asking.pack import Known, Telltale
from pellucid.checker.catalogue.examples import CatalogueEntry, example, symptoms
from pellucid.checker.catalogue.letters import LETTERS, OF_ANY_LAYER

__all__ = ["Mistake"]

ROLES = {
    "convention": "This is a convention: it is accepted, and named.",
    "hazard": "This is a hazard: it is correct for ordinary inputs.",
}
NOTHING = "# no line"


@dataclass(frozen=True)
class Mistake:
    """All that is known under one code."""

    code: str
    name: str
    title: str
    entries: tuple[CatalogueEntry, ...] = ()  # of packs; examples come from the first
    telltales: tuple[Telltale, ...] = ()
    named: Named | None = None

    @property
    def known(self) -> Known | None:
        """The first entry of a pack."""
        return self.entries[0].known if self.entries else None

    @property
    def explanation(self) -> str:
        """What it is, in a sentence or two."""
        first = self.known or self.named or self.telltales[0]
        return first.explanation

    def page(self) -> str:
        """Return its page in Markdown, without the heading."""
        return "\n\n".join(part for part in (*self._what(), *self._code(), *self._shown(), self._places()) if part)

    def _what(self) -> Iterator[str]:
        yield f"**{_sentence(self.title)}** {self.explanation}"
        if self.known is not None:
            yield self.known.lesson
            yield ROLES.get(self.known.kind, "")

    def _code(self) -> Iterator[str]:
        wrong, right = example(self.entries[0]) if self.entries else ("", "")
        if not self.entries and self.named is not None:
            wrong, right = self.named.wrong, self.named.right
        is_mistake = self.known is None or self.known.kind == "mistake"
        headings = ("Wrong", "Right") if is_mistake else ("This form", "The usual form")
        if wrong or right:
            for heading, code in zip(headings, (wrong, right), strict=True):
                yield f"{heading}:\n\n```python\n{code or NOTHING}\n```"
        if self.known is not None and self.known.formula:
            yield f"The rule: `{self.known.formula}`"

    def _shown(self) -> Iterator[str]:
        said = symptoms(self.entries[0]) if self.known is not None and self.known.kind == "mistake" else []
        said += [self.named.shows] if self.named is not None and self.named.shows else []
        if said:
            yield "How it shows itself:\n\n" + "\n".join(f"- {_sentence(one)}" for one in said)
        nudges = [self.known.nudge] if self.known is not None else [each.nudge for each in self.telltales]
        if asked := " ".join(nudge for nudge in nudges if nudge):
            yield f"To see it yourself: {asked}"

    def _packs(self) -> list[str]:
        return list(dict.fromkeys(entry.pack.name for entry in self.entries))

    def _places(self) -> str:
        names = {pack: [f"`{e.function.name}`" for e in self.entries if e.pack.name == pack] for pack in self._packs()}
        places = [f"{pack} ({', '.join(dict.fromkeys(functions))})" for pack, functions in names.items()]
        tag, letters = f"{self.code} {self.name}", self.code[:-3]
        read = [pattern.pattern for pattern, _, _, meant in READ_AS if meant == tag and pattern.pattern]
        kinds = [kind.strip("^$").replace("|", " or ") for kind in dict.fromkeys(read)]
        if letters in OF_ANY_LAYER:
            places.append("layers of any kind")
        elif kinds or not self.entries:
            places.append(f"layers that are recognised: {', '.join(kinds) or LETTERS[letters]}")
        return f"Known in: {', '.join(places)}." if places else ""


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."
