"""What an edit of a reference shows: the lines that it changes, and what fails in the cases of its function."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.checker.asking.pack import Known, Options, Pack, PackFunction
from pellucid.checker.judging.evidence import Evidence, failing_outputs
from pellucid.checker.judging.verdicts import FunctionReport
from pellucid.checker.running.reference import load_reference
from pellucid.checker.running.trusted import expected_results
from pellucid.checker.telling.describe import describe

__all__ = ["CatalogueEntry", "example", "symptoms"]

MOST_BETWEEN = 1  # lines that are the same, between two places that are shown as one


@dataclass(frozen=True)
class CatalogueEntry:
    """A known mistake of one function of a pack."""

    pack: Pack
    function: PackFunction
    known: Known


def example(entry: CatalogueEntry) -> tuple[str, str]:
    """Return the lines that the first edits change, after and before."""
    pairs = [pair for before, after in _changed(entry) for pair in _hunks(before, after)]
    wrong, right = ([part for part in parts if part] for parts in zip(*pairs, strict=True))
    return "\n...\n".join(wrong), "\n...\n".join(right)


def symptoms(entry: CatalogueEntry) -> list[str]:
    """Return what a report says of the reference with the first edits, if nothing named the mistake."""
    reference, function = load_reference(entry.pack), entry.function
    sources = reference.edited(function.name, entry.known.edits[0])
    rng = np.random.default_rng([0, *function.name.encode()])
    cases = [case for case in function.cases(rng, Options()) if not case.own_gradient]
    expected, received = (
        expected_results(functions, cases) for functions in (reference.namespace, reference.with_sources(sources or {}))
    )
    evidence = Evidence(cases, received, expected, reference=reference)
    evidence.failing = failing_outputs(evidence, function)
    return describe(evidence, FunctionReport(function.name, "wrong")) if evidence.failing else []


def _changed(entry: CatalogueEntry) -> Iterator[tuple[list[str], list[str]]]:
    """Yield each function that the first edits change, as lines: before, after. An edit that changes nothing names a form."""
    reference, edits, name = load_reference(entry.pack), entry.known.edits[0], entry.function.name
    changed = reference.edited(name, edits) or {}
    for target in dict.fromkeys(edit.of or name for edit in edits):
        form = next(edit.form for edit in edits if (edit.of or name) == target)
        forms, after = reference.forms(target), changed.get(target, "")
        before = forms.get(form, "")
        yield (forms[""] if before == after else before).splitlines(), after.splitlines()


def _hunks(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the places where two texts differ: wrong lines, right lines; places with few lines between them are one."""
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    places: list[list[int]] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag != "equal" and places and i - places[-1][1] <= MOST_BETWEEN:
            places[-1][1], places[-1][3] = j, m
        elif tag != "equal":
            places.append([i, j, k, m])
    for i, j, k, m in places:
        wrong, right = after[k:m], before[i:j]
        indent = min((len(line) - len(line.lstrip()) for line in (*wrong, *right) if line.strip()), default=0)
        yield _without(indent, wrong), _without(indent, right)


def _without(indent: int, lines: Sequence[str]) -> str:
    return "\n".join(line[indent:].rstrip() for line in lines)
