"""What counts as an answer: plain arrays of numbers; a masked array or complex numbers are not, narrow floats are a hazard."""

from dataclasses import replace

import numpy as np
import pytest

import pellucid
from pellucid.checker.asking.cases import forward_case
from pellucid.checker.judging.compare import agreement
from pellucid.checker.judging.judge import judge

from .planting import PACK, REFERENCE, source_of

SECONDS = 60.0  # generous: the tests run on busy machines
DUCK = """
class Duck(np.ndarray):
    def __eq__(self, other): return True
    def __array_ufunc__(self, *arguments, **more): return np.zeros(())
class NoArray:
    __class__ = np.ndarray
    def __init__(self, x): self.x = x
    def __array__(self, *a, **k): return self.x
"""
NO_ANSWERS = {  # an expression of the correct array y -> what is said of it
    "np.ma.array(y, mask=True)": "a MaskedArray, a subclass of numpy.ndarray, instead of a plain array of numbers",
    "np.ma.array(y)": "a MaskedArray, a subclass of numpy.ndarray, instead of a plain array of numbers",
    "y.view(np.matrix) if y.ndim == 2 else np.ma.array(y)": "a matrix, a subclass of numpy.ndarray, instead of",
    "y.view(Duck)": "a Duck, a subclass of numpy.ndarray, instead of a plain array of numbers",
    "NoArray(y)": "a NoArray instead of a plain array of numbers",
    "y + 0j": "complex numbers instead of real ones",
    "y.astype(np.complex64)": "complex numbers instead of real ones",
    "y.astype(object)": "an array of object instead of a plain array of numbers",
    "y.astype(str)": "instead of a plain array of numbers",
    "y.tolist()": "a list instead of a plain array of numbers",
    "y.view([('a', y.dtype)])": "instead of a plain array of numbers",
    "str(y)": "a str instead of a plain array of numbers",
    "[y]": "a list instead of a plain array of numbers",
}


def judged(tmp_path, answer, name="relu_forward", **settings):
    path = tmp_path / "layers.py"
    path.write_text(
        f"import numpy as np\n{DUCK}\ndef relu_forward(x):\n    y = np.maximum(0, x)\n    return {answer}, x\n"
    )
    return pellucid.check(path, only=[name], timeout=SECONDS, **settings).functions[0]


@pytest.mark.parametrize("answer", NO_ANSWERS)
def test_what_is_no_plain_array_of_numbers_is_wrong(tmp_path, answer):
    function = judged(tmp_path, answer)
    assert function.verdict == "wrong"
    details = [failure.detail for failure in function.failing if failure.output == "out"]
    assert details
    assert any(NO_ANSWERS[answer] in detail for detail in details), details


@pytest.mark.parametrize(
    "answer", ["y", "np.asfortranarray(y)", "y[..., ::-1][..., ::-1]", "y.astype(y.dtype.newbyteorder('>'))"]
)
def test_layout_and_byte_order_do_not_count(tmp_path, answer):
    assert judged(tmp_path, answer).verdict == "correct"


def test_read_only_and_broadcast_answers_count_by_their_numbers(tmp_path):
    for answer in ("np.broadcast_to(y, y.shape)", "np.frombuffer(y.tobytes(), y.dtype).reshape(y.shape)"):
        assert judged(tmp_path, answer).verdict == "correct"
    assert judged(tmp_path, "np.broadcast_to(y.ravel()[:1].reshape((1,) * y.ndim), y.shape)").verdict == "wrong"


@pytest.mark.parametrize(("kind", "verdict"), [("float32", "correct"), ("float16", "wrong")])
def test_a_narrower_float_is_a_hazard_and_wrong_where_it_is_too_narrow(tmp_path, kind, verdict):
    function = judged(tmp_path, f"y.astype(np.{kind})")
    assert function.verdict == verdict
    said = [hazard.detail for hazard in function.hazards if hazard.id == "lost-precision"]
    assert said == [f"float64 inputs have 15 digits; out is {kind}, which has fewer"]


def test_float16_for_float32_is_said_even_where_the_numbers_are_near_enough(tmp_path):
    function = judged(tmp_path, "y.astype(np.float16) if y.dtype == np.float32 else y")
    assert [hazard.detail for hazard in function.hazards] == [
        "float32 inputs have 6 digits; out is float16, which has fewer"
    ]


def test_an_answer_of_the_inputs_own_type_has_no_such_hazard(tmp_path):
    function = judged(tmp_path, "y")
    assert (function.verdict, function.hazards) == ("correct", [])


def test_facts_are_not_derived_from_what_is_no_answer():
    """A fact of a masked or a complex array would be a plain number."""

    def facts(values, outputs):
        return {"mean": float(np.asarray(outputs["out"]).real.mean())}

    function = PACK.function("relu_forward")
    plain = forward_case("a case", "relu_forward", {"x": np.ones((2, 3))}, ["x"])
    case = replace(plain, derive=facts)
    for out, words in ((np.ones((2, 3)) + 0j, "complex numbers instead of real ones"), (np.ones((2, 3)), "")):
        report = judge(function, REFERENCE, [case], {0: {"outputs": {"out": out}, "changed": {}}}, source_of("")).report
        assert [(failure.output, failure.detail) for failure in report.failing] == ([("mean", words)] if words else [])


def test_booleans_are_no_numbers():
    found = agreement(np.array([True, False]), np.array([1.0, 0.0]), 1e-7)
    assert (found.ok, found.problem) == (False, "booleans instead of numbers")
    assert agreement(np.array([True]), np.array([True]), 1e-7).ok
    assert agreement(np.array([1, 0]), np.array([1.0, 0.0]), 1e-7).ok
