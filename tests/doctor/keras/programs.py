"""Small models and data of these tests."""

import keras
import numpy as np
from keras import layers

DRAWS = np.random.default_rng(0)
CENTERS = 1.5 * DRAWS.standard_normal((4, 12))
Y = DRAWS.integers(0, 4, 400)
X = (CENTERS[Y] + DRAWS.standard_normal((400, 12))).astype(np.float32)
HELD_Y = DRAWS.integers(0, 4, 120)
HELD = (CENTERS[HELD_Y] + DRAWS.standard_normal((120, 12))).astype(np.float32)


def classifier(*, activation="softmax", hidden="relu", outputs=4, **options):
    """Return a small classifier that is not compiled."""
    return keras.Sequential(
        [
            layers.Input((12,)),
            layers.Dense(24, activation=hidden, **options),
            layers.Dense(outputs, activation=activation),
        ]
    )


def fitted(
    doctor, model, *, optimizer=None, loss="sparse_categorical_crossentropy", x=X, y=Y, held=(HELD, HELD_Y), **options
):
    """Compile and fit a model; return the names of what the doctor found."""
    model.compile(
        keras.optimizers.Adam(0.01) if optimizer is None else optimizer, loss, metrics=options.pop("metrics", None)
    )
    settings = {"epochs": 3, "batch_size": 32, "verbose": 0} | options
    model.fit(x, y, validation_data=held, callbacks=[doctor], **settings)
    return [finding.ailment for finding in doctor.findings]
