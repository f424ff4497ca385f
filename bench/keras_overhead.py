"""What watching costs: `fit` with and without the doctor, in turn, in seconds of the processor.

OMP_NUM_THREADS=1 KERAS_BACKEND=torch python -m bench.keras_overhead [--rounds 5] [--epochs 8]
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import layers

from pellucid.doctor.keras import Doctor


def dense() -> tuple[Any, Any, Any]:
    """Return three layers of 256 units, and 2,048 rows."""
    model = keras.Sequential(
        [layers.Input((64,)), *(layers.Dense(256, activation="relu") for _ in range(3)), layers.Dense(10)]
    )
    return model, *_data((64,), 2048)


def convolutional() -> tuple[Any, Any, Any]:
    """Return three convolutions with batch norm, and 512 images."""
    model = keras.Sequential([layers.Input((24, 24, 3))])
    for channels in (16, 32, 32):
        model.add(layers.Conv2D(channels, 3, padding="same"))
        model.add(layers.BatchNormalization())
        model.add(layers.ReLU())
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(10))
    return model, *_data((24, 24, 3), 512)


def _data(shape: tuple[int, ...], rows: int) -> tuple[Any, Any]:
    draws = np.random.default_rng(0)
    y = draws.integers(0, 10, rows)
    means = draws.standard_normal((10, *shape))
    return (means[y] + draws.standard_normal((rows, *shape))).astype(np.float32), y


def seconds(make: Callable[[], tuple[Any, Any, Any]], epochs: int, callbacks: list[Any]) -> float:
    """Return the processor's seconds of a fit."""
    keras.utils.set_random_seed(0)
    model, x, y = make()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"])
    began = time.process_time()
    model.fit(x, y, epochs=epochs, batch_size=32, verbose=0, callbacks=callbacks)
    return time.process_time() - began


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=8)
    arguments = parser.parse_args()
    for make in (dense, convolutional):
        seconds(make, 1, [Doctor(verbose=False)])  # what is loaded once
        ratios = []
        for _ in range(arguments.rounds):
            plain = seconds(make, arguments.epochs, [])
            ratios.append(seconds(make, arguments.epochs, [Doctor(verbose=False)]) / plain - 1)
        shown = ", ".join(f"{ratio:+.1%}" for ratio in sorted(ratios))
        print(f"{make.__name__:14} {plain:5.1f} s  median {np.median(ratios):+.1%}  ({shown})", flush=True)


if __name__ == "__main__":
    main()
