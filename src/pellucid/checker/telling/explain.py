"""Explain why a function is wrong: it follows from its forward, equals a variant of the reference, or fails tellingly."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from pellucid.checker.asking.pack import Known, PackFunction
from pellucid.checker.judging.evidence import Evidence, failing_outputs
from pellucid.checker.judging.judge import Judgement
from pellucid.checker.judging.verdicts import Cause, FunctionReport, Hazard, Judged
from pellucid.checker.reading.learner_source import LearnerSource
from pellucid.checker.running.reference import Reference
from pellucid.checker.running.trusted import expected_results
from pellucid.checker.searching.matching import find
from pellucid.checker.searching.telltale import telltale_causes, telltale_tags
from pellucid.checker.searching.trial import Match
from pellucid.checker.telling.causes import (
    crash_cause,
    death_cause,
    follows_from_forward,
    follows_from_layers,
    follows_from_parts,
    keyword_cause,
    match_causes,
)
from pellucid.checker.telling.describe import describe, is_own_gradient

__all__ = ["Search", "explain", "explain_on_pack_layers"]


@dataclass(frozen=True)
class Search:
    """What a search for causes starts from."""

    function: PackFunction
    reference: Reference
    judgement: Judgement
    learner: LearnerSource
    forward: Judged | None  # of a backward
    seconds: float  # of processor time
    parts: Mapping[str, Judged] = field(default_factory=dict)  # wrong functions that it is made of

    @property
    def known_sources(self) -> Mapping[str, str]:
        """The sources that explain its wrong forward and its wrong parts."""
        before = [*self.parts.values(), *([self.forward] if self.forward is not None else [])]
        return {name: source for judged in before for name, source in judged.sources.items()}

    @property
    def forward_is_wrong(self) -> bool:
        """Whether the forward was judged, and is wrong."""
        return self.forward is not None and self.forward.report.is_bad


def explain(report: FunctionReport, search: Search) -> Mapping[str, str]:
    """Add causes and descriptions to the report; return the sources that compute what the learner's function computes."""
    evidence = search.judgement.evidence
    certain = _certain_cause(evidence)
    if certain is not None:
        report.causes.append(certain)
        return search.judgement.start
    if search.forward_is_wrong and _follows(search):
        agrees = search.judgement.slopes.agrees_in(_failing_names(evidence))
        report.causes.append(follows_from_forward(search.function.forward, agrees))
        return search.judgement.start
    if search.parts and _is_explained_by(search, search.known_sources):
        report.causes.append(follows_from_parts([*search.parts]))
        return {**search.judgement.start, **search.known_sources}
    sources = _search(report, search)
    agrees = search.judgement.slopes.verdict == "passes" and search.judgement.slopes.agrees_in(_failing_names(evidence))
    report.known += is_own_gradient(agrees, search.function, search.forward)
    return sources


def explain_on_pack_layers(own: Judged, on_layers: Judged, judged: Mapping[str, Judged], called: Set[str]) -> Judged:
    """Tell a network's mistake from its layers'. own: wrong, on the learner's layers; on_layers: on the pack's.

    called: the functions of the same file that it calls, as far as its text shows.
    """
    every = [name for name, one in judged.items() if one.report.is_bad]
    missing = [name for name, one in judged.items() if one.report.verdict == "missing" and name in called]
    wrong = [name for name in every if name in called] or ([] if missing else every)
    if missing and not wrong and on_layers.report.verdict in ("correct", "convention"):
        detail = f"judged on the reference's layers, because these are not implemented yet: {', '.join(missing)}"
        on_layers.report.hazards.append(Hazard("layers-missing", detail))
        return on_layers
    if own.report.verdict == "missing":
        return own
    if on_layers.report.is_bad:
        on_layers.report.known.insert(
            0, "judged on the reference's layers, so what is wrong here is a mistake of the network itself"
        )
        return on_layers
    own.report.causes = [follows_from_layers(wrong)]
    own.report.known = []
    return own


def _certain_cause(evidence: Evidence) -> Cause | None:
    """Return the cause that needs no search: the process died, or a class lacks a keyword."""
    for case, received in zip(evidence.cases, evidence.received, strict=True):
        if "error" in received and received["error"]["type"] == "Death":
            return death_cause(received["error"], case.name)
    failing: list[Mapping[str, Any]] = [evidence.received[number] for number in evidence.failing_cases()]
    if all("error" in received for received in failing):
        return keyword_cause([received["error"] for received in failing])
    return None


