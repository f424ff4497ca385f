"""Intervals cover what they promise, verdicts follow the rule, tables reduce seeds honestly."""

import itertools
import math

import numpy as np
import pytest

from pellucid.studies.statistics import Effect, Finding, effect_of, overall, signed_rank_distribution
from pellucid.studies.study import key_of
from pellucid.studies.table import Row, Table


def test_the_distribution_of_signed_ranks_is_that_of_all_sign_patterns():
    counts = np.zeros(16)
    for signs in itertools.product((0, 1), repeat=5):
        counts[sum(rank for rank, sign in zip(range(1, 6), signs, strict=True) if sign)] += 1 / 32
    assert np.allclose(signed_rank_distribution(5), counts)


def test_ten_seeds_use_the_ninth_average():
    """The tabled critical value: P(W <= 8) = 0.0244 for 10 seeds, so the interval runs from the 9th smallest average."""
    values = np.random.default_rng(0).standard_normal(10)
    averages = sorted((a + b) / 2 for i, a in enumerate(values) for b in values[i:])
    effect = effect_of(values)
    assert (effect.low, effect.high) == pytest.approx((averages[8], averages[-9]))
    assert effect.estimate == pytest.approx(np.median(averages))


@pytest.mark.parametrize("comparisons", [1, 4])
def test_the_interval_covers_as_often_as_it_says(comparisons):
    rng = np.random.default_rng(1)
    draws = rng.laplace(3.0, 1.0, (2000, 10))
    covered = np.mean([e.low <= 3.0 <= e.high for e in (effect_of(row, comparisons) for row in draws)])
    assert 1 - 0.05 / comparisons - 0.012 <= covered
    assert covered < 1


def test_too_few_seeds_decide_nothing():
    effect = effect_of([1.0, 1.0, 1.0])
    assert (effect.low, effect.high) == (-math.inf, math.inf)
    assert effect.interval.startswith("none (too few seeds")
    assert Finding("s", "", 0.1, effect).verdict == "undecided"
    assert Finding("s", "", 0.1, effect_of([])).verdict == "undecided"


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="finite"):
        effect_of([1.0, math.nan])


@pytest.mark.parametrize(
    ("kind", "low", "high", "verdict"),
    [
        ("at least", 0.2, 0.4, "holds"),
        ("at least", 0.1, 0.4, "holds"),
        ("at least", 0.4 - 0.3, 0.4, "holds"),  # 0.09999999999999998
        ("at least", 0.05, 0.4, "undecided"),
        ("at least", 0.01, 0.09, "does not hold"),
        ("at least", -0.4, -0.2, "does not hold"),
        ("within", -0.05, 0.05, "holds"),
        ("within", -0.05, 0.15, "undecided"),
        ("within", 0.15, 0.2, "does not hold"),
        ("within", -0.3, -0.15, "does not hold"),
    ],
)
def test_verdicts_follow_the_rule(kind, low, high, verdict):
    assert Finding("s", "", 0.1, Effect(0.0, low, high, 10, 0.95), kind=kind).verdict == verdict


def test_a_claim_holds_only_where_all_its_parts_do():
    holds, fails, open_ = (Finding("s", "", 0.1, Effect(0, *i, 10, 0.95)) for i in ((0.2, 0.3), (0, 0.05), (0, 0.3)))
    also = Finding("s", "", 0.1, Effect(0, 0, 0.05, 10, 0.95), decides=False)
    assert overall([holds, holds, also]) == "holds"
    assert overall([holds, open_]) == "undecided"
    assert overall([holds, open_, fails]) == "does not hold"
    assert overall([also]) == "undecided"


def test_a_seed_with_missing_rows_is_left_out():
    rows = [Row({"seed": s, "a": a}, {"v": s + a}) for s in range(3) for a in range(2)]
    assert Table(rows).by_seed(lambda t: t.mean("v")) == [0.5, 1.5, 2.5]
    assert Table(rows[:-1]).by_seed(lambda t: t.mean("v")) == [0.5, 1.5]
    assert Table(rows).where(a=1).settings("seed") == [0, 1, 2]
    assert len(Table(rows).where(seed=lambda s: s > 0)) == 4


def test_the_key_depends_on_every_setting():
    base = {"study": "s", "seed": 0, "scale": 1e-4, "data": "abc", "version": 1}
    keys = {key_of(base)} | {key_of(base | {name: "other"}) for name in base} | {key_of(base | {"new": 1})}
    assert len(keys) == len(base) + 2
