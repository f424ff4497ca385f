"""Findings in words: effects below 0 are turned round, and a verdict says what it was measured against."""

import json

import pytest

from pellucid.studies.results import findings_of
from pellucid.studies.statistics import Effect, Finding
from pellucid.studies.wording import conclusion, finding_line, wording_of


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
        (0.02, 0.03, "at least", "; required: 0.01)"),
        (0.001, 0.003, "at least", "; required: 0.01, so it is too small to matter)"),
        (-0.03, -0.02, "at least", "; required: at least 0.01 in the other direction)"),
        (0.001, 0.03, "at least", "; required: 0.01, which is inside the interval)"),
        (0.001, 0.003, "within", "; within the ±0.01 allowed)"),
        (0.005, 0.03, "within", "; it may lie within or outside the ±0.01 allowed)"),
        (0.02, 0.03, "within", "; outside the ±0.01 allowed)"),
    ],
)
def test_a_conclusion_says_why_it_has_its_verdict(low, high, kind, reason):
    assert reason in conclusion(finding("accuracy is higher by", low, high, kind=kind))


def test_no_measured_finding_is_higher_by_a_negative_number(request):
    below = 0
    for path in (request.config.rootpath / "src" / "pellucid" / "studies" / "measured").glob("*.json"):
        for each in findings_of(json.loads(path.read_text())):
            if each.kind == "at least":
                below += each.effect.estimate < 0
                assert wording_of(each).effect.estimate >= 0, each.statement
                assert " by -" not in finding_line(each)
    assert below >= 4  # there are some to turn round