def _search(report: FunctionReport, search: Search) -> Mapping[str, str]:
    """Look for the changed reference or the telltale that explains the failures; describe what neither explains."""
    evidence, start = search.judgement.evidence, search.judgement.start
    matches = _matches(report, search, evidence)
    is_whole = bool(matches) and matches[0].whole
    telltales = telltale_causes(evidence, search.function)
    if telltales and not (is_whole and matches[0].in_numbers):
        report.causes = telltales
        report.known = describe(evidence, report, search.forward)
        return start
    if not matches and (rest := _without_telltales(evidence, search.function)) is not None:
        matches = _matches(report, replace(search, seconds=search.seconds / 2), rest)
        report.causes += telltale_causes(evidence, search.function, alone=False)
    crashed = report.verdict == "crashes" and bool(matches) and not matches[0].in_numbers and not matches[0].same_words
    if crashed:  # alike only in that both raise something: the exception itself says more
        matches, is_whole, report.causes, report.conventions = [], False, [], []
    if not is_whole and len(matches) < 2:
        report.known = describe(evidence, report, search.forward)
        crash = next((received["error"] for received in evidence.received if "error" in received), None)
        if not matches and crash is not None and report.verdict == "crashes":
            report.causes.append(crash_cause(crash, search.learner))
    return matches[0].candidate.sources if is_whole else start


def _matches(report: FunctionReport, search: Search, evidence: Evidence) -> list[Match]:
    """Look for variants that compute what the learner's function computes, and add them to the report's causes."""
    start, known = search.judgement.start, search.known_sources
    starts = [start] + ([{**start, **known}] if known else [])
    accepted = search.judgement.accepted
    matches = find(search.function, search.reference, evidence, starts, accepted, seconds=search.seconds)
    count = len(evidence.failing_cases())
    failing = "the one that fails" if count == 1 else f"the {count} that fail"
    all_agree = f"reproduces your results in all {len(evidence.cases)} cases, including {failing}"
    for match in matches:
        ids = {cause.id for cause in report.causes}
        found = match_causes(match, matches, report.name, all_agree, search.learner)
        report.causes += [cause for cause in found if cause.id not in ids or cause.id.startswith("generated")]
        for part in match.candidate.parts:
            if isinstance(part, Known) and part.kind == "convention":
                report.conventions.append(
                    {"id": part.id, "title": part.title, "explanation": part.explanation, "code": part.code}
                )
    return matches


def _failing_names(evidence: Evidence) -> Sequence[str]:
    return [evidence.cases[number].name for number in evidence.failing_cases()]


def _follows(search: Search) -> bool:
    """Say whether a backward is wrong only because its forward is."""
    slopes, evidence, forward = search.judgement.slopes, search.judgement.evidence, search.forward
    if slopes.verdict == "passes" and slopes.agrees_in(_failing_names(evidence)):
        return True
    return forward is not None and _is_explained_by(search, forward.sources)


def _is_explained_by(search: Search, sources: Mapping[str, str]) -> bool:
    """Say whether the reference with other functions changed gives what the learner's function gives."""
    evidence = search.judgement.evidence
    for source in search.reference.forms(search.function.name).values() if sources else ():
        changed = search.reference.with_sources({**sources, search.function.name: source})
        expected = expected_results(changed, evidence.cases)
        if not failing_outputs(Evidence(evidence.cases, evidence.received, expected), search.function):
            return True
    return False


def _without_telltales(evidence: Evidence, function: PackFunction) -> Evidence | None:
    """Return the evidence without the cases that test one thing only; None where nothing else fails."""
    tags = telltale_tags(function)
    ordinary = [n for n, case in enumerate(evidence.cases) if not tags & case.tags]
    if len(ordinary) == len(evidence.cases) or not set(evidence.failing_cases()) & set(ordinary):
        return None
    place = {number: new for new, number in enumerate(ordinary)}
    failing = [(place[number], output) for number, output in evidence.failing if number in place]
    if len(failing) == len(evidence.failing):
        return None
    return Evidence(
        [evidence.cases[n] for n in ordinary],
        [evidence.received[n] for n in ordinary],
        [evidence.expected[n] for n in ordinary],
        failing,
    )
