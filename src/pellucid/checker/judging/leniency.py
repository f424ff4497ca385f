"""What is remarked and not called wrong: a refusal in words of shapes that do not tile, digits lost far from 0."""

from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.checker.asking.cases import Case
from pellucid.checker.judging.compare import agreement
from pellucid.checker.judging.evidence import Evidence, answer_in
from pellucid.checker.judging.verdicts import LONGEST_MESSAGE, Hazard, on_one_line
from pellucid.checker.reading.learner_source import LearnerSource

__all__ = ["is_refusal", "lost_digits", "refusals"]

Answers = Sequence[tuple[Case, Mapping[str, Any]]]
DOES_NOT_TILE, FAR_FROM_0 = "rest", "far from 0"
FEW_DIGITS = 0.05  # of the largest value: an error above it is no lost digit


def is_refusal(case: Case, received: Mapping[str, Any], learner: LearnerSource) -> bool:
    """Say whether a function's own `assert` or `raise` refused shapes that the windows do not tile."""
    error = received.get("error")
    if error is None or DOES_NOT_TILE not in case.tags or error["type"] not in ("AssertionError", "ValueError"):
        return False
    return learner.line(int(error["line"] or 0)).startswith(("assert", "raise"))


def refusals(answers: Answers, learner: LearnerSource, forward: str) -> list[Hazard]:
    """Return one remark on the shapes that a function refuses; what a backward's forward refuses is the forward's."""
    refused = [(case, received["error"]) for case, received in answers if is_refusal(case, received, learner)]
    own = [(case, error) for case, error in refused if not (forward and error.get("entered") == forward)]
    if not own:
        return []
    case, error = own[0]
    message = on_one_line(str(error["message"]))[:LONGEST_MESSAGE]
    words = f": {message}" if message else ""
    return [Hazard("refuses-shapes", f"refuses shapes that the windows do not tile ({case.name}){words}")]


def lost_digits(evidence: Evidence) -> list[Hazard]:
    """Return the hazard of a function that is wrong only far from 0, and there by few digits; those failures are dropped.

    The variance as mean(x^2) - mean(x)^2 is correct in exact arithmetic: it loses digits where the mean is large.
    """
    failing = evidence.failing_cases()
    if not failing or any(FAR_FROM_0 not in evidence.cases[number].tags for number in failing):
        return []
    errors = [_error(evidence, number, output) for number, output in evidence.failing]
    if max(errors) > FEW_DIGITS:
        return []
    names = ", ".join(evidence.cases[number].name for number in failing)
    evidence.failing = []
    return [
        Hazard(
            "cancellation",
            f"loses digits for {names}: the error is up to {max(errors):.1g} of the largest value. The variance as "
            "mean(x^2) - mean(x)^2 subtracts two numbers that agree in all but their last digits: center first, then square",
        )
    ]


def _error(evidence: Evidence, number: int, output: str) -> float:
    received = evidence.received[number]
    if "error" in received:
        return float("inf")
    case, expected = evidence.cases[number], evidence.expected[number]["outputs"][output]
    return agreement(answer_in(received, output), expected, case.tolerance, floor=case.floor(output)).error
