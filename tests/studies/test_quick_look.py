"""A quick run beside the stored full one: it never teaches the opposite, and says what it cannot decide."""

from dataclasses import replace

import pytest

from pellucid.studies import quick_look
from pellucid.studies.catalogue import STUDIES
from pellucid.studies.quick_look import beside_the_full_run, cannot_decide, reductions
from pellucid.studies.results import findings_of, measured
from pellucid.studies.statistics import Finding, effect_of, seeds_needed
from pellucid.studies.wording import conclusion

ABOUT = {"seeds": 3, "data": "digits"}
of_every_study = pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)


def reversed_findings(study):
    """The full run's findings with every effect the other way round, as small sizes may give it."""
    full = findings_of(measured(study))
    return [
        replace(each, effect=replace(effect_of([-each.effect.estimate] * 3), level=each.effect.level)) for each in full
    ]


@of_every_study
def test_an_effect_that_points_the_other_way_is_said_to(study):
    full = findings_of(measured(study))
    for each, line in zip(full, beside_the_full_run(study, reversed_findings(study)), strict=True):
        assert line.full == conclusion(each)
        if each.kind == "at least" and each.effect.estimate != 0:
            assert "in the opposite direction" in line.quick
            clear = each.effect.low > 0 or each.effect.high < 0
            assert ("the full result counts" in line.quick) == clear
        assert each.statement not in line.quick  # a number, never a sentence of its own


@of_every_study
def test_an_effect_of_the_same_sign_is_said_to_agree(study):
    full = findings_of(measured(study))
    for each, line in zip(full, beside_the_full_run(study, full), strict=True):
        if each.kind == "at least" and each.effect.estimate != 0:
            assert line.quick.endswith("in the same direction")


@of_every_study
def test_statements_that_only_the_full_run_tests_are_shown_too(study):
    full = findings_of(measured(study))
    shown = beside_the_full_run(study, full[1:])
    assert [line.quick for line in shown].count("not tried by a quick run") == full[0].decides


@of_every_study
def test_what_a_quick_run_cannot_decide_is_said_of_every_study(study):
    words = cannot_decide(study, ABOUT, findings_of(measured(study)))
    assert "3 seeds give no interval" in words
    assert "its data are digits, not cifar10" in words
    assert reductions(study), "a quick grid that is the full one needs no warning"
    assert all(each in words for each in reductions(study))


def test_a_study_without_a_stored_result_has_only_its_own_numbers(monkeypatch):
    monkeypatch.setattr(quick_look, "measured", lambda study: None)
    study = STUDIES["depth"]
    ((full, quick),) = beside_the_full_run(study, [Finding("it is larger by", "", 0.1, effect_of([0.5, 0.7]))])
    assert full == "it is larger by ...: not part of the full run"
    assert quick == "0.6"
    assert "its data" not in cannot_decide(study, ABOUT, [])


def test_the_seeds_that_an_interval_takes():
    for level in (0.9, 0.95, 0.975, 0.99):
        seeds = seeds_needed(level)
        comparisons = 0.05 / (1 - level)
        assert effect_of(range(seeds), comparisons).low > -float("inf")
        assert effect_of(range(seeds - 1), comparisons).low == -float("inf")
