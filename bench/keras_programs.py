"""Small Keras programs as people write them, each with one mistake that can be switched on; run by `bench.doctor_keras`.

Each takes a seed, whether it is sick, and the callbacks of `fit`.
"""

from typing import Any

import keras
import numpy as np
from keras import layers
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

__all__ = ["PROGRAMS"]


def digits(seed: int) -> Any:
    """Return digits with pixels from 0 to 1, in two parts."""
    X, y = load_digits(return_X_y=True)
    return train_test_split(X.astype("float32") / 16, y, test_size=0.25, random_state=seed, stratify=y)


def double_softmax(seed: int, sick: bool, callbacks: Any) -> None:
    """A tutorial's classifier: the softmax was added, and the loss still takes logits."""
    x_train, x_test, y_train, y_test = digits(seed)
    model = keras.Sequential(
        [layers.Input((64,)), layers.Dense(128, activation="relu"), layers.Dropout(0.2), layers.Dense(10)]
    )
    if sick:
        model.add(layers.Softmax())
    loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss_fn, metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=6, validation_data=(x_test, y_test), callbacks=callbacks, verbose=0)


def logits_as_probabilities(seed: int, sick: bool, callbacks: Any) -> None:
    """The softmax is missing."""
    x_train, x_test, y_train, y_test = digits(seed)
    model = keras.Sequential()
    model.add(layers.Input(shape=(64,)))
    model.add(layers.Dense(64, activation="relu"))
    model.add(layers.Dense(10) if sick else layers.Dense(10, activation="softmax"))
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=8, validation_data=(x_test, y_test), callbacks=callbacks, verbose=0)


