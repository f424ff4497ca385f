"""What a user does with a trained model, as scripts of ten lines or so: from data to answer."""

import warnings

import numpy as np
import pytest
from PIL import Image

import pellucid
from pellucid.data import DataError, Dataset
from pellucid.nets import Affine, Conv, Flatten, Network, ReLU
from pellucid.nets.storage import StorageError, write_tensors
from pellucid.optim import Adam
from pellucid.shapes import ShapeError

pytestmark = pytest.mark.filterwarnings("error")  # nothing is said where nothing is wrong


def small(classes=2, shape=(4,)):
    return Network([Flatten(), Affine(16), ReLU(), Affine(classes)], shape)


def trainer_of(net, **options):
    return pellucid.Trainer(net, Adam(learning_rate=0.02), batch_size=16, **options)


@pytest.fixture
def flowers(tmp_path):
    """Forty small pictures, red and blue ones, in a folder for each class."""
    rng = np.random.default_rng(0)
    for name, channel in (("rose", 0), ("violet", 2)):
        (tmp_path / "flowers" / name).mkdir(parents=True)
        for i in range(20):
            pixels = rng.integers(0, 80, (8, 8, 3), dtype=np.uint8)
            pixels[..., channel] += 150
            Image.fromarray(pixels).save(tmp_path / "flowers" / name / f"{i}.png")
    return tmp_path / "flowers"


# ---- scripts ----


def test_images_from_a_folder(flowers, tmp_path):
    net = pellucid.Network([Conv(4, 3, pad=1), ReLU(), Flatten(), Affine(2)], input_shape=(3, 8, 8))
    trainer = pellucid.Trainer(net, pellucid.optim.Adam(learning_rate=0.01), batch_size=8)
    trainer.fit(flowers, epochs=10, folder=tmp_path / "run")
    model = pellucid.load(tmp_path / "run")
    assert model.classes == ("rose", "violet")
    assert model.predict(flowers / "rose" / "0.png").tolist() == ["rose"]
    assert model.predict([flowers / "rose" / "1.png", str(flowers / "violet" / "2.png")]).tolist() == ["rose", "violet"]
    assert model.predict(flowers).tolist() == ["rose"] * 20 + ["violet"] * 20
    assert model.evaluate(flowers).accuracy == trainer.evaluate(flowers).accuracy == 1
    assert model.origin.data == str(flowers)
    with pytest.raises(ShapeError, match="take raw pixels"):
        net.predict(np.zeros((1, 3, 8, 8), np.uint8))


