"""Findings in words: effects below 0 are turned round, and a verdict says what it was measured against."""

import json

import pytest

from pellucid.studies.catalogue import STUDIES
from pellucid.studies.results import answer_to, findings_of, measured
from pellucid.studies.statistics import FAILS, Effect, Finding, effect_of
from pellucid.studies.wording import conclusion, finding_line, meaning, wording_of


def finding(statement, low, high, *, matters=0.01, kind="at least"):
    return Finding(statement, "", matters, Effect((low + high) / 2, low, high, 10, 0.95), kind=kind)


@pytest.mark.parametrize(
    ("statement", "turned"),
    [
        ("Adam's accuracy is higher than adagrad's by", "Adam's accuracy is lower than adagrad's by"),
        ("keep 0.5 raises validation accuracy by", "keep 0.5 lowers validation accuracy by"),
        ("the gradients lie closer together by", "the gradients lie further apart by"),
        ("its loss falls further than the broken one's by", "its loss falls less far than the broken one's by"),
    ],
)
def test_an_effect_below_0_is_stated_in_the_other_direction(statement, turned):
    worded = wording_of(finding(statement, -0.05, -0.02))
    assert worded.statement == turned
    assert worded.size == "0.035"
    assert (worded.effect.low, worded.effect.high) == (0.02, 0.05)
    assert worded.required == "at least 0.01 in the other direction"
    assert wording_of(finding(statement, 0.02, 0.05)).statement == statement


def test_an_effect_without_a_direction_is_left_as_it_is():
    assert wording_of(finding("it changes accuracy by", -0.05, -0.02, kind="within")).size == "-0.035"
    assert wording_of(finding("nothing is said by", -0.05, -0.02)).size == "-0.035"


@pytest.mark.parametrize(
    ("low", "high", "kind", "reason"),
    [
        (0.02, 0.03, "at least", "all of it reaches the required 0.01"),
        (0.001, 0.003, "at least", "an effect, but less than the required 0.01"),
        (-0.03, -0.02, "at least", "the opposite of what was expected"),
        (-0.03, 0.003, "at least", "no clear effect in either direction, and not the required 0.01"),
        (0.001, 0.03, "at least", "an effect; whether it reaches the required 0.01 is open"),
        (-0.001, 0.03, "at least", "it may be nothing, or 0.01"),
        (0.001, 0.003, "within", "no difference that matters: the interval is within ±0.01"),
        (-0.005, 0.03, "within", "it may be nothing, or more than 0.01"),
        (-0.03, -0.005, "within", "a difference; whether it exceeds 0.01 is open"),
        (0.02, 0.03, "within", "a difference that matters: the interval is beyond ±0.01"),
    ],
)
def test_a_conclusion_says_what_the_interval_means(low, high, kind, reason):
    each = finding("accuracy is higher by", low, high, kind=kind)
    assert meaning(each) == reason
    assert conclusion(each).endswith(f"): {reason}.")
    assert "95% interval" in conclusion(each)


def test_too_few_seeds_are_said():
    each = Finding("accuracy is higher by", "", 0.01, effect_of([0.1, 0.2]))
    assert conclusion(each) == "accuracy is higher by 0.15 (no interval: 2 seeds are too few)."


def stored(study):
    return findings_of(measured(study))


@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
def test_what_is_said_of_an_effect_agrees_with_its_interval(study):
    """An interval without 0 is never called no effect, and one with 0 never an effect."""
    for each in stored(study):
        words, excludes = meaning(each), each.effect.low > 0 or each.effect.high < 0
        if each.kind == "at least":
            assert any(word in words for word in ("no clear effect", "it may be nothing")) != excludes, (
                each,
                words,
            )
            assert ("opposite" in words) == (each.effect.high < 0), (each, words)
        assert finding_line(each) == f"{each.verdict}: {conclusion(each)}"


@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
def test_an_answer_counts_the_parts_and_quotes_what_its_verdict_rests_on(study):
    deciding = [each for each in stored(study) if each.decides]
    answer, verdict = answer_to(study), measured(study)["verdict"]
    assert answer.startswith(verdict.upper())
    assert (" AS A WHOLE " in answer) == (verdict == FAILS and len(deciding) > 1)
    assert any(conclusion(each)[1:] in answer for each in deciding if each.verdict == verdict)
    assert str(len(deciding)) in answer.split(study.claim)[1] or "Both parts" in answer or len(deciding) == 1


def test_no_measured_finding_is_higher_by_a_negative_number(request):
    below = 0
    for path in (request.config.rootpath / "src" / "pellucid" / "studies" / "measured").glob("*.json"):
        for each in findings_of(json.loads(path.read_text())):
            if each.kind == "at least":
                below += each.effect.estimate < 0
                assert wording_of(each).effect.estimate >= 0, each.statement
                assert " by -" not in finding_line(each)
    assert below >= 4  # there are some to turn round