def softmax_on_one_unit(seed: int, sick: bool, callbacks: Any) -> None:
    """Yes or no, with a softmax on the only unit."""
    X, y = load_breast_cancer(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    model = keras.Sequential([layers.Input((30,)), layers.Dense(16, activation="relu")])
    model.add(layers.Dense(1, activation="softmax" if sick else "sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.01), metrics=["accuracy"])
    model.fit(X, y, epochs=10, batch_size=32, validation_split=0.2, callbacks=callbacks, verbose=0)


def relu_on_output(seed: int, sick: bool, callbacks: Any) -> None:
    """A regression on standardized targets whose output cannot be negative."""
    X, y = load_diabetes(return_X_y=True)
    X, y = StandardScaler().fit_transform(X), StandardScaler().fit_transform(y.reshape(-1, 1))
    model = keras.Sequential([layers.Input((10,)), layers.Dense(32, activation="relu")])
    model.add(layers.Dense(1, activation="relu" if sick else None))
    model.compile(loss="mse", optimizer=keras.optimizers.Adam(0.005), metrics=["mae"])
    model.fit(X, y, epochs=15, batch_size=32, validation_split=0.2, callbacks=callbacks, verbose=0)


def sigmoid_over_classes(seed: int, sick: bool, callbacks: Any) -> None:
    """Three classes, one-hot, with a sigmoid for each."""
    X, y = load_wine(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    order = np.random.default_rng(seed).permutation(len(y))
    X, Y = X[order], keras.utils.to_categorical(y[order])
    inputs = keras.Input(shape=(13,))
    h = layers.Dense(16, activation="relu")(inputs)
    outputs = layers.Dense(3, activation="sigmoid" if sick else "softmax")(h)
    model = keras.Model(inputs, outputs)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="categorical_crossentropy", metrics=["accuracy"])
    model.fit(X, Y, epochs=25, batch_size=16, validation_split=0.2, callbacks=callbacks, verbose=0)


def squared_error_of_classes(seed: int, sick: bool, callbacks: Any) -> None:
    """Squared error on a softmax."""
    x_train, x_test, y_train, y_test = digits(seed)
    y_train, y_test = keras.utils.to_categorical(y_train), keras.utils.to_categorical(y_test)
    model = keras.Sequential(
        [layers.Input((64,)), layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")]
    )
    model.compile(loss="mse" if sick else "categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=10, validation_data=(x_test, y_test), callbacks=callbacks, verbose=0)


def accuracy_of_numbers(seed: int, sick: bool, callbacks: Any) -> None:
    """A regression that reports accuracy."""
    X, y = load_diabetes(return_X_y=True)
    X, y = StandardScaler().fit_transform(X), (y - y.mean()) / y.std()
    model = keras.Sequential([layers.Input((10,)), layers.Dense(32, activation="relu"), layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.005), loss="mse", metrics=["accuracy" if sick else "mae"])
    model.fit(X, y, epochs=12, validation_split=0.2, callbacks=callbacks, verbose=0)


def pixels_not_scaled(seed: int, sick: bool, callbacks: Any) -> None:
    """Pixels from 0 to 255 go into a convolutional network."""
    x_train, x_test, y_train, y_test = (np.round(a * 255) if a.ndim > 1 else a for a in digits(seed))
    x_train, x_test = x_train.reshape(-1, 8, 8, 1)[:800], x_test.reshape(-1, 8, 8, 1)[:200]
    model = keras.Sequential([layers.Input((8, 8, 1))])
    if not sick:
        model.add(layers.Rescaling(1 / 255))
    model.add(layers.Conv2D(16, 3, activation="relu"))
    model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train, y_train[:800], epochs=5, validation_data=(x_test, y_test[:200]), callbacks=callbacks, verbose=0)


def rate(too: float, fine: float, optimizer: Any = keras.optimizers.Adam) -> Any:
    """Return a program whose learning rate is wrong."""

    def program(seed: int, sick: bool, callbacks: Any) -> None:
        x_train, x_test, y_train, y_test = digits(seed)
        model = keras.Sequential([layers.Input((64,))])
        model.add(layers.Dense(64, activation="relu"))
        model.add(layers.Dense(64, activation="relu"))
        model.add(layers.Dense(10, activation="softmax"))
        model.compile(
            optimizer(learning_rate=too if sick else fine), loss="sparse_categorical_crossentropy", metrics=["acc"]
        )
        model.fit(x_train, y_train, epochs=6, validation_data=(x_test, y_test), callbacks=callbacks, verbose=0)

    return program


class Classifier(keras.Model):
    """A subclassed model."""

    def __init__(self, trainable: bool) -> None:
        super().__init__()
        self.features = [layers.Dense(24, activation="tanh") for _ in range(3)]
        for layer in self.features:
            layer.trainable = trainable
        self.head = layers.Dense(1)

    def call(self, x: Any) -> Any:
        """Return a score."""
        for layer in self.features:
            x = layer(x)
        return self.head(x)


def frozen_layers(seed: int, sick: bool, callbacks: Any) -> None:
    """All layers but the last are frozen, and were never trained."""
    draws = np.random.default_rng(seed)
    x = draws.normal(size=(900, 12)).astype("float32")
    y = (np.sin(2 * x[:, 0]) * x[:, 1] + x[:, 2] * x[:, 3] > 0).astype("float32")
    model = Classifier(trainable=not sick)
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(
        optimizer=keras.optimizers.Adam(0.01), loss=loss, metrics=[keras.metrics.BinaryAccuracy(threshold=0.0)]
    )
    model.fit(x[:700], y[:700], epochs=25, validation_data=(x[700:], y[700:]), callbacks=callbacks, verbose=0)


def zero_initialisation(seed: int, sick: bool, callbacks: Any) -> None:
    """All weights begin at 0."""
    x_train, x_test, y_train, y_test = digits(seed)
    start = "zeros" if sick else "glorot_uniform"
    model = keras.Sequential([layers.Input((64,)), layers.Dense(64, activation="relu", kernel_initializer=start)])
    model.add(layers.Dense(10, activation="softmax", kernel_initializer=start))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=6, validation_data=(x_test, y_test), callbacks=callbacks, verbose=0)


def dead_units(seed: int, sick: bool, callbacks: Any) -> None:
    """Biases begin far below 0, so that no unit is ever above it."""
    x_train, x_test, y_train, y_test = digits(seed)
    bias = keras.initializers.Constant(-20.0 if sick else 0.1)
    model = keras.Sequential(
        [layers.Input((64,)), layers.Dense(64, bias_initializer=bias), layers.ReLU(), layers.Dense(10)]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=6, validation_data=(x_test, y_test), callbacks=callbacks, verbose=0)


def deep_sigmoids(seed: int, sick: bool, callbacks: Any) -> None:
    """Eight layers of sigmoids."""
    x_train, x_test, y_train, y_test = digits(seed)
    inputs = h = keras.Input((64,))
    for _ in range(8):
        h = layers.Dense(32, activation="sigmoid" if sick else "relu")(h)
    model = keras.Model(inputs, layers.Dense(10, activation="softmax")(h))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train, y_train, epochs=8, validation_data=(x_test, y_test), callbacks=callbacks, verbose=0)


def too_few_epochs(seed: int, sick: bool, callbacks: Any) -> None:
    """One epoch."""
    x_train, x_test, y_train, y_test = digits(seed)
    model = keras.Sequential(
        [layers.Input((64,)), layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")]
    )
    model.compile(keras.optimizers.Adam(5e-4), "sparse_categorical_crossentropy", metrics=["accuracy"])
    epochs = 1 if sick else 12
    model.fit(x_train, y_train, epochs=epochs, validation_data=(x_test, y_test), callbacks=callbacks, verbose=0)


def slow_batch_norm(seed: int, sick: bool, callbacks: Any) -> None:
    """Pixels from 0 to 255 are normalized by statistics that need thousands of steps, in a run of some hundred."""
    x_train, x_test, y_train, y_test = digits(seed)
    model = keras.Sequential([layers.Input((64,)), layers.BatchNormalization(momentum=0.999 if sick else 0.9)])
    model.add(layers.Dense(64, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(255 * x_train, y_train, epochs=6, validation_data=(255 * x_test, y_test), callbacks=callbacks, verbose=0)


def validation_not_scaled(seed: int, sick: bool, callbacks: Any) -> None:
    """Only the training part was scaled."""
    x_train, x_test, y_train, y_test = digits(seed)
    model = keras.Sequential(
        [layers.Input((64,)), layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    held = (x_test * 16 if sick else x_test, y_test)
    model.fit(x_train, y_train, epochs=6, validation_data=held, callbacks=callbacks, verbose=0)


class Batches(keras.utils.PyDataset):
    """Batches in the order of the rows."""

    def __init__(self, x: Any, y: Any) -> None:
        super().__init__()
        self.x, self.y = x, y

    def __len__(self) -> int:
        return len(self.y) // 32

    def __getitem__(self, i: int) -> Any:
        return self.x[32 * i : 32 * i + 32], self.y[32 * i : 32 * i + 32]


def sorted_batches(seed: int, sick: bool, callbacks: Any) -> None:
    """A data set that yields rows in the order of their labels."""
    x_train, x_test, y_train, y_test = digits(seed)
    if sick:
        x_train, y_train = x_train[np.argsort(y_train, kind="stable")], np.sort(y_train)
    model = keras.Sequential(
        [layers.Input((64,)), layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        Batches(x_train, y_train),
        epochs=6,
        validation_data=(x_test, y_test),
        shuffle=False,
        callbacks=callbacks,
        verbose=0,
    )


def rare_class(seed: int, sick: bool, callbacks: Any) -> None:
    """One row of thirty is of the other class; the twin weights the classes."""
    draws = np.random.default_rng(seed)
    x = draws.normal(size=(1500, 10)).astype("float32")
    y = (x[:, 0] + 0.7 * x[:, 1] + 0.6 * draws.normal(size=1500) > 2.6).astype("int64")
    model = keras.Sequential(
        [layers.Input((10,)), layers.Dense(16, activation="relu"), layers.Dense(1, activation="sigmoid")]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"] if sick else [keras.metrics.AUC(name="auc")])
    weights = None if sick else {0: 1.0, 1: float((y == 0).sum() / (y == 1).sum())}
    model.fit(x, y, epochs=8, validation_split=0.2, class_weight=weights, callbacks=callbacks, verbose=0)


def labels_as_numbers(seed: int, sick: bool, callbacks: Any) -> None:
    """Labels were not made one-hot, and the squared error compares each with all ten outputs."""
    x_train, x_test, y_train, y_test = digits(seed)
    y_train, y_test = y_train.reshape(-1, 1), y_test.reshape(-1, 1)
    if not sick:
        y_train, y_test = keras.utils.to_categorical(y_train, 10), keras.utils.to_categorical(y_test, 10)
    model = keras.Sequential([layers.Input((64,)), layers.Dense(64, activation="relu"), layers.Dense(10)])
    model.compile("adam", "mse")
    model.fit(x_train, y_train, epochs=6, validation_data=(x_test, y_test), callbacks=callbacks, verbose=0)


PROGRAMS: dict[str, tuple[Any, tuple[str, ...]]] = {  # one of these ailments is to come first
    "double softmax": (double_softmax, ("double-softmax",)),
    "logits as probabilities": (logits_as_probabilities, ("loss-does-not-fit-output",)),
    "softmax on one unit": (softmax_on_one_unit, ("softmax-on-one-unit",)),
    "relu on output": (relu_on_output, ("relu-on-output",)),
    "sigmoid over classes": (sigmoid_over_classes, ("loss-does-not-fit-output",)),
    "squared error of classes": (squared_error_of_classes, ("loss-does-not-fit-output",)),
    "accuracy of numbers": (accuracy_of_numbers, ("metric-does-not-fit",)),
    "pixels not scaled": (pixels_not_scaled, ("inputs-not-scaled",)),
    "rate too high": (rate(1.0, 1e-3), ("learning-rate-too-high",)),
    "rate too low": (rate(1e-5, 0.1, keras.optimizers.SGD), ("learning-rate-too-low",)),
    "frozen layers": (frozen_layers, ("parameters-not-updated",)),
    "zero initialisation": (zero_initialisation, ("bad-initialisation",)),
    "dead units": (dead_units, ("dead-units", "bad-initialisation")),
    "deep sigmoids": (deep_sigmoids, ("vanishing-gradient",)),
    "too few epochs": (too_few_epochs, ("too-few-epochs",)),
    "slow batch norm": (slow_batch_norm, ("batch-norm-not-settled",)),
    "validation not scaled": (validation_not_scaled, ("preprocessing-differs",)),
    "sorted batches": (sorted_batches, ("not-shuffled",)),
    "rare class": (rare_class, ("class-imbalance",)),
    "labels as numbers": (labels_as_numbers, ("labels-not-one-hot",)),
}
