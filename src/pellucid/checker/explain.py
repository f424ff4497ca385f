"""Say why a function is wrong: it follows from its forward, it is a variant of the reference, or its failures tell a tale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pellucid.checker.causes import (
    crash_cause,
    death_cause,
    follows_from_forward,
    follows_from_layers,
    keyword_cause,
    match_causes,
)
from pellucid.checker.describe import describe
from pellucid.checker.evidence import Evidence, failing_outputs
from pellucid.checker.lines import LearnerSource
from pellucid.checker.matching import find
from pellucid.checker.own_gradient import OwnGradient
from pellucid.checker.packs.model import Function, Known
from pellucid.checker.reference import Reference
from pellucid.checker.telltale import TELLTALE_TAGS, telltale_causes
from pellucid.checker.trial import Match
from pellucid.checker.trusted import expected_results
from pellucid.checker.verdicts import FunctionReport

__all__ = ["Judged", "Search", "explain", "on_right_layers"]


@dataclass
class Judged:
    """A report, and the changed reference that explains it: where a backward's judgement starts."""

    report: FunctionReport
    sources: Mapping[str, str]


@dataclass(frozen=True)
class Search:
    """What a search for causes starts from."""

    function: Function
    reference: Reference
    evidence: Evidence
    start: Mapping[str, str]  # the accepted form that is nearest to the learner's
    accepted: Sequence[Known]  # the conventions in it
    learner: LearnerSource
    forward: Judged | None  # of a backward
    slopes: OwnGradient
    seconds: float  # of processor time

    @property
    def forward_is_wrong(self) -> bool:
        """Whether the forward was judged, and is wrong."""
        return self.forward is not None and self.forward.report.is_bad


def explain(report: FunctionReport, search: Search) -> Mapping[str, str]:
    """Add causes and what is known to the report; return the sources that give what the learner's function gives."""
    evidence = search.evidence
    deaths = [got["error"] for got in evidence.got if "error" in got and got["error"]["type"] == "Death"]
    if deaths:
        report.causes.append(death_cause(deaths[0]))
        return search.start
    failing = [evidence.got[number] for number in dict.fromkeys(number for number, _ in evidence.failing)]
    if all("error" in got for got in failing):
        keyword = keyword_cause([got["error"] for got in failing], search.learner)
        if keyword is not None:
            report.causes.append(keyword)
            return search.start
    if search.forward_is_wrong and _follows(search):
        names = _failing_names(search.evidence)
        report.causes.append(follows_from_forward(search.function.forward, search.slopes.agrees_in(names)))
        return search.start
    matches = _matches(report, search, evidence)
    whole = bool(matches) and matches[0].whole
    told = telltale_causes(evidence)
    if told and not (whole and matches[0].in_numbers):
        report.causes = told
        report.known = describe(evidence, report, search.forward)
        return search.start
    if not matches and (rest := _without_telltales(evidence)) is not None:
        matches = _matches(report, replace(search, seconds=search.seconds / 2), rest)
        report.causes += telltale_causes(evidence, alone=False)
    if not whole and len(matches) < 2:
        report.known = describe(evidence, report, search.forward)
        crash = next((got["error"] for got in evidence.got if "error" in got), None)
        if not matches and crash is not None and report.verdict == "crashes":
            report.causes.append(crash_cause(crash, search.learner))
    return matches[0].candidate.sources if whole else search.start


def on_right_layers(own: Judged, right: Judged, judged: Mapping[str, Judged]) -> Judged:
    """Tell a network's mistake from its layers': own on the learner's layers, right on the pack's; own is wrong."""
    wrong = [name for name, one in judged.items() if one.report.is_bad]
    if right.report.is_bad:
        right.report.known.insert(
            0, "judged on the reference's layers, so that what is wrong here is the network's own"
        )
        return right
    own.report.causes = [follows_from_layers(wrong)]
    own.report.known = []
    return own


def _matches(report: FunctionReport, search: Search, evidence: Evidence) -> list[Match]:
    """Look for variants that give what the learner's function gives, and add them to the report's causes."""
    forward = search.forward
    starts = [search.start] + ([{**search.start, **forward.sources}] if forward is not None and forward.sources else [])
    matches = find(search.function, search.reference, evidence, starts, search.accepted, seconds=search.seconds)
    count = len({number for number, _ in evidence.failing})
    seen = f"agrees with this variant on all {len(evidence.cases)} cases, {count} of which fail"
    for match in matches:
        known = {cause.id for cause in report.causes}
        found = match_causes(match, matches, report.name, seen, search.learner)
        report.causes += [cause for cause in found if cause.id not in known or cause.id.startswith("generated")]
        for part in match.candidate.parts:
            if isinstance(part, Known) and part.kind == "convention":
                report.conventions.append({"id": part.id, "title": part.title, "explanation": part.explanation})
    return matches


def _failing_names(evidence: Evidence) -> list[str]:
    return [evidence.cases[number].name for number in dict.fromkeys(number for number, _ in evidence.failing)]


def _follows(search: Search) -> bool:
    """Say whether a backward is wrong only because its forward is."""
    if search.slopes.verdict == "passes" and search.slopes.agrees_in(_failing_names(search.evidence)):
        return True
    forward, evidence = search.forward, search.evidence
    if forward is None or not forward.sources:
        return False
    for source in search.reference.forms(search.function.name).values():
        changed = search.reference.with_sources({**forward.sources, search.function.name: source})
        due = expected_results(changed, evidence.cases)
        if not failing_outputs(Evidence(evidence.cases, evidence.got, due), search.function):
            return True
    return False


def _without_telltales(evidence: Evidence) -> Evidence | None:
    """Return the evidence without the cases that ask for one thing only; None where nothing fails elsewhere."""
    kept = [n for n, case in enumerate(evidence.cases) if not TELLTALE_TAGS & case.tags]
    if len(kept) == len(evidence.cases) or not {number for number, _ in evidence.failing} & set(kept):
        return None
    place = {number: new for new, number in enumerate(kept)}
    failing = [(place[number], output) for number, output in evidence.failing if number in place]
    if len(failing) == len(evidence.failing):
        return None
    return Evidence(
        [evidence.cases[n] for n in kept],
        [evidence.got[n] for n in kept],
        [evidence.expected[n] for n in kept],
        failing,
    )
