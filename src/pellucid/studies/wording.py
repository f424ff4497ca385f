"""Findings in words: an effect below 0 is stated in the other direction, and a verdict says what it was measured against."""

import re
from dataclasses import replace
from typing import NamedTuple

from pellucid.studies.statistics import FAILS, HOLDS, Effect, Finding

__all__ = ["Wording", "conclusion", "finding_line", "number", "wording_of"]

# What a statement says of an effect above 0, and what it has to say of one below 0. The first that is found counts.
OPPOSITES = {
    "closer together": "further apart",
    "over fewer powers": "over more powers",
    "falls further": "falls less far",
    "higher": "lower",
    "larger": "smaller",
    "faster": "slower",
    "better": "worse",
    "more": "less",
    "rises": "falls",
    "raises": "lowers",
    "grows": "shrinks",
    "grow": "shrink",
    "closes": "widens",
}


class Wording(NamedTuple):
    """The parts of a sentence on a finding: STATEMENT SIZE (INTERVAL); REQUIRED."""

    statement: str
    size: str  # with its unit
    effect: Effect  # in the direction of the statement
    required: str


def wording_of(finding: Finding) -> Wording:
    """State a finding in the direction in which its effect points."""
    effect, statement = finding.effect, finding.statement
    required = f"at least {number(finding.matters)}"
    if finding.kind == "within":
        required = f"within ±{number(finding.matters)}"
    elif effect.estimate < 0 and (turned := _turned(statement)) != statement:
        statement = turned
        effect = replace(effect, estimate=-effect.estimate, low=-effect.high, high=-effect.low)
        required = f"{required} in the other direction"
    return Wording(statement, f"{number(effect.estimate)} {finding.unit}".rstrip(), effect, required)


def finding_line(finding: Finding) -> str:
    """A finding in one line."""
    statement, size, effect, required = wording_of(finding)
    return (
        f"{finding.verdict}: {statement} {size}; interval {effect.interval}, {effect.seeds} seeds; required: {required}"
    )


def conclusion(finding: Finding) -> str:
    """A finding as a sentence that says why it has its verdict."""
    statement, size, effect, required = wording_of(finding)
    limit = number(finding.matters)
    if finding.kind == "within":
        reasons = {HOLDS: f"within the ±{limit} allowed", FAILS: f"outside the ±{limit} allowed"}
        open_reason = f"it may lie within or outside the ±{limit} allowed"
    else:
        below = required if effect is not finding.effect else f"{limit}, so it is too small to matter"
        reasons = {HOLDS: f"required: {limit}", FAILS: f"required: {below}"}
        open_reason = f"required: {limit}, which is inside the interval"
    reason = reasons.get(finding.verdict, open_reason)
    return f"{statement} {size} (interval {number(effect.low)} to {number(effect.high)}; {reason})."


def number(value: float) -> str:
    """Three significant digits, without an exponent from a thousand to a million.

    >>> number(2393.6), number(0.01234), number(-1e-5)
    ('2,394', '0.0123', '-1e-05')
    """
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"


def _turned(statement: str) -> str:
    """Replace the word that gives the direction by its opposite."""
    for word, opposite in OPPOSITES.items():
        turned, count = re.subn(rf"\b{word}\b", opposite, statement, count=1)
        if count:
            return turned
    return statement