def test_photos_of_any_size_are_resized_as_in_training(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(10):
            pixels = rng.integers(0, 256, (20 + i, 30 - i, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{i}.png")
    photos = pellucid.data.load_folder(tmp_path / "photos", size=12)
    trainer = trainer_of(small(2, (3, 12, 12)))
    trainer.fit(photos, epochs=1)
    np.testing.assert_allclose(trainer.predict_proba(tmp_path / "photos"), trainer.predict_proba(photos), rtol=1e-6)


def test_evaluate_and_predict_take_what_fit_takes():
    data = pellucid.data.load("digits")
    trainer = trainer_of(small(10, (1, 8, 8)))
    trainer.fit(data, epochs=5)
    known = trainer.evaluate(data.test)
    assert known.accuracy > 0.9
    assert repr(known) == f"Evaluation of 359 samples: loss {known.loss:.4f}, accuracy {known.accuracy:.2%}"
    images, labels = data.test.images, data.test.labels
    for given in (
        (data,),
        ("digits",),
        ((images, labels),),
        (images, labels),
        (images.astype(np.float64), labels.tolist()),
    ):
        assert trainer.evaluate(*given).accuracy == known.accuracy
    answers = trainer.predict(data)
    assert (answers == labels.astype(str)).mean() == known.accuracy
    for given in (data.test, images, images.astype("float32"), images.tolist(), (images, labels)):
        assert trainer.predict(given).tolist() == answers.tolist()
    shares = trainer.predict_proba(images)
    assert shares.shape == (359, 10)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert [trainer.model.classes[i] for i in shares.argmax(axis=1)] == answers.tolist()


def test_a_saved_model_answers_as_before(tmp_path):
    data = pellucid.data.load("digits")
    trainer = trainer_of(small(10, (1, 8, 8)))
    trainer.fit(data, epochs=1)
    trainer.model.save(tmp_path / "digits.safetensors")
    model = pellucid.load(tmp_path / "digits.safetensors")
    assert np.array_equal(model.scores(data.test.images), trainer.model.scores(data.test.images))
    assert model.evaluate(data).loss == trainer.evaluate(data).loss
    assert model.describe() == trainer.model.describe()
    assert "0, 1, 2, 3, 4, 5, 6, 7, 8, 9" in model.describe()


def test_a_run_of_the_first_version_is_read(tmp_path):
    """Its file holds classes, mean and standard deviation in a form of its own."""
    data = pellucid.data.load("digits")
    trainer = trainer_of(small(10, (1, 8, 8)))
    trainer.fit(data, epochs=1)
    mean, std = (values.tolist() for values in trainer.model.preparation.standardization)
    about = {"data": "digits", "size": None, "classes": list(data.classes), "white": 16.0, "mean": mean, "std": std}
    about |= {"loss": "softmax", "label_smoothing": 0.1}
    document = {"network": trainer.net.to_document(), "about": about, "epoch": 1}
    write_tensors(tmp_path / "best.safetensors", trainer.net.named_tensors(), document)
    model = pellucid.load(tmp_path)
    assert np.array_equal(model.scores(data), trainer.model.scores(data))
    assert model.predict(data).tolist() == trainer.predict(data).tolist()
    assert model.label_smoothing == 0.1


def test_string_labels():
    x = np.random.default_rng(0).standard_normal((80, 4))
    y = np.where(x[:, 0] > 0, "yes", "no")
    trainer = trainer_of(small())
    trainer.fit(x, list(y), epochs=20)
    assert set(trainer.predict(x)) == {"yes", "no"}
    assert (trainer.predict(x) == y).mean() == trainer.evaluate(x, y).accuracy > 0.9


def test_own_validation():
    x = np.random.default_rng(0).standard_normal((80, 4))
    y = (x[:, 0] > 0).astype(int)
    own = trainer_of(small()).fit(x[:60], y[:60], 4, validation=(x[60:], y[60:]))
    share = trainer_of(small()).fit((x, y), epochs=4, validation=0.25)
    again = trainer_of(small()).fit((x, y), epochs=4, validation=0.25)
    assert None not in own.val_accuracy + share.val_accuracy
    assert own.val_loss != share.val_loss
    assert share.val_loss == again.val_loss


def test_lists_and_epochs_by_position():
    x = np.random.default_rng(0).standard_normal((40, 4))
    y = (x[:, 0] > 0).astype(int)
    runs = [
        trainer_of(small()).fit(*given, **named).step_losses
        for given, named in [
            (((x, y), 3), {}),
            (((x, y),), {"epochs": 3}),
            ((x, y, 3), {}),
            ((x, y), {"epochs": 3}),
            ((x.tolist(), y.tolist()), {"epochs": 3}),
        ]
    ]
    assert runs[1:] == runs[:-1]


def test_a_history_as_columns_and_curves():
    x = np.random.default_rng(0).standard_normal((40, 4))
    history = trainer_of(small(), metrics=["f1"], schedule=pellucid.optim.Cosine()).fit(
        x, (x[:, 0] > 0).astype(int), epochs=3, validation=0.2
    )
    columns = history.to_dict()
    assert columns["val_f1"] == history.metrics["val_f1"]
    assert columns["epoch"] == [1, 2, 3]
    assert columns["learning_rate"] == list(history.step_learning_rates[1::2])  # two steps an epoch
    assert columns["learning_rate"] == sorted(columns["learning_rate"], reverse=True)
    assert [axes.get_title("left") for axes in history.plot().axes] == ["Loss", "Accuracy", "Metrics", "Learning rate"]


def test_the_words_of_other_libraries(capsys):
    net = small()
    net.summary()
    assert capsys.readouterr().out == net.describe() + "\n"
    assert np.array_equal(net(X.astype(np.float32)), net.predict(X))
    trainer = trainer_of(net, class_weight="balanced")
    trainer.fit(X, np.array(["a", "b", "b", "b"] * 2), epochs=1)
    by_name = trainer_of(small(), class_weight={"a": 2.0, "b": 2 / 3})
    by_name.fit(X, np.array(["a", "b", "b", "b"] * 2), epochs=1)
    np.testing.assert_allclose(by_name.net.params.flat, trainer.net.params.flat, rtol=1e-6)


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_a_history_as_a_frame(package, monkeypatch):
    frames = pytest.importorskip(package)
    monkeypatch.setattr("pellucid.train.history.FRAMES", (package,))
    history = trainer_of(small()).fit(X, Y, epochs=2)
    frame = history.to_frame()
    assert isinstance(frame, frames.DataFrame)
    assert list(frame["train_loss"]) == history.train_loss


def test_a_frame_needs_a_package(monkeypatch):
    monkeypatch.setattr("pellucid.train.history.FRAMES", ("no_such_package",))
    with pytest.raises(ShapeError, match="needs pandas or polars: pip install pandas"):
        trainer_of(small()).fit(X, Y, epochs=1).to_frame()


def test_more_epochs_for_a_finished_run(tmp_path):
    x = np.random.default_rng(0).standard_normal((64, 4))
    y = (x[:, 0] > 0).astype(int)
    whole = trainer_of(small())
    whole.fit(x, y, epochs=4)
    trainer_of(small()).fit(x, y, epochs=2, folder=tmp_path / "run")
    more = trainer_of(small())  # a new process
    history = more.fit(x, y, epochs=4, folder=tmp_path / "run", resume=True)
    assert len(history.epochs) == 4
    assert np.array_equal(
        more.net.params.flat, whole.net.params.flat
    )  # at a constant rate, as if there had been no end
    finished = trainer_of(small()).fit(x, y, epochs=4, folder=tmp_path / "run", resume=True)
    assert finished.step_losses == ()
    with pytest.raises(StorageError, match="epochs 4 -> 3"):
        trainer_of(small()).fit(x, y, epochs=3, folder=tmp_path / "run", resume=True)


def test_a_model_of_own_pipeline_and_classes(tmp_path):
    """Class names and standardization of the user's own reach the file."""
    x = np.random.default_rng(0).normal(50, 10, (60, 4)).astype(np.float32)
    data = Dataset(x, (x[:, 0] > 50).astype(int), ("low", "high"))
    pipeline = pellucid.data.Pipeline(pellucid.data.Standardization.of(x))
    trainer = trainer_of(small())
    trainer.fit(data, epochs=20, pipeline=pipeline, folder=tmp_path / "run")
    model = pellucid.load(tmp_path / "run")
    assert (model.predict(x) == np.array(data.classes)[data.labels]).mean() > 0.9
    reordered = Dataset(x, 1 - data.labels, ("high", "low"))  # the same, numbered the other way round
    assert model.evaluate(reordered).accuracy == model.evaluate(data).accuracy > 0.9


# ---- prepared twice, or not at all ----


def test_inputs_of_another_form_are_recognised():
    data = pellucid.data.load("digits")
    trainer = trainer_of(small(10, (1, 8, 8)))
    trainer.fit(data, epochs=1)
    pixels = data.test.images
    with pytest.warns(UserWarning, match="standardized already; the model takes raw pixels, 0 to 16") as said:
        trainer.predict(trainer.model.preparation.prepare(pixels))
    assert said[0].filename == __file__  # the line of the user
    with pytest.warns(UserWarning, match="between 0 and 1"):
        trainer.predict(pixels / 16)
    on_floats = trainer_of(small(10, (1, 8, 8)))
    on_floats.fit(trainer.model.preparation.prepare(data.train.images), data.train.labels, 1)
    with pytest.warns(UserWarning, match="standard deviation 60.*those of training had mean"):
        on_floats.evaluate((pixels * 10.0, data.test.labels))


@pytest.mark.parametrize(
    "inputs", [np.zeros((2, 1, 8, 8)), np.full((2, 1, 8, 8), 16.0), np.zeros((1, 1, 8, 8), np.uint8)]
)
def test_plain_black_and_white_is_not_suspected(inputs):
    data = pellucid.data.load("digits")
    trainer = trainer_of(small(10, (1, 8, 8)))
    trainer.fit(data, epochs=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trainer.predict(inputs)


def test_rows_that_are_much_alike_are_not_suspected_and_standardized_ones_are():
    rng = np.random.default_rng(0)
    x = rng.normal(500, 100, (64, 3)).astype(np.float32)
    trainer = trainer_of(small(2, (3,)))
    trainer.fit(x, np.arange(64) % 2, 1, pipeline=pellucid.data.Pipeline(pellucid.data.Standardization.of(x)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trainer.predict(np.float32(480) + rng.standard_normal((8, 3)).astype(np.float32))
    with pytest.warns(UserWarning, match="mean .* and standard deviation"):
        trainer.predict((x - 500) / 100)


# ---- bad input ----

X = np.random.default_rng(0).standard_normal((8, 4))
Y = np.arange(8) % 2
REFUSED = [
    ("no epochs", lambda t: t.fit(X, Y), ShapeError, ["epochs", "missing", "fit(data, epochs=10)"]),
    ("epochs twice", lambda t: t.fit((X, Y), 3, 4), ShapeError, ["twice", "3 and 4"]),
    ("no targets", lambda t: t.fit(X, epochs=1), DataError, ["a pair of arrays (x, y)", "ndarray"]),
    ("ragged", lambda t: t.fit([[1, 2], [3]], [0, 1], 1), DataError, ["data", "same shape", "rows differ"]),
    ("a word", lambda t: t.fit([[1, "a", 3, 4], [1, 2, 3, 4]], [0, 1], 1), DataError, ["data: inputs must be numbers"]),
    ("None", lambda t: t.fit([[1, 2, 3, 4], [1, 2, None, 4]], [0, 1], 1), DataError, ["row 1 holds None"]),
    ("columns", lambda t: t.fit(X[:, :3], Y, 1), DataError, ["samples of shape (N, 4)", "got (8, 3)"]),
    ("validation columns", lambda t: t.fit(X, Y, 1, validation=(X[:, :3], Y)), DataError, ["validation", "(8, 3)"]),
    ("a new class", lambda t: t.fit(X, ["a", "b"] * 4, 1, validation=(X, ["a", "c"] * 4)), DataError,
     ["validation", "row 1", "'c'", "a, b"]),
    ("three classes for two scores", lambda t: t.fit(X, ["a", "b", "c", "a"] * 2, 1), ShapeError,
     ["2 scores", "3 classes", "Affine(3)"]),
    ("a missing target", lambda t: t.fit(X, [0, 1, None, 1] * 2, 1), DataError, ["row 2 is missing"]),
    ("half a share", lambda t: t.fit(X, Y, 1, validation=0.01), DataError, ["validation", "0.01 takes 0 of 8"]),
    ("another library's word", lambda t: t.fit(X, Y, 1, validation_split=0.1), TypeError, ["write validation=0.1"]),
    ("a typing mistake", lambda t: t.fit(X, Y, epoch=1), TypeError, ["'epoch'; did you mean 'epochs'?"]),
    ("an unknown word", lambda t: t.fit(X, Y, 1, colour=1), TypeError, ["'colour'; its keywords are epochs, on_event"]),
    ("model before fit", lambda t: t.model, DataError, ["call fit first"]),
    ("predict before fit", lambda t: t.predict(X), DataError, ["call fit first"]),
]  # fmt: skip


@pytest.mark.parametrize(("do", "error", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_bad_input_is_one_line_before_the_first_step(do, error, says):
    trainer = trainer_of(small())
    before = trainer.net.params.flat.copy()
    with pytest.raises(error) as caught:
        do(trainer)
    assert "\n" not in str(caught.value)
    for fragment in says:
        assert fragment in str(caught.value)
    assert np.array_equal(trainer.net.params.flat, before)


ASKED = [
    ("one sample", lambda m: m.predict(np.zeros((3, 8, 8))), ["one sample", "inputs[None]"]),
    ("channels last", lambda m: m.predict(np.zeros((5, 8, 8, 3))), ["transpose(0, 3, 1, 2)"]),
    ("rows", lambda m: m.predict(np.zeros((5, 192))), ["reshape(-1, 3, 8, 8)"]),
    ("nothing", lambda m: m.predict(np.zeros((0, 3, 8, 8))), ["no samples"]),
    ("no such file", lambda m: m.predict("nowhere.png"), ["nowhere.png: no such file"]),
    ("text", lambda m: m.predict(np.full((1, 3, 8, 8), "a")), ["must be numbers"]),
]


@pytest.mark.parametrize(("do", "says"), [row[1:] for row in ASKED], ids=[row[0] for row in ASKED])
def test_a_model_refuses_in_one_line(flowers, do, says):
    trainer = trainer_of(small(2, (3, 8, 8)))
    trainer.fit(flowers, epochs=1)
    with pytest.raises(DataError) as caught:
        do(trainer.model)
    assert "\n" not in str(caught.value)
    for fragment in says:
        assert fragment in str(caught.value)


def test_classes_that_training_lacks_are_named(flowers):
    trainer = trainer_of(small(2, (3, 8, 8)))
    trainer.fit(flowers, epochs=1)
    other = Dataset(np.zeros((2, 3, 8, 8), np.uint8), np.array([0, 1]), ("rose", "tulip"))
    with pytest.raises(
        DataError, match="evaluate: row 1 is 'tulip', which is not among the classes trained on, rose, violet"
    ):
        trainer.evaluate(other)


@pytest.mark.parametrize("name", ["nowhere", "text.txt", "net.safetensors"])
def test_what_is_no_model_is_refused(tmp_path, name):
    (tmp_path / "text.txt").write_text("no model")
    small().save(tmp_path / "net.safetensors")
    with pytest.raises(StorageError, match=name):
        pellucid.load(tmp_path / name)


def absolute(scores, targets):
    error = scores - np.eye(scores.shape[1], dtype=scores.dtype)[targets]
    return np.abs(error).mean(), np.sign(error) / error.size


def test_a_loaded_model_whose_loss_is_a_function_says_that_it_does_not_know_it(tmp_path):
    """It only knows the function's name; what the outputs mean, it does know."""
    x = np.random.default_rng(0).standard_normal((30, 4))
    y = np.array(["ant", "bee", "cat"])[np.arange(30) % 3]
    trainer = pellucid.Trainer(small(3), loss=absolute, metrics=["f1"])
    trainer.fit(x, y, epochs=1, progress=False)
    trainer.model.save(tmp_path / "model.safetensors")
    model, known = pellucid.load(tmp_path / "model.safetensors"), trainer.evaluate(x, y)
    found = model.evaluate(x, y)
    assert (found.loss, found.accuracy) == (None, known.accuracy)
    assert repr(found).startswith("Evaluation of 30 samples: loss unknown (give loss=function), accuracy ")
    assert model.evaluate(x, y, loss=absolute).loss == known.loss
    assert model.classes == ("ant", "bee", "cat")
    assert set(model.predict(x)) <= {"ant", "bee", "cat"}
    numbers = pellucid.Trainer(Network([Affine(1)], (4,)), loss="mse")
    numbers.fit(x, x[:, 0], epochs=1, progress=False)
    with pytest.raises(ShapeError, match="the loss bce takes indicators"):
        numbers.model.evaluate(x, x[:, 0], loss="bce")
