"""The pack deeplearning-ai: its references are right, its mistakes are found and named, its cases show what they are for."""

import numpy as np
import pytest

import pellucid
from pellucid.checker.asking.pack import Options
from pellucid.checker.check_function import check_function
from pellucid.checker.packs.deeplearning_ai.cases.purposes import PURPOSES, assert_purpose
from pellucid.checker.reading.learner_source import LearnerSource

from ..planting import results_with
from .files import PACK, REFERENCE, RIGHT, judgeable, judged
from .rows import ROWS

KNOWN = [
    (function, known, place)
    for function in PACK.functions
    for known in function.known
    for place in range(len(known.edits))
]
FEW = 23  # every 23rd mistake in the default run, all with `-m slow`
# What the first computes is in every case what the second computes, so the second is named as well.
SAME = {("random_mini_batches", "same-batch"): "batches-overlap"}


def report_of(function, functions, options=None, seconds=3.0):
    """The report on a variant of the reference."""
    options = options or Options()
    cases = function.cases(np.random.default_rng([0, *function.name.encode()]), options)
    return check_function(
        function, REFERENCE, cases, results_with(functions, cases), LearnerSource(), options=options, seconds=seconds
    ).report


def test_every_reference_is_right_and_asks_something():
    for function in PACK.functions:
        report = report_of(function, REFERENCE.namespace)
        assert (report.verdict, report.passed) == ("correct", report.total), function.name
        assert report.total >= 2
        assert report.own_gradient_check in ("passes", "not_applicable")
        assert len(function.known) >= 1, function.name
    assert len(PACK.functions) > 60


def planted(entries, seconds=3.0):
    """Plant mistakes; return those that are missed, and those that are named as another."""
    missed, others = [], []
    for function, known, place in entries:
        sources = REFERENCE.edited(function.name, known.edits[place])
        assert sources is not None, f"{function.name}: {known.id}, edit {place}, does not fit the reference"
        report = report_of(function, REFERENCE.with_sources(sources), seconds=seconds)
        if not report.is_bad:
            missed.append((function.name, known.id, place))
        elif not report.causes or report.causes[0].id != known.id:
            others.append((function.name, known.id, place, [cause.id for cause in report.causes]))
    return missed, others


MISTAKES = [entry for entry in KNOWN if entry[1].kind == "mistake"]


def test_a_sample_of_known_mistakes_is_found_and_named():
    assert planted([entry for entry in MISTAKES if entry[2] == 0][4::FEW], seconds=1.5) == ([], [])


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_every_known_mistake_is_found_and_named_in_all_its_forms():
    missed, others = planted(MISTAKES)
    assert missed == []
    assert others == []


def test_conventions_and_hazards_are_never_wrong():
    seen = 0
    for function, known, place in KNOWN:
        if known.kind != "mistake":
            sources = REFERENCE.edited(function.name, known.edits[place])
            # which file it is in says whether a form is accepted: here a file of nothing else
            report = report_of(
                function, REFERENCE.with_sources(sources), Options(arguments=FILES.get(known.id, {"f": []}))
            )
            assert not report.is_bad, known.id
            assert not report.causes
            seen += 1
    assert seen >= 8


FILES = {"cost-not-divided": {"random_mini_batches": ["X", "Y"]}}


def test_right_files_of_other_styles_are_right():
    seen = 0
    for path in sorted(RIGHT.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        for name in judgeable(text)[0]:
            report = judged(text, name)
            assert report.verdict in ("correct", "convention"), (path.name, name, [str(f) for f in report.failing[:3]])
            assert not report.causes
            seen += 1
    assert seen > 80


def planted_rows(rows):
    """Plant rows in right files; every one must be found. Return those that are named otherwise."""
    others = []
    for row in rows:
        text = (RIGHT / f"{row.file}.py").read_text(encoding="utf-8")
        assert row.old in text, row
        report = judged(text.replace(row.old, row.new), row.function, seconds=3.0)
        assert report.is_bad, row
        if not report.causes or report.causes[0].id != row.named:
            others.append((row, [cause.id for cause in report.causes]))
    return others


def test_a_sample_of_mistakes_in_other_styles_is_found_and_named():
    assert planted_rows(ROWS[1::8]) == []


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_mistakes_in_other_styles_are_found_and_named():
    """Before anything was changed for them, 37 of the 40 were named: the rows were written without a look at how they are named."""
    assert planted_rows(ROWS) == []


def test_every_case_has_what_its_tags_promise():
    seen = set()
    for function in PACK.functions:
        for seed in (0, 1, 7):
            for case in function.cases(np.random.default_rng([seed, *function.name.encode()]), Options()):
                seen |= case.tags  # the makers assert the purposes; a tag that no case has is no purpose
    assert set(PURPOSES) <= seen, set(PURPOSES) - seen


def test_inputs_without_their_purpose_are_refused():
    values = {"A_prev": np.zeros((1, 4, 4, 1)), "hparameters": {"f": 2, "stride": 2}}
    assert_purpose("zeros", values, ("ties",))
    with pytest.raises(AssertionError, match="'no tie' are tagged 'ties'"):
        assert_purpose("no tie", {**values, "A_prev": np.arange(16.0).reshape(1, 4, 4, 1)}, ("ties",))


def test_what_is_sampled_does_not_depend_on_chance():
    """A case of `sample` must have one answer whatever generator and seed draw it."""
    cases = PACK.function("sample").cases(np.random.default_rng(0), Options())
    sample = REFERENCE.namespace["sample"]
    for case in cases:
        parameters, characters, _ = case.values.values()
        assert len({tuple(sample(parameters, characters, seed)) for seed in range(30)}) == 1, case.name
    assert [len(sample(*case.values.values())) for case in cases] == [4, 2, 51, 5]


def test_a_start_of_shape_dim_is_wrong_and_named(tmp_path):
    """A column minus it is a square, with which training goes on without an error."""
    path = tmp_path / "start.py"
    text = "import numpy as np\ndef initialize_with_zeros(dim):\n    return np.zeros((dim,)), 0.0\n"
    path.write_text(text, encoding="utf-8")
    (row,) = pellucid.check(path, pack="deeplearning-ai").functions
    assert (row.verdict, [cause.id for cause in row.causes]) == ("wrong", ["start-of-another-shape"])
