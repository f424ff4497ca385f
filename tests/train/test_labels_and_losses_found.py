"""Tests of what a trainer finds where it is told nothing: the classes behind whole numbers, and the loss of the task."""

import numpy as np
import pytest

import pellucid
from pellucid import Trainer
from pellucid.data import DataError, table_splits
from pellucid.nets import Affine, Network
from pellucid.optim import Adam
from pellucid.shapes import ShapeError

X = np.random.default_rng(0).standard_normal((120, 3))
CLASS = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)  # 0, 1, 2
TABLE = {"a": X[:, 0], "b": X[:, 1], "rooms": 2 * CLASS + 1, "price": 5 * X[:, 0]}


def trainer(outputs, inputs=3, **options):
    return Trainer(Network([Affine(outputs)], (inputs,)), Adam(learning_rate=0.05), **options)


def fitted(y, outputs, epochs=1, **options):
    made = trainer(outputs, **options)
    made.fit(X, y, epochs, validation=0.2, progress=False)
    return made


# ---- whole numbers that are not 0, 1, ... ----


@pytest.mark.parametrize(
    "y",
    [CLASS + 1, CLASS - 1, (10 * CLASS + 10).tolist(), CLASS + 1.0, np.uint8(CLASS + 253)],
    ids=["1..3", "-1..1", "list", "floats", "uint8"],
)
def test_labels_elsewhere_are_classes_and_come_back(y, tmp_path):
    made, plain = fitted(y, 3), fitted(CLASS, 3)
    np.testing.assert_array_equal(made.predict(X), np.unique(y)[plain.predict(X)])
    assert made.evaluate(X, y).accuracy == plain.evaluate(X, CLASS).accuracy
    made.model.save(tmp_path / "model.safetensors")
    loaded = pellucid.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(loaded.predict(X), made.predict(X))
    assert loaded.classes == tuple(map(str, np.unique(y).astype(int)))


@pytest.mark.parametrize("y", [CLASS, np.where(CLASS == 1, 0, CLASS), np.minimum(CLASS, 1)], ids=["all", "02", "01"])
def test_labels_among_the_scores_stay_class_numbers(y):
    assert fitted(y, 3).model.classes == ("0", "1", "2")


def test_more_labels_than_scores_are_refused():
    with pytest.raises(ShapeError, match=r"labels must lie in 0..1, since the network makes 2 scores"):
        fitted(CLASS + 1, 2)


def test_labels_of_validation_that_training_lacks_are_refused():
    with pytest.raises(DataError, match=r"validation: .* is 4, which is not among the classes 1, 2, 3"):
        trainer(3).fit((X, CLASS + 1), 1, validation=(X, CLASS + 2), progress=False)


def test_class_weights_are_by_label():
    plain = fitted(CLASS, 3, class_weight={0: 5.0, 2: 0.5})
    moved = fitted(CLASS + 1, 3, class_weight={1: 5.0, 3: 0.5})
    np.testing.assert_array_equal(moved.net.params.flat, plain.net.params.flat)


def test_class_weights_by_number_where_some_numbers_are_names_too():
    """Of the classes 1, 2, 3, the keys 0, 1, 2 are not all names: they are numbers of classes."""
    given = [5.0, 2.0, 0.5]
    by_number, listed = (fitted(CLASS + 1, 3, class_weight=w) for w in (dict(enumerate(given)), given))
    np.testing.assert_array_equal(by_number.net.params.flat, listed.net.params.flat)
    assert not np.array_equal(by_number.net.params.flat, fitted(CLASS + 1, 3).net.params.flat)


def test_class_weights_whose_keys_are_bools():
    weighted, numbered = (fitted(CLASS > 0, 1, loss="bce", class_weight=w) for w in ({True: 4.0}, {1: 4.0}))
    np.testing.assert_array_equal(weighted.net.params.flat, numbered.net.params.flat)


