"""Tests of the doctor for Keras: short trainings with mistakes that users make get their name, correct ones get nothing."""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
pytestmark = pytest.mark.peers

from keras import layers  # noqa: E402
from tests.doctor.keras.programs import HELD, HELD_Y, X, Y, classifier, fitted  # noqa: E402

from pellucid.doctor.keras import Doctor  # noqa: E402

ONE_HOT, HELD_ONE_HOT = np.eye(4, dtype="float32")[Y], np.eye(4, dtype="float32")[HELD_Y]
NUMBERS, HELD_NUMBERS = X @ np.linspace(-1, 1, 12), HELD @ np.linspace(-1, 1, 12)


def frozen():
    """Return a classifier whose first layer is frozen and whose second is narrow."""
    model = classifier()
    for layer in model.layers:
        layer.trainable = False
    return model


def normalized():
    """Return a classifier whose running statistics hardly move."""
    return keras.Sequential(
        [
            layers.Input((12,)),
            layers.BatchNormalization(momentum=0.999),
            layers.Dense(24, activation="relu"),
            layers.Dense(4, activation="softmax"),
        ]
    )


ORDER = np.argsort(Y, kind="stable")
SICK = {
    "loss-does-not-fit-output": (lambda: classifier(activation=None), {"epochs": 4}),
    "softmax-on-one-unit": (
        lambda: classifier(outputs=1),
        {"loss": "binary_crossentropy", "y": Y // 2, "held": (HELD, HELD_Y // 2)},
    ),
    "relu-on-output": (
        lambda: classifier(activation="relu", outputs=1),
        {"loss": "mse", "y": NUMBERS, "held": (HELD, HELD_NUMBERS)},
    ),
    "metric-does-not-fit": (
        lambda: classifier(activation=None, outputs=1),
        {"loss": "mse", "y": NUMBERS / 5, "held": (HELD, HELD_NUMBERS / 5), "metrics": ["accuracy"], "epochs": 8},
    ),
    "labels-not-one-hot": (
        lambda: classifier(activation=None),
        {"loss": "mse", "y": Y[:, None], "held": (HELD, HELD_Y[:, None])},
    ),
    "inputs-not-scaled": (
        classifier,
        {"x": 300 * X + 2000, "held": (300 * HELD + 2000, HELD_Y), "optimizer": keras.optimizers.SGD(0.05)},
    ),
    "parameters-not-updated": (frozen, {}),
    "bad-initialisation": (
        lambda: classifier(kernel_initializer="zeros"),
        {"optimizer": keras.optimizers.SGD(0.1)},
    ),
    "preprocessing-differs": (classifier, {"held": (HELD * 50 + 20, HELD_Y), "epochs": 6}),
    "not-shuffled": (classifier, {"x": X[ORDER], "y": Y[ORDER], "shuffle": False, "epochs": 6}),
    "batch-norm-not-settled": (normalized, {"x": 300 * X + 2000, "held": (300 * HELD + 2000, HELD_Y), "epochs": 6}),
}


@pytest.mark.filterwarnings("ignore:The model does not have any trainable weights")
@pytest.mark.parametrize("ailment", SICK)
def test_a_mistake_is_named_first(ailment):
    keras.utils.set_random_seed(0)
    make, options = SICK[ailment]
    assert fitted(Doctor(verbose=False), make(), **options)[:1] == [ailment]


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (lambda: classifier(activation=None), {"loss": keras.losses.SparseCategoricalCrossentropy(from_logits=True)}),
        (
            classifier,
            {
                "loss": "categorical_crossentropy",
                "y": ONE_HOT,
                "held": (HELD, HELD_ONE_HOT),
                "class_weight": {0: 1.0, 1: 5.0},
            },
        ),
        (
            lambda: classifier(activation=None, outputs=1),
            {"loss": "mse", "y": NUMBERS / 5, "held": (HELD, HELD_NUMBERS / 5)},
        ),
    ],
)
def test_a_correct_training_is_told_nothing(make, options):
    keras.utils.set_random_seed(0)
    assert fitted(Doctor(verbose=False), make(), epochs=8, **options) == []


class Subclassed(keras.Model):
    """Computes its activations outside of layers."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = layers.Dense(24), layers.Dense(24), layers.Dense(4)

    def call(self, x):
        """Return scores."""
        return self.last(keras.ops.relu(self.second(keras.ops.relu(self.first(x)))))


def test_functions_between_layers_are_seen():
    doctor = Doctor(verbose=False)
    found = fitted(doctor, Subclassed(), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), epochs=6)
    assert found == []  # no-nonlinearity among them
    kinds = [layer.kind for layer in doctor.chart.setup.layers]
    assert kinds == ["affine", "function", "affine", "function", "affine"]


def test_of_several_outputs_the_first_is_examined():
    inputs = keras.Input((12,))
    h = layers.Dense(24, activation="relu")(inputs)
    outputs = {"kind": layers.Dense(4, activation="softmax", name="kind")(h), "size": layers.Dense(1, name="size")(h)}
    doctor = Doctor(verbose=False)
    found = fitted(
        doctor,
        keras.Model(inputs, outputs),
        loss={"kind": keras.losses.SparseCategoricalCrossentropy(from_logits=True), "size": "mse"},
        y={"kind": Y, "size": NUMBERS},
        held=(HELD, {"kind": HELD_Y, "size": HELD_NUMBERS}),
    )
    assert found[0] == "double-softmax"
    assert "'size'" in doctor.left_out[0]


class OwnStep(keras.Model):
    """Trains in a way of its own."""

    def train_step(self, data):
        """Do what Keras does."""
        return super().train_step(data)


def test_what_cannot_be_tried_is_said():
    inputs = keras.Input((12,))
    model = OwnStep(inputs, layers.Dense(4, activation="softmax")(inputs))
    doctor = Doctor(verbose=False)
    fitted(doctor, model, optimizer=keras.optimizers.SGD(1e-6))
    assert any("the model has a train_step of its own" in line for line in doctor.left_out)
    assert doctor.chart.patient is None
