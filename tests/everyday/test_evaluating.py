"""Evaluation and prediction as others' users write them: own metrics, bare generators, rows of the training, habits."""

import json

import numpy as np
import pytest

import pellucid
from pellucid import Trainer
from pellucid.data import table_splits
from pellucid.nets import Affine, Flatten, Network
from pellucid.shapes import ShapeError


@pytest.fixture(scope="module")
def digits():
    return pellucid.data.load("digits")


@pytest.fixture(scope="module")
def model(digits, tmp_path_factory):
    trainer = Trainer(Network([Flatten(), Affine(10)], (1, 8, 8)), batch_size=32)
    trainer.fit(digits, epochs=1, progress=False)
    path = tmp_path_factory.mktemp("model") / "digits.safetensors"
    trainer.model.save(path)
    return pellucid.load(path)


def test_rows_of_the_training_are_recognised(model, digits):
    train, test = digits.train, digits.test
    assert model.evaluate(train).trained_on == 1
    assert "all of these samples are those that the model was trained on" in repr(model.evaluate(train))
    as_floats = model.evaluate(train.images.astype(np.float64), train.labels)
    assert as_floats.trained_on == 1
    both = np.concatenate([train.images[::2], test.images]), np.concatenate([train.labels[::2], test.labels])
    share = len(train) / 2 / len(both[0])
    assert model.evaluate(*both).trained_on == pytest.approx(share, abs=0.1)
    for new in (digits, test, digits.validation):
        assert model.evaluate(new).trained_on == 0
        assert model.evaluate(new).warning == ""


def test_rows_that_repeat_are_not_taken_for_the_training(digits):
    x = np.array([[0.0], [1.0]] * 50)
    trainer = Trainer(Network([Affine(2)], (1,)))
    trainer.fit(x, x[:, 0].astype(int), epochs=1, progress=False)
    assert trainer.evaluate(x, x[:, 0].astype(int)).trained_on == 0


def test_the_file_of_the_training_is_recognised_on_the_command_line(pellucid_command, tmp_path):
    table, other, run = tmp_path / "t.csv", tmp_path / "new.csv", tmp_path / "run"
    values = np.random.default_rng(0).standard_normal((200, 2))
    for path, shift in ((table, 0), (other, 0.5)):
        path.write_text("\n".join(["x,y", *(f"{x + shift:.6f},{y:.6f}" for x, y in values)]))
    train = ("--target", "y", "--task", "regression", "--epochs", 1, "--quiet", "--out", run)
    assert pellucid_command("train", "--data", table, *train).code == 0
    same = pellucid_command("evaluate", run, "--data", table)
    assert "about 72% of these samples are those that the model was trained on" in same.err
    assert same.out.startswith("200 rows: loss ")
    assert pellucid_command("evaluate", run, "--data", other).err == ""
    assert pellucid_command("evaluate", run).err == ""


def test_metrics_are_chosen_when_evaluating(model, digits, pellucid_command, tmp_path):
    assert set(model.evaluate(digits, metrics=["f1", "top_3"]).metrics) == {"f1", "top_3"}
    trainer = Trainer(Network([Flatten(), Affine(10)], (1, 8, 8)), metrics=["f1"])
    trainer.fit(digits, epochs=1, folder=tmp_path, progress=False)
    assert set(trainer.evaluate(digits).metrics) == {"f1"}
    assert set(trainer.evaluate(digits, metrics=["roc_auc"]).metrics) == {"roc_auc"}
    with pytest.raises(ShapeError, match="the metric rmse is not for classes"):
        model.evaluate(digits, metrics=["rmse"])
    model.save(tmp_path / "best.safetensors")
    found = json.loads(
        pellucid_command("evaluate", tmp_path, "--data", "digits", "--metrics", "f1, top_3", "--json").out
    )
    assert set(found) == {"samples", "accuracy", "loss", "f1", "top_3"}


def test_a_generator_of_inputs_alone_is_predicted(model, digits):
    images = digits.test.images[:50]

    def batches():
        for start in range(0, 50, 20):
            yield images[start : start + 20]

    expected = model.predict(images)
    for given in (batches, batches(), ([batch] for batch in batches()), map(np.asarray, batches())):
        np.testing.assert_array_equal(model.predict(given), expected)


def test_what_others_write_is_answered_with_what_to_do(model, digits):
    trainer = Trainer(Network([Flatten(), Affine(10)], (1, 8, 8)))
    for call, says in (
        (
            lambda: model.predict(digits, verbose=0),
            "Model.predict has no keyword 'verbose'; leave it out: nothing is shown",
        ),
        (
            lambda: model.evaluate(digits, batch_size=8),
            "Model.evaluate has no keyword 'batch_size'; leave it out: it changes",
        ),
        (lambda: model.predict_proba(X=digits), "Model.predict_proba has no keyword 'X'; give the data first"),
        (lambda: trainer.evaluate(digits, return_dict=True), "'return_dict'; leave it out: the result has .loss"),
        (lambda: trainer.predict(digits, workers=2), "Trainer.predict has no keyword 'workers'; leave it out"),
        (lambda: model.evaluate(digits, metric=["f1"]), "no keyword 'metric'; did you mean 'metrics'"),
    ):
        with pytest.raises(TypeError, match=says):
            call()
    assert pellucid.train.Model.predict.__doc__.startswith("Return the answer")


def test_a_table_with_one_row_repeated_needs_no_warning():
    splits = table_splits({"x": [0, 1] * 40, "y": ["a", "b"] * 40}, target="y")
    trainer = Trainer(Network([Affine(2)], splits.sample_shape))
    trainer.fit(splits, epochs=1, progress=False)
    assert trainer.evaluate(splits).warning == ""


def test_rows_and_classes_that_cannot_be_answered_are_named(model, digits):
    images = digits.test.images[:20].astype(np.float64)
    images[17, 0, 3, 3] = np.nan
    with pytest.warns(UserWarning, match="predict: row 17 is nan; the answer for it means nothing"):
        model.predict(images)
    x, trainer = np.arange(40.0)[:, None] / 40, Trainer(Network([Affine(3)], (1,)))
    with pytest.warns(UserWarning, match="validation: row 1 is of the class '2', which the training data lack"):
        trainer.fit(x, [0, 1] * 20, epochs=1, validation=(x[:2], [0, 2]), progress=False)
    with pytest.raises(pellucid.data.DataError, match=r"row 0 holds 'x'$"):
        trainer.predict(np.array([["x"]]))
