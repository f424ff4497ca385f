"""Targets: raw values as users hold them, encoded for a loss and given back as they were; wrong ones are named by row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.data import DataError
from pellucid.data.targets import TASKS, Binary, Classes, Multilabel, Numbers, target_from_document, target_of

FLOATS = st.floats(-1e6, 1e6, allow_nan=False)
NUMERIC = ["int8", "uint8", "int32", "uint64", "float16", "float32", "float64"]


class Column:
    """What a column of pandas or polars offers: a name, and its values as an array."""

    def __init__(self, values, name="age"):
        self.values, self.name = values, name

    def __len__(self):
        return len(self.values)

    def to_numpy(self):
        return np.asarray(self.values, dtype=object)


def confident(labels, outputs):
    """Scores that are highest at each row's class."""
    return np.eye(outputs)[labels]


# --- numbers


@pytest.mark.parametrize("dtype", NUMERIC)
@pytest.mark.parametrize("shape", [(4,), (4, 1), (2, 2)])
def test_numbers_of_any_dtype_and_shape_come_back_in_their_units(dtype, shape):
    y = np.array([3, 40, 7, 12], dtype).reshape(shape)
    target = Numbers.of(y)
    encoded = target.encode(y)
    assert encoded.shape == (len(y), target.outputs)
    np.testing.assert_allclose(encoded.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(encoded.std(axis=0), 1)
    np.testing.assert_allclose(target.decode(encoded).reshape(shape), y.astype(float), rtol=1e-12)


def test_one_output_is_decoded_flat():
    assert Numbers.of(np.arange(4.0)[:, None]).decode(np.zeros((3, 1))).shape == (3,)
    assert Numbers.of(np.zeros((4, 2))).decode(np.zeros((3, 2))).shape == (3, 2)


@given(value=FLOATS, rows=st.integers(1, 7))
def test_equal_numbers_are_centred_and_not_blown_up(value, rows):
    """A deviation that is rounding would turn the column into noise of size 1."""
    target = Numbers.of(np.full(rows, value))
    assert target.std == (1.0,)
    np.testing.assert_allclose(target.encode([value]), 0, atol=1e-9)


def test_numbers_that_are_not_standardized_stay_as_they_are():
    target = Numbers.of([3.0, 5.0], standardize=False)
    assert target.encode([3.0, 5.0]).tolist() == [[3.0], [5.0]]


def test_the_mean_is_of_the_data_it_was_made_from():
    target = Numbers.of([0.0, 2.0])
    assert target.encode([4]).tolist() == [[3.0]]


# --- classes


@pytest.mark.parametrize(
    "given", [[3, 1, 3], np.array([3.0, 1.0, 3.0]), np.array([[3], [1], [3]], np.uint8), Column([3, 1, 3])]
)
def test_whole_numbers_are_classes_whatever_holds_them(given):
    target = Classes.of(given)
    assert target.names == ("1", "3")
    assert target.encode(given).tolist() == [1, 0, 1]
    assert target.encode(given).dtype == np.int64
    assert target.decode(confident([1, 0], 2)).tolist() == [3, 1]


def test_numbers_are_ordered_as_numbers():
    assert Classes.of([10, 9, -2]).names == ("-2", "9", "10")
    assert Classes.of([10, 9, -2]).encode([10, -2]).tolist() == [2, 0]


@pytest.mark.parametrize(
    "given", [["no", "yes"], np.array(["no", "yes"]), np.array(["no", "yes"], object), Column(["no", "yes"])]
)
def test_text_comes_back_as_text(given):
    target = Classes.of(given)
    assert target.encode(given).tolist() == [0, 1]
    assert target.decode(confident([1, 0], 2)).tolist() == ["yes", "no"]


def test_bools_come_back_as_bools():
    target = Classes.of([True, False])
    assert target.decode(confident([1], 2)).tolist() == [True]
    assert target.encode(np.array([False, True])).tolist() == [0, 1]


def test_names_in_words_are_numbered_and_labels_may_be_numbers():
    target = Classes(("dog", "cat"))
    assert target.encode([1, 0]).tolist() == target.encode(["cat", "dog"]).tolist() == [1, 0]


def test_names_that_are_numbers_are_looked_up_not_counted():
    assert Classes(("5", "7"), "numbers").encode([7, 5]).tolist() == [1, 0]


def test_probabilities_of_classes_sum_to_1():
    p = Classes(("a", "b", "c")).probabilities(np.array([[1e4, -1e4, 0.0], [0.0, 0.0, 0.0]], np.float32))
    np.testing.assert_allclose(p, [[1, 0, 0], [1 / 3] * 3], atol=1e-12)


# --- binary and multilabel


@pytest.mark.parametrize(
    ("given", "positive"), [([0, 1], 1), ([False, True], True), (["a", "b"], "b"), ([2.0, 7.0], 7)]
)
def test_binary_has_one_output_for_the_second_label(given, positive):
    target = Binary.of(given)
    assert target.outputs == 1
    assert target.encode(given).tolist() == [[0.0], [1.0]]
    decoded = target.decode(np.array([[-0.1], [0.1], [0.0]]))
    assert decoded.tolist() == [given[0], positive, given[0]]
    p = target.probabilities(np.array([[-1e4], [0.0], [np.log(3)]]))
    np.testing.assert_allclose(p, [[1, 0], [0.5, 0.5], [0.25, 0.75]], atol=1e-12)


@pytest.mark.parametrize("dtype", [bool, np.int64, np.float32])
def test_multilabel_takes_columns_of_0_and_1(dtype):
    y = np.array([[0, 1, 1], [0, 0, 0]], dtype)
    target = Multilabel.of(y)
    encoded = target.encode(y)
    assert (encoded.dtype, encoded.tolist()) == (np.float32, [[0, 1, 1], [0, 0, 0]])
    assert target.decode(encoded - 0.5).tolist() == [[0, 1, 1], [0, 0, 0]]


def test_multilabel_takes_names_row_by_row():
    rows = [("dog", "cat"), (), ["cat"]]
    target = Multilabel.of(rows)
    assert target.names == ("cat", "dog")
    assert target.encode(rows).tolist() == [[1, 1], [0, 0], [1, 0]]
    assert target.labels(target.encode(rows) - 0.5) == [("cat", "dog"), (), ("cat",)]


# --- the choice


@pytest.mark.parametrize(
    ("y", "kind"),
    [
        ([1.5, 2.0], "numbers"),
        (np.arange(5.0), "numbers"),
        (np.arange(20), "classes"),
        (np.arange(21), "numbers"),
        ([True, False], "classes"),
        (["a", "b"], "classes"),
        ([("a",), ("b", "c")], "multilabel"),
        (np.array([[0, 1], [1, 1]]), "multilabel"),
        (np.array([[0.0, 1.0], [1.0, 1.0]]), "multilabel"),
        (np.array([[0, 2], [1, 1]]), "numbers"),
    ],
)
def test_values_decide_where_nothing_else_does(y, kind):
    assert target_of(y).kind == kind


@pytest.mark.parametrize(
    ("takes", "y", "kind"),
    [
        ("labels", np.arange(100), "classes"),
        ("numbers", np.array([0, 1]), "numbers"),
        ("numbers", np.array([[0, 1], [1, 0]]), "numbers"),
        ("indicators", np.array([0, 1]), "binary"),
        ("indicators", ["a", "b"], "binary"),
        ("indicators", np.array([[0, 1]]), "multilabel"),
    ],
)
def test_what_the_loss_takes_decides_before_the_values(takes, y, kind):
    assert target_of(y, takes=takes).kind == kind


def test_a_task_decides_before_the_loss():
    assert target_of([0, 1], task="regression", takes="labels").kind == "numbers"
    assert {task: target_of([0, 1], task=task).kind for task in TASKS} == {
        "classification": "classes", "binary": "binary", "multilabel": "multilabel", "regression": "numbers",
    }  # fmt: skip


# --- documents


@pytest.mark.parametrize(
    "target",
    [
        Classes(("a", "b")),
        Classes(("0", "1"), "numbers"),
        Binary(("False", "True"), "bools"),
        Multilabel(("x",)),
        Numbers(("y", "z"), (1.5, 1e-30), (0.1, 1e300)),
    ],
)
def test_a_document_makes_the_same_target(target):
    assert target_from_document(target.to_document()) == target


# --- wrong targets


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda: Numbers.of([1.0, np.nan]), "targets: row 1 is nan; every target must be a finite number"),
        (lambda: Numbers.of([[1, 2], [3, np.inf]]), "row 1, column 1 is inf"),
        (lambda: Numbers.of([1.0, None]), "row 1 is missing"),
        (lambda: Numbers.of(["3", "x"]), "must be numbers for regression; row 0 is '3'"),
        (lambda: Numbers.of(np.ma.masked_array([1.0, 2.0], [False, True])), "row 1 is masked"),
        (lambda: Numbers.of(np.zeros((2, 2, 2))), r"shape \(N,\) or \(N, K\)"),
        (lambda: Numbers.of([]), "at least one row"),
        (lambda: Numbers.of([1.0, 2.0]).encode([[1.0, 2.0]]), r"must have shape \(N,\) or \(N, 1\); got \(1, 2\)"),
        (lambda: Numbers.of(np.array(["2020-01-01"], "M8[D]")), "must be numbers, labels or True and False"),
        (lambda: Numbers.of([1.0]).probabilities(np.zeros((1, 1))), "numbers, which have no probabilities"),
        (lambda: Numbers.of([1.0]).decode(np.zeros((1, 2))), r"scores must have shape \(N, 1\)"),
        (lambda: Classes.of([1.5, 2.0]), 'whole numbers or text; row 0 is 1.5; .*loss="mse"'),
        (lambda: Classes.of(["a", 3]), r"row 1 is 3 \(int\); targets must be of one kind"),
        (lambda: Classes.of([1, "a"]), r"row 1 is 'a' \(str\)"),
        (lambda: Classes.of(["a", "a"]), "at least two classes; every row is a"),
        (lambda: Classes(("a", "b")).encode(["a", "c"], who="validation"), "^validation: row 1 is 'c', .* classes a, b"),
        (lambda: Classes(("a", "b")).encode([0, 2]), "row 1 is 2, which is not among the classes 0, 1"),
        (lambda: Classes(("a", "a")), "'a' appears more than once"),
        (lambda: Classes.of("yes"), "must be an array, a list or a column"),
        (lambda: Classes.of([[1, 2], [3]]), "every row must hold the same number of targets"),
        (lambda: Binary.of(["a", "b", "c"]), "two classes, negative and positive; got a, b, c"),
        (lambda: Multilabel.of(np.array([[0, 1]])).encode([[0, 2]]), "row 0, label '1' is 2; labels must be 0 or 1"),
        (lambda: Multilabel(("a",)).encode([("a", "b")]), "row 0 holds 'b', which is not among a"),
        (lambda: Multilabel(("a", "b")).encode(np.zeros((2, 3))), r"\(N, 2\), one column a label; got \(2, 3\)"),
        (lambda: target_of([1, 2], task="regresion"), "task must be one of classification, binary"),
        (lambda: target_from_document({"kind": "class"}), "kind must be one of classes, binary"),
    ],
)  # fmt: skip
def test_wrong_targets_are_refused_in_words(action, message):
    with pytest.raises(DataError, match=message) as caught:
        action()
    assert "\n" not in str(caught.value)
