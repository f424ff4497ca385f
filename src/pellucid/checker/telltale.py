"""Causes that the failing cases name by themselves: wrong exactly where something else ran in between, and the like."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pellucid.checker.compare import agreement, flat_outputs
from pellucid.checker.evidence import Evidence
from pellucid.checker.packs.model import Case
from pellucid.checker.verdicts import Cause, FunctionReport

__all__ = ["TELLTALE_TAGS", "history_causes", "is_unexplained", "telltale_causes"]


class Telltale(NamedTuple):
    """What it means when only the cases of a tag fail."""

    tag: str
    id: str
    title: str
    explanation: str
    nudge: str
    confidence: float


TELLTALES = (
    Telltale(
        "two calls",
        "state-between-calls",
        "something is kept between calls",
        "Each call is right by itself; with another call in between it is not: an array, a mask or a memory is shared by calls "
        "(a buffer that is used again, a variable of the module, a default argument).",
        "Run forward A, forward B, then backward A: what did B overwrite?",
        0.9,
    ),
    Telltale(
        "not contiguous",
        "needs-contiguous",
        "right only for contiguous arrays",
        "The same numbers in another memory order (a transposed or sliced array) give another answer: strides or a flat order are "
        "taken for granted.",
        "Try np.asfortranarray(x), or x = y[:, ::2].",
        0.9,
    ),
    Telltale(
        "large",
        "small-numbers-overflow",
        "right for small sizes, wrong beyond 255 positions",
        "Every small case is right, and one with more than 255 positions is not: most likely a position or a count is kept in a "
        "small whole number (np.uint8, np.int8), which wraps round.",
        "What is the largest number that your index's type can hold?",
        0.7,
    ),
    Telltale(
        "gamma of 0",
        "divides-by-gamma",
        "gamma is divided by",
        "Only where a gamma is 0 is it wrong: something is recovered from the output by dividing by gamma. Keep it in the cache.",
        "What is (out - beta) / gamma where gamma is 0?",
        0.8,
    ),
    Telltale(
        "far from 0",
        "cancellation",
        "digits are lost where the values lie far from 0",
        "Only where the mean is large against the spread is it wrong: the variance as mean(x^2) - mean(x)^2 subtracts two numbers "
        "that agree in all but their last digits.",
        "Centre first, then square.",
        0.85,
    ),
    Telltale(
        "after scores",
        "mode-not-set-back",
        "training after a test pass is wrong",
        "A first training pass is right, one that follows a test pass is not: a mode that was set for scoring stays.",
        "Call loss(X), then loss(X, y): which mode do the layers have?",
        0.85,
    ),
    Telltale(
        "exact zeros",
        "zero-taken-for-a-mark",
        "an input of 0 is taken for something that was dropped",
        "Only where inputs are exactly 0 is it wrong: that an output is 0 does not say why.",
        "Does out == 0 mean that it was dropped, or that x was 0?",
        0.7,
    ),
)  # fmt: skip
HAVE_A_TWIN = ("two calls", "not contiguous")
TELLTALE_TAGS = frozenset(telltale.tag for telltale in TELLTALES)


def telltale_causes(evidence: Evidence, *, alone: bool = True) -> list[Cause]:
    """Return the cause that the failing cases name: alone, or beside another mistake that fails elsewhere.

    Beside another, only what has a plain twin is named (the first case in ordinary order, once), and only if the twin is right.
    """
    failing = {number for number, _ in evidence.failing}
    plain = next((n for n, case in enumerate(evidence.cases) if not case.tags & TELLTALE_TAGS), None)
    causes: list[Cause] = []
    if not alone and (plain is None or plain in failing):
        return causes
    for telltale in TELLTALES:
        tagged = {n for n, case in enumerate(evidence.cases) if telltale.tag in case.tags}
        bad = failing & tagged
        if not bad or (failing != bad if alone else telltale.tag not in HAVE_A_TWIN):
            continue
        certain = telltale.confidence if bad == tagged and alone else telltale.confidence - 0.2
        names = ", ".join(evidence.cases[n].name for n in sorted(bad))
        rest = len(evidence.cases) - len(failing)
        causes.append(
            Cause(
                telltale.id, telltale.title, telltale.explanation, round(certain, 2),
                f"wrong in: {names}; right in the other {rest} cases" if alone else f"wrong in: {names}",
                nudge=telltale.nudge,
            )
        )  # fmt: skip
    return causes


def is_unexplained(report: FunctionReport) -> bool:
    """Say whether a wrong function has no cause that is all but certain."""
    return report.verdict == "wrong" and max((cause.confidence for cause in report.causes), default=0.0) < 0.9


def history_causes(
    cases: Sequence[Case], results: Mapping[int, Mapping[str, Any]], again: Mapping[int, Mapping[str, Any]]
) -> list[Cause]:
    """Compare two runs of the same cases in opposite orders: where they differ, the function remembers something."""
    differ = [
        case.name
        for number, case in enumerate(cases)
        if "outputs" in results[number]
        and "outputs" in again.get(number, {})
        and not all(
            agreement(flat_outputs(again[number]["outputs"]).get(name), value, 1e-9).ok
            for name, value in flat_outputs(results[number]["outputs"]).items()
        )
    ]
    if not differ:
        return []
    telltale = TELLTALES[0]
    evidence = f"with the cases in the opposite order, the same inputs give another answer in: {', '.join(differ[:4])}"
    return [Cause(telltale.id, telltale.title, telltale.explanation, 0.95, evidence, nudge=telltale.nudge)]
