"""Put a cause into words: a variant that matches, a crash, a forward that is to blame."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.checker.lines import LearnerSource
from pellucid.checker.packs.model import Known
from pellucid.checker.trial import Match
from pellucid.checker.variants import Variant
from pellucid.checker.verdicts import Cause

__all__ = ["crash_cause", "death_cause", "follows_from_forward", "follows_from_layers", "match_causes"]


def follows_from_forward(name: str, is_gradient: bool) -> Cause:
    """Return the cause of a backward that is wrong because its forward is."""
    why = (
        "it is the gradient of your own forward"
        if is_gradient
        else "with a right forward's cache its formula would be right"
    )
    return Cause(
        "follows-from-forward", f"follows from {name}", f"Mend {name} first: {why}, and that forward is wrong.",
        0.95, "differentiating your forward gives your backward" if is_gradient else "equals the reference on your forward's cache",
    )  # fmt: skip


def follows_from_layers(wrong: Sequence[str]) -> Cause:
    """Return the cause of a network that is right on right layers."""
    names = ", ".join(wrong) or "the layers that it calls"
    return Cause(
        "follows-from-layers", f"follows from {names}",
        f"Mend {names} first: on the reference's layers this network gives the right numbers.", 0.95,
        "with the reference's layers in place of your own, every case is right",
    )  # fmt: skip


def death_cause(error: Mapping[str, Any]) -> Cause:
    """Return the cause of a process that ended."""
    message = str(error["message"])
    return Cause("died", f"the code {message}", "The process that ran the function did not survive it.", 1.0, message)


def crash_cause(error: Mapping[str, Any], learner: LearnerSource) -> Cause:
    """Return the cause of a function that stops with an exception."""
    line = int(error["line"])
    return Cause(
        "crash", f"{error['type']}: {error['message']}", "The function stops with this exception in every case that fails.", 1.0,
        f"raised in line {line}" if line else "raised at the call", line=line, quoted=learner.line(line),
    )  # fmt: skip


def keyword_cause(errors: Sequence[Mapping[str, Any]], learner: LearnerSource) -> Cause | None:
    """Return the cause where every failing case stops because a class takes no such keyword: another edition's names."""
    pattern = r"unexpected keyword argument '(\w+)'"
    found = [re.search(pattern, error["message"]) if error["type"] == "TypeError" else None for error in errors]
    names = list(dict.fromkeys(match[1] for match in found if match))
    if not names or not all(found):
        return None
    told = " and ".join(names)
    return Cause(
        "keyword-not-taken", f"takes no keyword {told}",
        f"The course makes the object with {told}; other editions name it otherwise.", 1.0,
        f"each failing case stops with: {errors[0]['message']}",
    )  # fmt: skip


def match_causes(match: Match, matches: Sequence[Match], name: str, seen: str, learner: LearnerSource) -> list[Cause]:
    """Return the causes that a match names, each with the confidence that its evidence allows."""
    outputs = ", ".join(sorted(match.explained))
    confidence, evidence = _standing(match, matches, seen, outputs)
    causes = []
    for part in match.candidate.parts:
        if isinstance(part, Variant):
            causes.append(_variant_cause(part, confidence, evidence, name, outputs, learner))
        elif part.kind == "mistake":
            causes.append(_listed_cause(part, confidence, evidence, name, outputs, learner))
    return causes


def _standing(match: Match, matches: Sequence[Match], seen: str, outputs: str) -> tuple[float, str]:
    """Return how sure a match is, and what speaks for it."""
    if len(match.candidate.parts) == 1 and match.whole:
        confidence = 0.97
    elif match.whole or (len(matches) > 1 and match.clean):
        confidence = 0.9
    else:
        confidence = 0.8 if len(matches) > 1 else 0.5
    evidence = (
        seen
        if match.whole and match.clean
        else f"explains {outputs} on every case" + (", and changes nothing else" if match.clean else "")
    )
    if not match.in_numbers:
        confidence, evidence = 0.5, "stops with the same kind of error in the same cases; no numbers to compare"
    if match.undecided:
        confidence -= 0.1 if match.undecided <= match.decided else 0.25
        evidence += f"; in {match.undecided} of them one stops with an error where the other gives wrong numbers"
    return confidence, evidence


def _listed_cause(
    known: Known, confidence: float, evidence: str, name: str, outputs: str, learner: LearnerSource
) -> Cause:
    line = learner.likely_line(name, known.edits[0][0].new, outputs)
    return Cause(
        known.id, known.title, known.explanation, confidence, evidence, known.lesson, known.nudge, known.formula, line,
        learner.line(line),
    )  # fmt: skip


def _variant_cause(
    variant: Variant, confidence: float, evidence: str, name: str, outputs: str, learner: LearnerSource
) -> Cause:
    line = learner.likely_line(name, variant.line, outputs)
    return Cause(
        f"generated-{variant.id.split('-')[0]}",
        f"equals the reference with {variant.sentence}",
        f"{name} gives the same numbers as the reference with {variant.sentence}.",
        confidence - 0.02,
        evidence,
        nudge=f"Look at how {outputs} is computed.",
        line=line,
        quoted=learner.line(line),
    )