WRONG_KEYS = [
    (CLASS, {0: 1.0, 9: 2.0}, r"class_weight names 9, which is not among the classes 0, 1, 2$"),
    (CLASS + 1, {0: 1.0, 3: 2.0}, r"class_weight must .* numbers from 0 to 2; it mixes 0, 3$"),
    (CLASS + 1, {1: 1.0, "1": 2.0}, r"class_weight must give each class one weight; its keys are 1, '1'$"),
    (np.array(["a", "b", "c"])[CLASS], {"a": 1.0, 2: 2.0}, r"class_weight must have names .*; it mixes 'a', 2$"),
    (np.array(["a", "b", "c"])[CLASS], {"a": 1.0, "d": 2.0}, r"class_weight names 'd', which is not among .* a, b, c$"),
]


@pytest.mark.parametrize(("y", "weights", "message"), WRONG_KEYS, ids=["unknown", "both", "twice", "mixed", "no name"])
def test_class_weights_whose_keys_have_no_one_meaning_are_refused(y, weights, message):
    with pytest.raises(DataError, match=message):
        fitted(y, 3, class_weight=weights)


def test_rooms_of_a_table_are_classes():
    splits = table_splits({name: TABLE[name] for name in ("a", "b", "rooms")}, target="rooms")
    made = trainer(3, inputs=2)
    made.fit(splits, 1, progress=False)
    assert set(made.predict(splits.test.table)) <= {1, 3, 5}
    made = trainer(3, inputs=2)
    made.fit({name: TABLE[name] for name in ("a", "b", "rooms")}, "rooms", 1, progress=False)
    assert made.model.classes == ("1", "3", "5")


# ---- the loss of the task ----

LOSSES = [
    ("floats", X[:, 0], 1, "mse"),
    ("whole numbers, one score", (100 * X[:, 0]).astype(int), 1, "mse"),
    ("two columns", X[:, :2], 2, "mse"),
    ("yes or no, one score", X[:, 0] > 0, 1, "bce"),
    ("text, one score", np.where(X[:, 0] > 0, "yes", "no"), 1, "bce"),
    ("names for each row", [["warm"] if a > 0 else ["cold", "wet"] for a in X[:, 0]], 3, "bce"),
    ("class numbers", CLASS, 3, "softmax"),
    ("class numbers as floats", CLASS.astype(float), 3, "softmax"),
    ("yes or no, two scores", X[:, 0] > 0, 2, "softmax"),
]


@pytest.mark.parametrize(("y", "outputs", "loss"), [row[1:] for row in LOSSES], ids=[row[0] for row in LOSSES])
def test_without_a_loss_the_task_decides(y, outputs, loss):
    made = fitted(y, outputs)
    assert made.loss == made.model.loss == loss


def test_splits_say_the_task():
    splits = table_splits({name: TABLE[name] for name in ("a", "b", "price")}, target="price")
    made = trainer(1, inputs=2)
    made.find_learning_rate(splits, steps=10)
    made.fit(splits, 30, progress=False)
    assert made.loss == "mse"
    assert made.evaluate(splits).metrics["r2"] > 0.9


REFUSED = [
    ("floats", X[:, 0], 1, {"loss": "softmax"}, 'one: end it with Affine.*for numbers choose loss="mse"'),
    ("whole numbers", CLASS, 1, {"loss": "softmax"}, 'for numbers choose loss="mse"'),
    ("smoothing", X[:, :2], 2, {"label_smoothing": 0.1}, 'for numbers choose loss="mse"'),
    ("one-hot", np.eye(3)[CLASS], 3, {}, r'one-hot rows give y.argmax\(1\), .* choose loss="bce"'),
]


@pytest.mark.parametrize(("y", "outputs", "options", "message"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_loss_that_was_given_stays(y, outputs, options, message):
    with pytest.raises(ValueError, match=message):
        fitted(y, outputs, **options)


def test_a_loss_that_made_steps_stays():
    made = trainer(2)
    made.step(X[:4], CLASS[:4] % 2)
    with pytest.raises(DataError, match='for numbers choose loss="mse"'):
        made.fit(X, X[:, :2], 1, progress=False)
