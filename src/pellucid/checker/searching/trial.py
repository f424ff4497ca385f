"""The trial of one candidate: does it compute what the learner's function computes, in every case?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pellucid.checker.asking.cases import Case
from pellucid.checker.judging.compare import agreement, same
from pellucid.checker.judging.evidence import Evidence
from pellucid.checker.running.reference import Reference
from pellucid.checker.running.trusted import run_one
from pellucid.checker.searching.candidates import Candidate

__all__ = ["Match", "tried"]


@dataclass(frozen=True)
class Match:
    """A candidate that agrees with the learner's function."""

    candidate: Candidate
    explained: frozenset[str]  # outputs
    whole: bool  # nothing that fails is left unexplained
    clean: bool = True  # it changes nothing that the learner has correct
    undecided: int = 0  # cases in which one raises an error and the other returns wrong numbers
    decided: int = 0  # failing cases in which the two are alike
    in_numbers: bool = True  # alike in numbers somewhere, not only in that both raise an error
    same_words: bool = True  # where both raise, the messages are the same


def tried(
    candidate: Candidate, reference: Reference, evidence: Evidence, order: Iterable[int], failing: set[str]
) -> Match | None:
    """Return how a candidate matches, or None if it explains nothing. order: the numbers of the cases, in the order of trial."""
    try:
        functions = reference.with_sources(candidate.sources)
    except SyntaxError:
        return None
    tally = _Tally({name for result in evidence.expected for name in result.get("outputs", {})}, failing)
    for number in order:
        case = evidence.cases[number]
        if case.own_gradient or _shows_a_hazard(case, evidence, number):
            continue
        if not tally.add(evidence, number, run_one(functions, case)):
            return None
    return tally.match(candidate)


def _shows_a_hazard(case: Case, evidence: Evidence, number: int) -> bool:
    """Say whether a case failed in a way that is only a hazard: what went wrong there says nothing about the mistake."""
    received, expected = evidence.received[number], evidence.expected[number].get("outputs", {})
    if not case.hazard or "error" in received:
        return False
    return not all(_agrees(received, expected, name, case) for name in expected)


@dataclass
class _Tally:
    """What the cases tried so far say about a candidate."""

    every: set[str]  # output of the function
    failing: set[str]
    explained: set[str] | None = None  # alike in all cases
    unaffected: set[str] | None = None  # outputs that the candidate leaves correct in all cases
    confirmed: set[str] = field(default_factory=set)  # outputs that fail and are alike in some case
    undecided: int = 0
    decided: int = 0
    in_numbers: bool = False
    same_words: bool = True

    def add(self, evidence: Evidence, number: int, result: Mapping[str, Any]) -> bool:
        """Add a case; say whether the candidate may still explain something."""
        case, received, expected = evidence.cases[number], evidence.received[number], evidence.expected[number]
        outputs = set(expected.get("outputs", {}))
        if _undecided(case, received, expected, result):
            self.undecided += 1
            self.unaffected = set() if self.unaffected is None else self.unaffected - outputs
            return self.undecided <= 2 or bool(self.confirmed)
        alike, untouched = (found | (self.every - outputs) for found in _compared(case, received, expected, result))
        failing_here = {output for n, output in evidence.failing if n == number} & alike & outputs
        if failing_here and ("error" in received) == ("error" in result):
            self.confirmed |= failing_here
            self.decided += 1
            self.in_numbers = self.in_numbers or "error" not in received
            self.same_words = self.same_words and _words(received) == _words(result)
        self.explained = alike if self.explained is None else self.explained & alike
        self.unaffected = untouched if self.unaffected is None else self.unaffected & untouched
        return bool(self.explained & self.failing)

    def match(self, candidate: Candidate) -> Match | None:
        """Return the match that the tally amounts to, if any."""
        if not self.explained:
            return None
        unaffected = self.unaffected or set()
        reasons = frozenset((self.explained & self.failing & self.confirmed) - unaffected)
        clean = self.every <= self.explained | unaffected
        if not reasons:
            return None
        whole = clean and reasons >= self.failing
        return Match(candidate, reasons, whole, clean, self.undecided, self.decided, self.in_numbers, self.same_words)


def _undecided(case: Case, received: Mapping[str, Any], expected: Mapping[str, Any], result: Mapping[str, Any]) -> bool:
    """Say whether one of the two raises an error where the other returns wrong numbers.

    A slice beyond the edge is cut short where an index raises: the same mistake can show in either way.
    """
    if ("error" in received) == ("error" in result) or case.hazard or case.refusal:
        return False
    stopped, other = (received, result) if "error" in received else (result, received)
    if _kind(stopped["error"]) != "ValueError":
        return False
    expected_outputs = expected.get("outputs", {})
    return any(not _agrees(other, expected_outputs, n, case) for n in expected_outputs)


def _compared(
    case: Case, received: Mapping[str, Any], expected: Mapping[str, Any], result: Mapping[str, Any]
) -> tuple[set[str], set[str]]:
    """Return the outputs in which a result equals the learner's, and those in which it equals the expected one."""
    expected_outputs = expected.get("outputs", {})
    names = set(expected_outputs)
    if "error" in received or "error" in result:
        both = "error" in received and "error" in result
        if both and _kind(received["error"]) == _kind(result["error"]):
            return names, set()
        if case.hazard or case.refusal:
            return names, names
        return set(), set() if "error" in result else {n for n in names if _agrees(result, expected_outputs, n, case)}
    alike, untouched = set(), set()
    for name, value in expected_outputs.items():
        mine, theirs = received["outputs"].get(name), result["outputs"].get(name)
        if same(mine, theirs, value, case.tolerance, floor=case.floor(name)):
            alike.add(name)
        if _agrees(result, expected_outputs, name, case):
            untouched.add(name)
            if _agrees(received, expected_outputs, name, case):
                alike.add(name)
    return alike, untouched


def _agrees(result: Mapping[str, Any], expected_outputs: Mapping[str, Any], name: str, case: Case) -> bool:
    value = result["outputs"].get(name)
    return agreement(value, expected_outputs[name], case.tolerance, floor=case.floor(name)).ok


def _words(result: Mapping[str, Any]) -> tuple[str, str]:
    error = result.get("error", {})
    return str(error.get("type")), str(error.get("message"))


def _kind(error: Mapping[str, Any]) -> str:
    kind = str(error.get("type"))
    return "ValueError" if kind in ("IndexError", "AxisError", "ValueError", "TypeError", "ReturnError") else kind
