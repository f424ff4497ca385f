"""Telltales: causes that the failing cases name by themselves, such as being wrong only if another call came in between."""

from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.checker.asking.cases import Case
from pellucid.checker.asking.pack import PackFunction, Telltale
from pellucid.checker.judging.compare import agreement
from pellucid.checker.judging.evidence import Evidence
from pellucid.checker.judging.verdicts import Cause, FunctionReport
from pellucid.checker.running.trusted import flat_outputs

__all__ = ["history_causes", "is_unexplained", "telltale_causes", "telltale_tags"]

STATE_BETWEEN_CALLS = Telltale(
    "two calls",
    "state-between-calls",
    "state leaks from one call to the next",
    "Each call is correct by itself, but not with another call in between: calls share an array, a mask or a cache "
    "(a reused buffer, a module variable, a default argument).",
    "Run forward A, forward B, then backward A: what did B overwrite?",
    0.9,
    "IN101",
)
TELLTALES = (
    STATE_BETWEEN_CALLS,
    Telltale(
        "not contiguous",
        "needs-contiguous",
        "correct only for contiguous arrays",
        "The same numbers in another memory order (a transposed or sliced array) give a different answer: the code relies on "
        "strides or on a flat order.",
        "Try np.asfortranarray(x), or x = y[:, ::2].",
        0.9,
        "IN102",
    ),
    Telltale(
        "large",
        "small-numbers-overflow",
        "correct for small sizes, wrong beyond 255 positions",
        "Every small case is correct, and one with more than 255 positions is not: most likely a position or a count is stored "
        "in a small integer type (np.uint8, np.int8), which wraps around.",
        "What is the largest number that the type of your index can represent?",
        0.7,
        "IN103",
    ),
    Telltale(
        "far from 0",
        "cancellation",
        "precision is lost for values far from 0",
        "It is wrong only where the mean is large compared with the spread: the variance as mean(x^2) - mean(x)^2 subtracts two "
        "numbers that agree in all but their last digits.",
        "Center first, then square.",
        0.85,
        "IN104",
    ),
    Telltale(
        "exact zeros",
        "zero-taken-for-a-mark",
        "0 is used as a marker",
        "It is wrong only where inputs are exactly 0: an output of 0 does not say why it is 0 (dropped, or 0 to begin with).",
        "Does out == 0 mean that an entry was dropped, or that x was 0?",
        0.7,
        "IN105",
    ),
)
HAVE_A_TWIN = ("two calls", "not contiguous")


def telltales_of(function: PackFunction) -> tuple[Telltale, ...]:
    """Return the telltales of a function: the general ones and those that its pack declares."""
    return (*TELLTALES, *function.telltales)


def telltale_tags(function: PackFunction) -> frozenset[str]:
    """Return the tags of cases whose failing alone names a cause."""
    return frozenset(telltale.tag for telltale in telltales_of(function))


def telltale_causes(evidence: Evidence, function: PackFunction, *, alone: bool = True) -> list[Cause]:
    """Return the cause that the failing cases name: alone, or besides another mistake that fails elsewhere.

    Besides another, only a tag with a plain twin counts (the first case in ordinary order, once), and only if the twin is correct.
    """
    failing = set(evidence.failing_cases())
    tags = telltale_tags(function)
    plain = next((n for n, case in enumerate(evidence.cases) if not case.tags & tags), None)
    causes: list[Cause] = []
    if not alone and (plain is None or plain in failing):
        return causes
    for telltale in telltales_of(function):
        tagged = {n for n, case in enumerate(evidence.cases) if telltale.tag in case.tags}
        explained = failing & tagged
        if not explained or (failing != explained if alone else telltale.tag not in HAVE_A_TWIN):
            continue
        confidence = telltale.confidence - (0.0 if explained == tagged and alone else 0.2)
        names = ", ".join(evidence.cases[n].name for n in sorted(explained))
        others = len(evidence.cases) - len(failing)
        found = f"wrong in: {names}; correct in the other {others} cases" if alone else f"wrong in: {names}"
        causes.append(_cause(telltale, round(confidence, 2), found))
    return causes


def is_unexplained(report: FunctionReport) -> bool:
    """Say whether a wrong function has no cause that is almost certain."""
    return report.verdict == "wrong" and max((cause.confidence for cause in report.causes), default=0.0) < 0.9


def history_causes(
    cases: Sequence[Case], answers: Mapping[int, Mapping[str, Any]], reverse: Mapping[int, Mapping[str, Any]]
) -> list[Cause]:
    """Compare two runs of the same cases in opposite orders: where they differ, the function remembers something."""
    differ = [
        case.name
        for number, case in enumerate(cases)
        if "outputs" in answers[number]
        and "outputs" in reverse.get(number, {})
        and not _same_outputs(answers[number]["outputs"], reverse[number]["outputs"])
    ]
    if not differ:
        return []
    found = f"with the cases in the opposite order, the same inputs give another answer in: {', '.join(differ[:4])}"
    return [_cause(STATE_BETWEEN_CALLS, 0.95, found)]


def _same_outputs(outputs: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    flat = flat_outputs(others)
    return all(agreement(flat.get(name), value, 1e-9).ok for name, value in flat_outputs(outputs).items())


def _cause(telltale: Telltale, confidence: float, evidence: str) -> Cause:
    return Cause(
        telltale.id, telltale.title, telltale.explanation, confidence, evidence, nudge=telltale.nudge, code=telltale.code
    )  # fmt: skip
