"""`explain`: one screen on a layer or an update rule."""

import textwrap
from collections.abc import Mapping
from functools import cache

from pellucid.derive.derivations import DERIVATIONS
from pellucid.derive.explanation import QUESTIONS
from pellucid.derive.explanations import EXPLANATIONS
from pellucid.derive.names import plain
from pellucid.shapes import ShapeError

__all__ = ["explain", "plain_name"]

SAME_SCREEN = {"spatial_batchnorm": "batchnorm", "vanilla_dropout": "dropout", "global_avgpool": "avgpool"}


def explain(name: str, measured: Mapping[str, str] | None = None, width: int = 100) -> str:
    """Return formula, shapes, the reason of the backward pass, usual mistakes, what studies measured, and the source.

    measured: an answer by study, as `pellucid.studies.answers` gives them. Raises ShapeError where NAME is unknown.
    """
    key = plain_name(name)
    entry = EXPLANATIONS[key]
    lines = [entry.title, "=" * len(entry.title), *(f"  {line}" for line in entry.formula), f"  shapes: {entry.shapes}"]
    lines += ["", *textwrap.wrap(entry.why, width), "", "Usual mistakes"]
    for mistake in entry.mistakes:
        lines += textwrap.wrap(known_mistake(mistake), width, initial_indent="  - ", subsequent_indent="    ")
    if entry.studies:
        lines += ["", "Asked and measured"]
    for study in entry.studies:
        answer = (measured or {}).get(study, f"not measured in full yet: pellucid study run {study}")
        lines += [
            f"  - {QUESTIONS[study]}",
            *textwrap.wrap(answer, width, initial_indent=" " * 4, subsequent_indent=" " * 4),
        ]
    more = [f"The whole derivation: pellucid derive {key}"] if key in DERIVATIONS else []
    return "\n".join([*lines, "", f"Source: {entry.source}.", *more]) + "\n"


def known_mistake(place: str) -> str:
    """Return title and explanation of FUNCTION:ID in the checker's catalogue, or the words themselves.

    Raises KeyError where the catalogue has no such mistake.
    """
    if " " in place:  # of a layer that no course pack asks for
        return place
    function, _, identity = place.partition(":")
    return _catalogue()[function, identity]


@cache
def _catalogue() -> dict[tuple[str, str], str]:
    from pellucid.checker import load_pack

    known = [(function.name, each) for function in load_pack("cs231n-a2").functions for each in function.known]
    return {(name, each.id): f"{each.title}: {each.explanation}" for name, each in known}


def plain_name(name: str) -> str:
    """Return the key in EXPLANATIONS for a name as people write it. Raises ShapeError where there is none."""
    found = SAME_SCREEN.get(plain(name), plain(name))
    if found not in EXPLANATIONS:
        raise ShapeError(f"explain: NAME must be one of {', '.join(EXPLANATIONS)}; it is {name!r}")
    return found
