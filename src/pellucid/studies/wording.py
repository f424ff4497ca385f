"""Findings in words: an effect below 0 is stated in the other direction, and a verdict says what the interval means."""

import math
import re
from dataclasses import replace
from typing import NamedTuple

from pellucid.studies.statistics import FAILS, HOLDS, Effect, Finding

__all__ = ["Wording", "conclusion", "finding_line", "meaning", "number", "wording_of"]

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
    """A finding in one line, its verdict first."""
    return f"{finding.verdict}: {conclusion(finding)}"


def conclusion(finding: Finding) -> str:
    """A finding as a sentence: the effect, its interval, and what that means for the statement."""
    statement, size, effect, _ = wording_of(finding)
    if not _bounded(effect):
        return f"{statement} {size} (no interval: {effect.seeds} seeds are too few)."
    interval = f"{100 * effect.level:.3g}% interval"
    return f"{statement} {size} ({interval} {number(effect.low)} to {number(effect.high)}): {meaning(finding)}."


def meaning(finding: Finding) -> str:
    """Say what an interval means for its statement: whether there is an effect, and whether it is one that matters."""
    limit, low, high = number(finding.matters), finding.effect.low, finding.effect.high
    if not _bounded(finding.effect):
        return "too few seeds to say anything"
    if finding.kind == "within":
        return _meaning_within(finding.verdict, limit, excludes_zero=low > 0 or high < 0)
    if finding.verdict == HOLDS:
        return f"all of it reaches the required {limit}"
    if finding.verdict == FAILS:
        if high < 0:
            return "the opposite of what was expected"
        if low > 0:
            return f"an effect, but less than the required {limit}"
        return f"no clear effect in either direction, and not the required {limit}"
    if low > 0:
        return f"an effect; whether it reaches the required {limit} is open"
    return f"it may be nothing, or {limit}"


def _meaning_within(verdict: str, limit: str, *, excludes_zero: bool) -> str:
    """What the interval of a difference means that is claimed not to matter."""
    if verdict == HOLDS:
        return f"no difference that matters: the interval is within ±{limit}"
    if verdict == FAILS:
        return f"a difference that matters: the interval is beyond ±{limit}"
    if excludes_zero:
        return f"a difference; whether it exceeds {limit} is open"
    return f"it may be nothing, or more than {limit}"


def _bounded(effect: Effect) -> bool:
    return math.isfinite(effect.low) and math.isfinite(effect.high)


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
