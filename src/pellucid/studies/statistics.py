"""Effects and verdicts: one number per seed, a distribution-free interval, and a rule that was fixed beforehand.

A study reduces each seed (its whole grid) to one number, the effect in that seed. Over the seeds,

    estimate   Hodges-Lehmann: the median of the means of all pairs (each number paired with itself too)
    interval   from the exact distribution of Wilcoxon's signed ranks; it holds for any symmetric distribution and
    any number of seeds

With m comparisons the level is 1 - 0.05 / m for each (Bonferroni). With too few seeds the interval is unbounded:
they decide nothing.
Sources: Wilcoxon 1945; Hodges & Lehmann 1963; Hollander & Wolfe 1999, section 3.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

__all__ = [
    "FAILS",
    "HOLDS",
    "UNDECIDED",
    "Effect",
    "Finding",
    "effect_of",
    "overall",
    "seeds_needed",
    "signed_rank_distribution",
]

HOLDS, FAILS, UNDECIDED = "holds", "does not hold", "undecided"


@dataclass(frozen=True)
class Effect:
    """An estimate with its interval."""

    estimate: float
    low: float
    high: float
    seeds: int
    level: float  # of the interval

    @property
    def interval(self) -> str:
        """The interval in words."""
        if not (math.isfinite(self.low) or math.isfinite(self.high)):
            return f"none (too few seeds for one of {self.level:.1%})"
        return f"{self.low:.3g} to {self.high:.3g} ({self.level:.1%})"


@dataclass(frozen=True)
class Finding:
    """One statement, tested.

    kind "at least": the effect is `matters` or more; "within": it is smaller than `matters` either way.
    """

    statement: str
    unit: str
    matters: float  # the smallest effect that would matter, fixed before the run
    effect: Effect
    kind: str = "at least"
    decides: bool = True  # whether the study's verdict depends on it; otherwise it is only reported

    @property
    def verdict(self) -> str:
        """`holds` or `does not hold` where the whole interval lies on one side of what matters, else `undecided`."""
        # A share such as 0.4 - 0.3 must not fall short of 0.1 by its last bit.
        rounding = 1e-9 * self.matters
        low, high = self.effect.low + rounding, self.effect.high
        if self.kind == "within":
            if -self.matters < self.effect.low and high < self.matters:
                return HOLDS
            return FAILS if low >= self.matters or high - rounding <= -self.matters else UNDECIDED
        if low >= self.matters:
            return HOLDS
        return FAILS if high + rounding < self.matters else UNDECIDED


def overall(findings: Sequence[Finding]) -> str:
    """The verdict on a claim: it holds where all its parts hold, fails where one fails, is undecided otherwise."""
    verdicts = [finding.verdict for finding in findings if finding.decides]
    if not verdicts:
        return UNDECIDED
    if FAILS in verdicts:
        return FAILS
    return HOLDS if all(verdict == HOLDS for verdict in verdicts) else UNDECIDED


def effect_of(values: Sequence[float], comparisons: int = 1) -> Effect:
    """Return estimate and interval of one number per seed. Raises ValueError for a number that is not finite.

    >>> effect_of([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).estimate
    3.5
    """
    numbers = np.asarray(values, dtype=np.float64)
    level = 1 - 0.05 / comparisons
    if numbers.size == 0:
        return Effect(math.nan, -math.inf, math.inf, 0, level)
    if not np.isfinite(numbers).all():
        raise ValueError(f"effect_of: every seed must give a finite number; got {numbers}")
    upper = np.triu_indices(numbers.size)
    averages = np.sort(((numbers[:, None] + numbers[None, :]) / 2)[upper])  # Walsh averages
    estimate = float(np.median(averages))
    cut = _cut(numbers.size, 0.05 / comparisons)
    if cut == 0:
        return Effect(estimate, -math.inf, math.inf, numbers.size, level)
    return Effect(estimate, float(averages[cut - 1]), float(averages[-cut]), numbers.size, level)


def signed_rank_distribution(seeds: int) -> np.ndarray:
    """Return P(W = w) for w = 0 .. n (n + 1) / 2: the sum of those ranks 1..n whose sign is positive, each with probability 1/2.

    >>> signed_rank_distribution(2).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    probabilities = np.ones(1)
    for rank in range(1, seeds + 1):
        longer = np.zeros(probabilities.size + rank)
        longer[: probabilities.size] += probabilities / 2
        longer[rank:] += probabilities / 2
        probabilities = longer
    return probabilities


def seeds_needed(level: float) -> int:
    """Return the smallest number of seeds that gives an interval of this level.

    >>> seeds_needed(0.95), seeds_needed(0.975)
    (6, 7)
    """
    return next(seeds for seeds in count(1) if _cut(seeds, 1 - level) > 0)


def _cut(seeds: int, error: float) -> int:
    """The largest c with P(W < c) <= error / 2: the interval runs from the c-th smallest to the c-th largest average."""
    below = np.cumsum(signed_rank_distribution(seeds))
    return int(np.searchsorted(below, error / 2 * (1 + 1e-12), side="right"))
