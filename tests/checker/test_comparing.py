"""How answers are compared: part by part, in the expected form before anything computes, small numbers by their digits."""

import itertools
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from pellucid.checker.asking.cases import Relation, backward_case, forward_case, own_gradient_case, related_case
from pellucid.checker.asking.pack import PackFunction
from pellucid.checker.check_function import check_function
from pellucid.checker.judging.compare import Unfit, agreement, fitted, same
from pellucid.checker.judging.judge import judge
from pellucid.checker.running.reference import Reference
from pellucid.checker.running.trusted import derived
from pellucid.checker.running.worker import steps
from pellucid.checker.telling.describe import describe

from .planting import PACK, REFERENCE, cases_of, results_with, source_of

ONES = np.ones((2, 3))


def checked(tmp_path, reference, functions, cases, **settings):
    """The report on `f`: the reference is a text, the learner's functions stand in a dictionary."""
    path = tmp_path / "reference.py"
    path.write_text("import numpy as np\n" + reference)
    function, loaded = PackFunction("f", lambda draw, options: cases, **settings), Reference([path])
    return check_function(function, loaded, cases, results_with(functions, cases), source_of("")).report


def plain_case(name="a", **values):
    x = np.random.default_rng(1).normal(size=(40, 5))
    return forward_case(name, "f", {"x": x, **values}, ["x"], cache=False)


# --- the parts of an answer


@pytest.mark.parametrize(
    "expected", [[1.0, 2.0], (ONES, 1.0), {"w": ONES}, {}, [], True, np.bool_(True), "text", 1.0, ONES], ids=repr
)
@pytest.mark.parametrize("value", [None, "nothing", Unfit("no answer"), [None], {"w": None}], ids=repr)
def test_what_is_not_there_is_not_equal(value, expected):
    found = agreement(value, expected, 1e-7)
    assert (found.ok, found.error) == (False, np.inf)
    assert found.problem


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None), ("yes", "yes"), (True, True), (True, np.bool_(True)), (np.bool_(False), False), ([], []), ({}, {}),
        ([ONES, {"b": 2.0}], (ONES * (1 + 1e-9), {"b": 2.0})), ({"1": {"w": ONES}}, {1: {"w": ONES * (1 + 1e-9)}}),
        ({"b": 1.0, "a": 2.0}, {"a": 2.0, "b": 1.0}), ({"b": ONES[:, :1].T}, {"b": ONES[:, 0]}),
    ],
    ids=repr,
)  # fmt: skip
def test_the_same_answer_is_equal_within_the_tolerance(value, expected):
    found = agreement(value, expected, 1e-7)
    assert (found.ok, found.problem) == (True, "")


@pytest.mark.parametrize(
    ("value", "expected", "words"),
    [
        ("no", "yes", "expected the text 'yes', got 'no'"),
        (1.0, "yes", "a float instead of a str"),
        (ONES, [ONES], "an array instead of a list"),
        ([ONES], [ONES, ONES], "expected 2 parts, got 1"),
        ({"w": 1.0}, {"w": 1.0, "b": 1.0}, "expected the keys w, b, got w"),
        ({"w": [ONES.T]}, {"w": [ONES]}, "expected shape (2, 3), got (3, 2)"),
        ([True], [1.0], "booleans instead of numbers"),
        (0.0, None, "a float instead of None"),
    ],
)
def test_an_answer_of_another_form_is_described(value, expected, words):
    found = agreement(value, expected, 1e-7)
    assert (found.ok, found.problem) == (False, words)


def test_wrong_numbers_deep_inside_are_wrong_and_measured():
    found = agreement({"w": [1.0, {"b": 2 * ONES}]}, {"w": [1.0, {"b": ONES}]}, 1e-7)
    assert (found.ok, found.error, found.problem) == (False, 1.0, "")
    assert not agreement(False, True, 10.0).ok  # whatever the tolerance


def test_two_wrong_answers_are_the_same_mistake_only_if_their_parts_are():
    expected = {"w": [ONES]}
    assert same({"w": [2 * ONES]}, {"w": [2 * ONES]}, expected, 1e-7)
    assert not same({"w": [2 * ONES]}, {"w": [3 * ONES]}, expected, 1e-7)
    assert not same([2 * ONES], "text", expected, 1e-7)
    assert not same("a", "b", "c", 1e-7)
    assert same(None, None, ONES, 1e-7)


