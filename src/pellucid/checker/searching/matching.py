"""Find the mistake: which variant of the reference computes what the learner's function computes, in every case?

A candidate must agree with the learner on every output it changes, in every case, failing and passing: on all available
evidence, the learner's function then *is* that variant. A failing case is tried first, which rules out most candidates.
"""

import functools
import itertools
import time
from collections.abc import Iterable, Mapping, Sequence

from pellucid.checker.asking.pack import Known, PackFunction
from pellucid.checker.judging.evidence import Evidence
from pellucid.checker.running.reference import Reference
from pellucid.checker.searching.candidates import (
    Candidate,
    generated,
    listed,
    listed_and_generated,
    listed_with_convention,
    two_listed,
)
from pellucid.checker.searching.trial import Match, tried
from pellucid.checker.searching.variants import Variant

__all__ = ["find"]


def find(
    function: PackFunction,
    reference: Reference,
    evidence: Evidence,
    starts: Sequence[Mapping[str, str]],
    accepted: Sequence[Known] = (),
    *,
    seconds: float = 3.0,
) -> list[Match]:
    """Return the matches, the best first: a whole one, or partial ones that together explain every failing output.

    seconds: processor time, so that a busy machine finds as much. starts: changed sources to begin with, the plain one and,
    for a backward, those of the learner's wrong forward. accepted: conventions that the start already has.
    """
    trials = _Trials(reference, evidence, time.thread_time() + seconds)
    others = [known for known in function.known if known.kind != "mistake" and known not in accepted]
    for make in (listed, generated, functools.partial(listed_with_convention, others), two_listed):
        whole = trials.first_whole(itertools.chain.from_iterable(make(function, reference, start) for start in starts))
        together = [whole] if whole else _together([match for match in trials.partial if match.clean], trials.failing)
        if together:
            return together
    for candidate in itertools.chain.from_iterable(
        listed_and_generated(function, reference, start) for start in starts
    ):
        if trials.out_of_time():
            break
        match = trials.tried(candidate)
        if match is not None and match.whole and match.in_numbers:
            return [match]
    if trials.crashes:
        return trials.crashes[:1]
    together = _together(trials.partial, trials.failing)
    if together:
        return together
    return sorted((match for match in trials.partial if match.clean), key=lambda match: -len(match.explained))[:1]


class _Trials:
    """A search in progress: what was found besides a whole match, and how long it may take."""

    def __init__(self, reference: Reference, evidence: Evidence, deadline: float) -> None:
        self.reference, self.evidence, self.deadline = reference, evidence, deadline
        self.failing = {output for _, output in evidence.failing}
        self.order = evidence.order()
        self.partial: list[Match] = []
        self.crashes: list[Match] = []  # alike only in that they raise an error, too

    def out_of_time(self) -> bool:
        return time.thread_time() > self.deadline

    def tried(self, candidate: Candidate) -> Match | None:
        match = tried(candidate, self.reference, self.evidence, self.order, self.failing)
        if match is None or match.in_numbers or match.same_words:
            return match
        # Many small changes raise an error: that the learner's function raises another one is no evidence for this one.
        return None if any(isinstance(part, Variant) for part in candidate.parts) else match

    def first_whole(self, candidates: Iterable[Candidate]) -> Match | None:
        """Try candidates until one is whole or the time is up; store what the others explain."""
        for candidate in candidates:
            match = self.tried(candidate)
            if match is not None and match.whole and match.in_numbers:
                return match
            if match is not None and match.whole:
                self.crashes.append(match)
            elif match is not None:
                self.partial.append(match)
            if self.out_of_time():
                break
        return None


def _together(partial: Sequence[Match], failing: set[str]) -> list[Match]:
    """Return at most three matches that explain every failing output, each output by one of them."""
    remaining, chosen = set(failing), list[Match]()
    while remaining and len(chosen) < 3:
        best = max(partial, key=lambda match: (len(match.explained & remaining), match.clean), default=None)
        if best is None or not best.explained & remaining:
            return []
        chosen.append(best)
        remaining -= best.explained
    return [] if remaining else chosen
