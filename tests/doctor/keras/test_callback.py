"""Tests of the callback for Keras: the run is left as it is, batches are seen wherever they come from, nothing stays wrapped."""

import random

import numpy as np
import pytest

keras = pytest.importorskip("keras")
pytestmark = pytest.mark.peers

from keras import layers  # noqa: E402
from tests.doctor.keras.programs import HELD, HELD_Y, X, Y, classifier, fitted  # noqa: E402

from pellucid.doctor.keras import Doctor  # noqa: E402


class Noisy(layers.Layer):
    """Adds noise from Keras's own generator."""

    def call(self, x, training=False):
        """Return the input, in training with noise."""
        return x + keras.random.normal(keras.ops.shape(x)) * 0.1 if training else x


def random_model():
    """Return a model in which everything that can move by itself does."""
    inputs = keras.Input((12,))
    h = layers.BatchNormalization()(layers.Dense(16, activation="relu")(Noisy()(inputs)))
    model = keras.Model(inputs, layers.Dense(4)(layers.Dropout(0.3)(h)))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1.0), loss, metrics=["accuracy"])
    return model


def state_after(callbacks):
    """Train; return every variable, the gradients, and what each random generator draws next."""
    keras.utils.set_random_seed(3)
    model = random_model()
    history = model.fit(X, Y, epochs=2, validation_data=(HELD, HELD_Y), verbose=0, callbacks=callbacks).history
    draws = [
        random.random(),
        np.random.random(),  # noqa: NPY002 (a user's)
        float(keras.ops.convert_to_numpy(keras.random.normal(()))),
    ]
    arrays = [keras.ops.convert_to_numpy(one.value).copy() for one in (*model.variables, *model.optimizer.variables)]
    if keras.backend.backend() == "torch":
        arrays += [one.value.grad.numpy().copy() for one in model.trainable_variables]
    return arrays, draws, history


def test_the_doctor_changes_no_bit_of_a_run():
    doctor = Doctor(verbose=False)
    watched, plain = state_after([doctor]), state_after([])
    assert doctor.findings[0].ailment == "learning-rate-too-high"  # trials were made
    assert all(np.array_equal(one, other) for one, other in zip(watched[0], plain[0], strict=True))
    assert watched[1:] == plain[1:]


class Stop(Exception):
    """Ends a fit."""


class Stopping(keras.callbacks.Callback):
    """Raises in the second step, before or after it."""

    def __init__(self, where):
        super().__init__()
        self.where = where

    def on_train_batch_begin(self, batch, logs=None):
        """Raise before the step."""
        if batch == 1 and self.where == "before":
            raise Stop

    def on_test_batch_end(self, batch, logs=None):
        """Raise in validation."""
        if self.where == "validation":
            raise Stop


@pytest.mark.parametrize("where", ["before", "validation", "data"])
def test_nothing_stays_wrapped_where_a_fit_fails(where):
    def batches():
        yield X[:32], Y[:32]
        if where == "data":
            raise Stop
        while True:
            yield X[32:64], Y[32:64]

    model, doctor = classifier(), Doctor(verbose=False)
    model.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(Stop):
        model.fit(
            batches(),
            steps_per_epoch=3,
            epochs=1,
            verbose=0,
            validation_data=(HELD, HELD_Y),
            callbacks=[Stopping(where), doctor],
        )
    assert not any("Armed" in type(value).__name__ for value in vars(model).values())
    activations = [layer.activation.__name__ for layer in model.layers]
    assert activations == ["relu", "softmax"]
    assert all("call" not in vars(layer) for layer in model.layers)


class Batches(keras.utils.PyDataset):
    """Ten batches."""

    def __len__(self):
        return 10

    def __getitem__(self, place):
        return X[40 * place : 40 * place + 40], Y[40 * place : 40 * place + 40]


def from_generator():
    while True:
        for place in range(10):
            yield Batches()[place]


def as_loader():
    torch = pytest.importorskip("torch")
    data = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    return torch.utils.data.DataLoader(data, batch_size=40)


@pytest.mark.parametrize("make", [Batches, from_generator, as_loader])
def test_rows_are_seen_wherever_they_come_from(make):
    model, doctor = classifier(), Doctor(verbose=False)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(make(), epochs=2, steps_per_epoch=10, verbose=0, callbacks=[doctor], validation_data=Batches(workers=1))
    assert doctor.chart.data.rows == 400
    assert doctor.chart.data.targets.classes == tuple(np.bincount(Y).tolist())
    assert doctor.chart.data.shared == 1.0
    rows = doctor.chart.patient.rows("training", 400)
    assert np.array_equal(np.sort(rows.x, axis=0), np.sort(X, axis=0))


def test_the_losses_are_those_of_the_batches():
    model, doctor = classifier(), Doctor(verbose=False)
    seen = []

    class Recorder(keras.callbacks.Callback):
        """Evaluates each batch before its step."""

        def on_train_batch_begin(self, batch, logs=None):
            """Compute the loss apart."""
            y = keras.ops.convert_to_tensor(Y[40 * batch : 40 * batch + 40])
            loss = keras.losses.sparse_categorical_crossentropy(y, model(X[40 * batch : 40 * batch + 40]))
            seen.append(float(keras.ops.convert_to_numpy(keras.ops.mean(loss))))

    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(Batches(), epochs=2, verbose=0, shuffle=False, callbacks=[doctor, Recorder()])
    assert doctor.chart.losses == pytest.approx(seen, rel=1e-4)


def test_findings_are_printed_causes_first_and_nothing_where_all_is_well(capsys):
    fitted(Doctor(), classifier(), epochs=6)
    assert capsys.readouterr().out == ""
    doctor = Doctor()
    fitted(doctor, classifier(), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    printed = capsys.readouterr().out
    assert printed.startswith("DR302 double-softmax (dense")
    assert "from_logits=False" in printed
    assert doctor.findings[0].to_dict()["ailment"] == "double-softmax"


def test_a_doctor_serves_one_fit_after_the_other():
    model, doctor = classifier(), Doctor(verbose=False)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert fitted(doctor, model, loss=loss)[0] == "double-softmax"
    assert fitted(doctor, model, epochs=6) == []


def test_a_run_is_recorded_in_a_folder(tmp_path):
    fitted(Doctor(out=tmp_path / "run", verbose=False), classifier(), metrics=["accuracy"])
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names >= {"setup.json", "metrics.jsonl", "vitals.jsonl", "findings.json"}
    assert len((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()) == 3 * 13 + 3
    with pytest.warns(UserWarning, match="this run is not recorded"):
        fitted(Doctor(out=tmp_path / "run", verbose=False), classifier())


def test_cures_are_tried_on_copies():
    model, doctor = classifier(), Doctor(verbose=False)
    fitted(doctor, model, optimizer=keras.optimizers.Adam(3.0))
    before = model.get_weights()
    assert "learning_rate=0.0" in str(doctor.treat(seconds=1))
    assert all(np.array_equal(one, other) for one, other in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize(
    ("options", "message"),
    [({"out": 3}, "out must be the path of a folder"), ({"verbose": "no"}, "verbose must be True or False")],
)
def test_a_wrong_argument_is_one_line(options, message):
    with pytest.raises(TypeError, match=message):
        Doctor(**options)