def test_nested_answers_of_another_rounding_are_correct_and_wrong_ones_wrong(tmp_path):
    reference = "def f(x):\n    return {'layer': {'w': x / 3.0, 'b': x.sum(0)}}\n"
    correct = {"f": lambda x: {"layer": {"w": x * (1 / 3.0), "b": np.ones(len(x)) @ x}}}
    assert checked(tmp_path, reference, correct, [plain_case()]).verdict == "correct"
    report = checked(tmp_path, reference, {"f": lambda x: {"layer": {"w": x / 2, "b": x.sum(0)}}}, [plain_case()])
    assert (report.verdict, report.failing[0].detail) == ("wrong", "")
    assert report.failing[0].error == pytest.approx(0.5)


# --- the form comes before any arithmetic


@pytest.mark.parametrize("value", [np.ones((50, 1, 1)), np.ones((3, 1)), np.ones((0, 3)), [ONES], 1.0], ids=np.shape)
def test_a_packs_functions_see_no_answer_of_another_shape(tmp_path, value):
    """Divided by the inputs, an array of shape (N, 1, 1, 1) would be N times as large as they are."""
    seen = []

    def facts(values, outputs):
        seen.append(np.shape(outputs["out"]))
        return {"mean": float(np.mean(outputs["out"] / values["x"]))}

    def holds(out, changed, values):
        seen.append((np.shape(out), np.shape(changed)))
        return np.allclose(changed, out[:1])

    alone = Relation("one sample alone", lambda values: {"x": values["x"][:1]}, holds)
    with_facts = replace(forward_case("facts", "f", {"x": ONES}, ["x"]), derive=facts)
    cases = [with_facts, related_case("f", {"x": ONES}, ["x"], alone)]
    (tmp_path / "reference.py").write_text("def f(x):\n    return 2 * x, x\n")
    function, reference = PackFunction("f", lambda draw, options: cases), Reference([tmp_path / "reference.py"])
    judgement = judge(function, reference, cases, results_with({"f": lambda x: (value, x)}, cases), source_of(""))
    describe(judgement.evidence, judgement.report)
    assert judgement.report.verdict == "wrong"
    assert set(seen) == {(2, 3)}  # the reference's own, and nothing of a relation
    problems = {failure.detail for failure in judgement.report.failing if failure.output == "mean"}
    assert problems == {agreement(value, ONES, 1e-7).problem}


def test_axes_of_size_1_are_taken_away_before_a_pack_sees_them():
    assert fitted(np.ones((1, 3)), np.ones(3)).shape == (3,)
    assert fitted([np.ones((1, 3)), {"1": np.ones(1)}], (np.ones(3), {1: 1.0}))[1] == {1: 1.0}
    assert isinstance(fitted(np.ones((3, 1)), np.ones((3, 4))), Unfit)
    assert isinstance(fitted({"a": [np.ones((2, 2))]}, {"a": [np.ones(2)]}), Unfit)


ROW, COLUMN = np.ones((1, 1, 1, 1, 400)), np.ones((400, 1, 1, 1, 1))


def long_answers(case):
    """Answers that are small, and grow where they are broadcast against each other or the inputs."""
    outputs = steps.run_case(REFERENCE.namespace, case.as_job())["outputs"]
    long = itertools.cycle([ROW, COLUMN])
    return {k: {n: next(long) for n in v} if isinstance(v, dict) else next(long) for k, v in outputs.items()}


@pytest.mark.parametrize("name", ["dropout_forward", "dropout_backward"])
def test_a_long_answer_about_dropout_takes_no_memory(name):
    function = PACK.function(name)
    cases = [case for case in cases_of(function) if case.derive is not None]
    answers = {number: {"outputs": long_answers(case), "changed": {}} for number, case in enumerate(cases)}
    tracemalloc.start()
    report = judge(function, REFERENCE, cases, answers, source_of("")).report
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (report.verdict, report.passed) == ("wrong", 0)
    assert peak < 20e6  # 400 arrays of the size of the inputs are 32e6


