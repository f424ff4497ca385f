"""Put a cause into words: a variant that matches, a crash, a wrong forward."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.checker.asking.named import meaning_of
from pellucid.checker.asking.pack import Known
from pellucid.checker.judging.verdicts import OF_ID, Cause, in_words
from pellucid.checker.reading.learner_source import LearnerSource
from pellucid.checker.searching.trial import Match
from pellucid.checker.searching.variants import Variant

__all__ = [
    "crash_cause",
    "death_cause",
    "follows_from_forward",
    "follows_from_layers",
    "follows_from_parts",
    "keyword_cause",
    "load_cause",
    "match_causes",
]


def follows_from_forward(name: str, is_gradient: bool) -> Cause:
    """Return the cause of a backward that is wrong only because its forward is."""
    why, evidence = (
        ("it is the gradient of your own forward", "differentiating your forward gives your backward")
        if is_gradient
        else ("with a correct forward's cache it would be correct", "equals the reference on your forward's cache")
    )
    explanation = f"Fix {name} first: {why}, and that forward is wrong."
    return Cause("follows-from-forward", f"follows from {name}", explanation, 0.95, evidence)


def follows_from_layers(wrong: Sequence[str]) -> Cause:
    """Return the cause of a network that is correct on correct layers."""
    names = ", ".join(wrong) or "the layers that it calls"
    explanation = f"Fix {names} first: on the reference's layers this network gives the correct numbers."
    evidence = "with the reference's layers in place of your own, every case is correct"
    return Cause("follows-from-layers", f"follows from {names}", explanation, 0.95, evidence)


def follows_from_parts(wrong: Sequence[str]) -> Cause:
    """Return the cause of a function that is correct except for the wrong functions that it is made of."""
    names = ", ".join(wrong)
    explanation = f"Fix {names} first: everything else in this function is correct."
    evidence = f"equals the reference with your own {names} in it, in every case"
    return Cause("follows-from-layers", f"follows from {names}", explanation, 0.95, evidence)


def load_cause(error: Mapping[str, Any] | None, death: str, files: Mapping[str, str], starved: str = "") -> Cause:
    """Return the cause of a file that cannot be loaded: its exception, or how the worker died. starved: on a busy machine."""
    if starved and not error:
        return _not_in_time(f"the file {death}", starved)
    reason = in_words(error) if error else death or "the worker did not start"
    line = int(error["line"]) if error else 0
    lines = files.get(str(error["file"]), "").splitlines() if error else []
    quoted = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    evidence = f"raised in line {line} of {error['file']}" if error and line else "raised while the file was loaded"
    explanation = "Nothing in the file can run before this is fixed."
    title = f"the file cannot be loaded: {reason}"
    return Cause("file-does-not-load", title, explanation, 1.0, evidence, line=line, quoted=quoted)


def death_cause(error: Mapping[str, Any], case: str) -> Cause:
    """Return the cause of a process that ended."""
    if starved := str(error.get("starved", "")):
        return _not_in_time(f"the code {error['message']}", f"{starved}, in the case {case}")
    explanation = "The process that ran the function was ended."
    return Cause("died", f"the code {error['message']}", explanation, 1.0, f"the process ended in the case {case}")


def _not_in_time(what: str, evidence: str) -> Cause:
    """Return the cause of a process that ran out of time on a busy machine, which says little about the code."""
    explanation = "The code may be correct: check it again when the machine is less busy, or with a longer --timeout."
    return Cause("not-in-time", f"could not be judged in time: {what}", explanation, 0.5, evidence)


def crash_cause(error: Mapping[str, Any], learner: LearnerSource) -> Cause:
    """Return the cause of a function that raises an exception."""
    line = int(error["line"])
    title, explanation = in_words(error), "The function raises this exception in every case that fails."
    meaning = meaning_of(f"{error['type']}: {error['message']}")
    code = meaning.code if meaning else OF_ID
    explanation += f" {meaning.explanation}" if meaning else ""
    evidence = f"raised in line {line}" if line else "raised at the call"
    return Cause("crash", title, explanation, 1.0, evidence, line=line, quoted=learner.line(line), code=code)


def keyword_cause(errors: Sequence[Mapping[str, Any]]) -> Cause | None:
    """Return the cause where every failing case stops because a class lacks a keyword: another edition's names."""
    pattern = r"unexpected keyword argument '(\w+)'"
    found = [re.search(pattern, error["message"]) if error["type"] == "TypeError" else None for error in errors]
    names = list(dict.fromkeys(match[1] for match in found if match))
    if not names or not all(found):
        return None
    keywords = " and ".join(names)
    explanation = f"The course makes the object with {keywords}; other editions use other names."
    evidence = f"each failing case raises: {in_words(errors[0])}"
    return Cause("keyword-not-taken", f"takes no keyword {keywords}", explanation, 1.0, evidence)


def match_causes(
    match: Match, matches: Sequence[Match], name: str, all_agree: str, learner: LearnerSource
) -> list[Cause]:
    """Return the causes that a match names, each with the confidence that its evidence supports."""
    outputs = ", ".join(sorted(match.explained))
    confidence, evidence = _confidence(match, matches, all_agree, outputs)
    causes = []
    for part in match.candidate.parts:
        if isinstance(part, Variant):
            causes.append(_variant_cause(part, confidence, evidence, name, outputs, learner))
        elif part.kind == "mistake":
            causes.append(_listed_cause(part, confidence, evidence, name, outputs, learner))
    return causes


def _confidence(match: Match, matches: Sequence[Match], all_agree: str, outputs: str) -> tuple[float, str]:
    """Return how certain a match is, and the evidence for it."""
    if len(match.candidate.parts) == 1 and match.whole:
        confidence = 0.97
    elif match.whole or (len(matches) > 1 and match.clean):
        confidence = 0.9
    else:
        confidence = 0.8 if len(matches) > 1 else 0.5
    evidence = (
        all_agree
        if match.whole and match.clean
        else f"explains {outputs} in every case" + (", and changes nothing else" if match.clean else "")
    )
    if not match.in_numbers:
        confidence, evidence = 0.5, "raises the same kind of error in the same cases; there are no numbers to compare"
    if match.undecided:
        confidence -= 0.1 if match.undecided <= match.decided else 0.25
        evidence += f"; in {match.undecided} of them one raises an error where the other gives wrong numbers"
    return confidence, evidence


def _listed_cause(
    known: Known, confidence: float, evidence: str, name: str, outputs: str, learner: LearnerSource
) -> Cause:
    line = learner.likely_line(name, known.edits[0][0].new, outputs)
    return Cause(
        known.id, known.title, known.explanation, confidence, evidence, known.lesson, known.nudge, known.formula, line,
        learner.line(line), code=known.code,
    )  # fmt: skip


def _variant_cause(
    variant: Variant, confidence: float, evidence: str, name: str, outputs: str, learner: LearnerSource
) -> Cause:
    line = learner.likely_line(name, variant.line, outputs)
    return Cause(
        f"generated-{variant.id.rsplit('-', 2)[0]}",
        f"equals the reference with {variant.sentence}",
        f"{name} gives the same numbers as the reference with {variant.sentence}.",
        confidence - 0.02,
        evidence,
        nudge=f"Look at how {outputs} is computed.",
        line=line,
        quoted=learner.line(line),
    )
