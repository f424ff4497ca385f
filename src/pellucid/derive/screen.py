"""`explain`: one screen of text on a layer, a loss or an update rule."""

import textwrap
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pellucid.derive.catalogue import DERIVATIONS, explanation, is_explained
from pellucid.derive.topics import TOPIC_NAMES, TOPICS, Topic, topic_of
from pellucid.nets import Description
from pellucid.optim import Optimizer
from pellucid.shapes import ShapeError

__all__ = ["Screen", "explain", "known_mistake", "name_of"]

Measured = Mapping[str, tuple[str, str]]  # by study: a question, and what the study found


class Screen(str):
    """A text that a session, too, shows as lines."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def name_of(given: Any) -> str:
    """Return the name that a layer (an instance or its class) or the class of an optimiser goes by; a name as it is."""
    if isinstance(given, str):
        return given
    kind = given if isinstance(given, type) else type(given)
    if issubclass(kind, (Description, Optimizer)):
        return kind.__name__
    raise ShapeError(
        f"expected a name such as 'layernorm'; got {given!r} (pellucid.derive.trace(function, *inputs) records a function)"
    )


def explain(
    name: Any, measured: Measured | None = None, width: int = 100, more: Mapping[str, str] | None = None
) -> Screen:
    """Return formula, shapes, why the backward pass has this form, common mistakes, what studies measured, and the source.

    Also of a topic, such as "initialization" or "overfitting" (`topics.py`). measured: question and answer by study, as
    `pellucid.studies.answers` gives them; more: names that are explained elsewhere, which may have been meant. Raises ShapeError
    for an unknown name.
    """
    asked = name_of(name)
    topic = None if is_explained(asked) else topic_of(asked)
    if topic is not None:
        return _screen_of(topic, measured or {}, width)
    names = {name: each.name for name, each in TOPIC_NAMES.items()}
    entry = explanation(asked, topics=[each.name for each in TOPICS], more=names | dict(more or {}))
    lines = [entry.title, "=" * len(entry.title), *(f"  {line}" for line in entry.formula), f"  shapes: {entry.shapes}"]
    for paragraph in entry.why.split("\n\n"):
        lines += ["", *textwrap.wrap(paragraph, width)]
    if entry.computed is not None:
        lines += ["", *(part for line in entry.computed() for part in _wrapped(line, width))]
    lines += ["", "Common mistakes"]
    for mistake in entry.mistakes:
        lines += textwrap.wrap(known_mistake(mistake), width, initial_indent="  - ", subsequent_indent="    ")
    lines += [*_studies(entry.studies, measured or {}, width), "", f"Source: {entry.source}."]
    if entry.name in DERIVATIONS:
        lines.append(f"Full derivation: pellucid derive {entry.name}")
    return Screen("\n".join(lines))


def _wrapped(line: str, width: int) -> list[str]:
    """A paragraph in lines; a row of a table, which begins with a space, as it is."""
    return [line] if line.startswith(" ") else textwrap.wrap(line, width)


def _screen_of(topic: Topic, measured: Measured, width: int) -> Screen:
    """Return the screen of a topic."""
    lines = [topic.title, "=" * len(topic.title), *(f"  {line}" for line in topic.formula)]
    for paragraph in topic.text.split("\n\n"):
        lines += ["", *textwrap.wrap(paragraph, width)]
    lines += ["", "Here"]
    for line in topic.here:
        lines += textwrap.wrap(line, width, initial_indent="  - ", subsequent_indent="    ")
    lines += [*_studies(topic.studies, measured, width), "", f"Source: {topic.source}."]
    return Screen("\n".join([*lines, f"See also: pellucid explain {', '.join(topic.see)}"]))


def _studies(studies: Sequence[str], measured: Measured, width: int) -> list[str]:
    if not studies:
        return []
    lines = ["", "Measured claims (required: the smallest effect that would matter, fixed before the run)"]
    for study in studies:
        question, answer = measured.get(study, (f"The study {study}", f"Run it with: pellucid study run {study}"))
        lines += textwrap.wrap(question, width, initial_indent="  - ", subsequent_indent="    ")
        lines += textwrap.wrap(answer, width, initial_indent="    ", subsequent_indent="    ")
    return lines


def known_mistake(mistake: str) -> str:
    """Return title and explanation of FUNCTION:ID in the checker's catalogue; a sentence is returned unchanged.

    Raises KeyError where the catalogue has no such mistake.
    """
    if " " in mistake:  # of a layer that no course pack asks for
        return mistake
    function, _, identity = mistake.partition(":")
    return _catalogue()[function, identity]


@cache
def _catalogue() -> dict[tuple[str, str], str]:
    from pellucid.checker import load_pack

    known = [(function.name, each) for function in load_pack("cs231n-a2").functions for each in function.known]
    return {(name, each.id): f"{each.title}: {each.explanation}" for name, each in known}