@pytest.mark.parametrize("name", ["FullyConnectedNet", "TwoLayerNet", "ThreeLayerConvNet"])
def test_facts_of_any_shape_are_about_each_answer_by_itself(name):
    cases = [case for case in cases_of(PACK.function(name)) if case.any_shape]
    assert cases
    for case in cases:
        answers = long_answers(case)
        tracemalloc.start()
        facts = derived(case, answers)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert any(key.startswith("shape of") for key in facts)
        assert peak < 100 * ROW.nbytes  # broadcast, two answers are 400


# --- small numbers


TINY = "def f(x):\n    return 6.6e-34 * x\n"


def test_numbers_that_are_small_by_a_constant_are_compared_by_their_digits(tmp_path):
    cases = [plain_case(), plain_case("b", x=np.zeros(3))]
    assert checked(tmp_path, TINY, {"f": lambda x: x * 2 * 3.3e-34}, cases).verdict == "correct"
    for wrong in (lambda x: 0 * x, lambda x: 6.7e-34 * x, lambda x: 1e-20 * x):
        report = checked(tmp_path, TINY, {"f": wrong}, cases)
        assert (report.verdict, report.passed) == ("wrong", 1)  # with inputs of 0, the answer is 0


def test_a_cause_of_small_numbers_is_found_by_their_digits(tmp_path):
    reference = "def f(x):\n    y = x * x + x\n    return 6.6e-34 * y\n"
    report = checked(tmp_path, reference, {"f": lambda x: 6.6e-34 * (x * x - x)}, [plain_case(), plain_case("b")])
    assert [cause.id.startswith("generated") for cause in report.causes] == [True]
    assert not checked(tmp_path, reference, {"f": lambda x: 0 * x + 1e-36}, [plain_case()]).causes


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_rounding_is_not_compared_by_its_digits(tmp_path, dtype):
    """In exact arithmetic these sums are 0, and 0 is a correct answer."""
    reference = "def f(x):\n    return ((x - x.mean(0)) * np.float32(1e-3)).sum(0)\n"
    case = replace(plain_case(x=np.random.default_rng(1).normal(size=(40, 5)).astype(dtype)), tolerance=1e-2)
    size = np.abs(namespace_of(tmp_path, reference)["f"](case.values["x"])).max()
    assert 0 < size < 1e-6  # there is rounding, and it is small
    assert checked(tmp_path, reference, {"f": lambda x: np.zeros(x.shape[1], x.dtype)}, [case]).verdict == "correct"


def namespace_of(tmp_path, text):
    path = tmp_path / "other.py"
    path.write_text("import numpy as np\n" + text)
    return Reference([path]).namespace


def test_an_output_that_is_large_in_another_case_keeps_the_usual_floor(tmp_path):
    """Where the same function gives 1, what it gives as 1e-20 may be computed with errors of 1e-17."""
    reference = "def f(x):\n    return np.exp(-x)\n"
    cases = [plain_case(x=np.full(3, 46.0)), plain_case("b", x=np.zeros(3))]
    assert checked(tmp_path, reference, {"f": lambda x: np.where(x > 40, 0.0, np.exp(-x))}, cases).verdict == "correct"
    assert (
        checked(tmp_path, reference, {"f": lambda x: np.where(x > 40, 0.0, np.exp(-x))}, cases[:1]).verdict == "wrong"
    )


def test_a_case_may_name_its_own_floor(tmp_path):
    cases = [replace(plain_case(), floors={"out": 1e-30}), plain_case("b", x=np.ones(3))]
    reference = "def f(x):\n    return x if len(x) == 3 else 1e-20 * x\n"
    report = checked(tmp_path, reference, {"f": lambda x: x if len(x) == 3 else 0 * x}, cases)
    assert [failure.case for failure in report.failing] == ["a"]


def test_a_gradient_too_small_to_tell_is_not_said_to_be_that_of_the_forward(tmp_path):
    reference = "def forward(x):\n    return 6.6e-34 * x, x\ndef f(dout, x):\n    return 6.6e-34 * dout\n"
    values = {"x": ONES, "dout": ONES}
    cases = [
        backward_case("a", "forward", "f", values, ["x"], ["dx"]),
        own_gradient_case("its own", "forward", "f", values, ["x"], ["dx"]),
    ]
    wrong = {"forward": lambda x: (6.6e-34 * x, x), "f": lambda dout, x: 0 * dout}
    report = checked(tmp_path, reference, wrong, cases, role="backward", forward="forward")
    assert (report.verdict, report.own_gradient_check) == ("wrong", "not_applicable")
