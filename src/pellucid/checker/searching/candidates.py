"""Changed references that may explain a learner's function: mistakes listed in the pack, generated variants, or two at once."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pellucid.checker.asking.pack import Known, PackFunction
from pellucid.checker.running.reference import Reference
from pellucid.checker.searching.variants import variants

__all__ = ["Candidate", "generated", "listed", "listed_and_generated", "listed_with_convention", "two_listed"]


@dataclass(frozen=True)
class Candidate:
    """A changed reference."""

    parts: tuple[Any, ...]  # Known or Variant, one or two
    sources: Mapping[str, str]  # function -> changed source


def listed(function: PackFunction, reference: Reference, start: Mapping[str, str]) -> Iterator[Candidate]:
    """Yield the mistakes that the pack lists."""
    for known in _mistakes(function):
        for edits in known.edits:
            sources = reference.edited(function.name, edits, start)
            if sources is not None:
                yield Candidate((known,), sources)


def generated(function: PackFunction, reference: Reference, start: Mapping[str, str]) -> Iterator[Candidate]:
    """Yield every form of the reference with one small change."""
    texts = {"": start[function.name]} if function.name in start else {}
    for source in (texts or reference.forms(function.name)).values():
        for variant in variants(source):
            yield Candidate((variant,), {**start, function.name: variant.source})


def listed_with_convention(
    conventions: Sequence[Known], function: PackFunction, reference: Reference, start: Mapping[str, str]
) -> Iterator[Candidate]:
    """Yield listed mistakes in accepted forms, where neither explains the numbers without the other."""
    for convention in conventions:
        for edits in convention.edits:
            sources = reference.edited(function.name, edits, start)
            if sources is not None:
                for candidate in listed(function, reference, sources):
                    yield Candidate((*candidate.parts, convention), candidate.sources)


def two_listed(function: PackFunction, reference: Reference, start: Mapping[str, str]) -> Iterator[Candidate]:
    """Yield every two listed mistakes together."""
    for one, two in itertools.combinations(_mistakes(function), 2):
        for first, second in itertools.product(one.edits, two.edits):
            if any(edit.form for edit in second):  # an edit of a named form comes first
                first, second = second, first
            if any(edit.form or edit.of for edit in second):
                continue
            sources = reference.edited(function.name, first, start)
            sources = sources and reference.edited(function.name, second, sources)
            if sources is not None:
                yield Candidate((one, two), sources)


def listed_and_generated(function: PackFunction, reference: Reference, start: Mapping[str, str]) -> Iterator[Candidate]:
    """Yield each listed mistake together with each small change."""
    for mistake in listed(function, reference, start):
        source = mistake.sources.get(function.name)
        for variant in variants(source) if source else ():
            yield Candidate((*mistake.parts, variant), {**mistake.sources, function.name: variant.source})


def _mistakes(function: PackFunction) -> list[Known]:
    return [known for known in function.known if known.kind == "mistake"]
