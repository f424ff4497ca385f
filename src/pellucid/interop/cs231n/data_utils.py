"""`cs231n.data_utils`: CIFAR-10 as the course prepares it.

It is read from the folder named by `PELLUCID_DATA` (either format); otherwise from `cs231n/datasets` in this folder or on the
import path, where the first cell of the notebooks puts it; otherwise from the cache, or downloaded.
"""

import os
import sys
from pathlib import Path

import numpy as np

from pellucid.data.cifar10 import ENVIRONMENT, find_cifar10, load_cifar10
from pellucid.data.cifar_pickle import read_batch
from pellucid.files import read_plain
from pellucid.shapes import Array

__all__ = ["get_CIFAR10_data", "load_CIFAR10", "load_CIFAR_batch"]

ROWS = 10_000  # in a batch file
LARGEST = 64 * 2**20  # bytes


def get_CIFAR10_data(
    num_training: int = 49000, num_validation: int = 1000, num_test: int = 1000, subtract_mean: bool = True
) -> dict[str, Array]:
    """Return X_train, y_train, X_val, y_val, X_test, y_test: float64 images (N, 3, 32, 32), the mean training image subtracted.

    The first images of the training set are for training, the next for validation; test images are the first of the test set.
    """
    train, test = load_cifar10(None if os.environ.get(ENVIRONMENT) else _downloaded_by_the_notebook())
    if num_training + num_validation > len(train) or num_test > len(test):
        raise ValueError(
            f"get_CIFAR10_data: requested {num_training} training + {num_validation} validation and {num_test} test images; "
            f"there are only {len(train)} and {len(test)}"
        )
    ranges = {
        "train": (train, 0, num_training),
        "val": (train, num_training, num_training + num_validation),
        "test": (test, 0, num_test),
    }
    data = {}
    for name, (part, start, stop) in ranges.items():
        data[f"X_{name}"] = np.ascontiguousarray(part.images[start:stop], dtype=np.float64)
        data[f"y_{name}"] = part.labels[start:stop].copy()
    if subtract_mean:
        mean = data["X_train"].mean(axis=0)
        for name in ranges:
            data[f"X_{name}"] -= mean
    return data


def load_CIFAR10(ROOT: str) -> tuple[Array, Array, Array, Array]:
    """Return Xtr, Ytr, Xte, Yte: float64 images (N, 32, 32, 3). If ROOT has no CIFAR-10, `PELLUCID_DATA` is used."""
    root = Path(ROOT)
    train, test = load_cifar10(find_cifar10(root) if root.is_dir() else None)
    as_course = [np.ascontiguousarray(part.images.transpose(0, 2, 3, 1), dtype=np.float64) for part in (train, test)]
    return as_course[0], train.labels, as_course[1], test.labels


def load_CIFAR_batch(filename: str) -> tuple[Array, Array]:
    """Return images (10000, 32, 32, 3) float64 and labels of one pickled batch, read without running any code in it."""
    images, labels = read_batch(filename, read_plain(filename, limit=LARGEST), rows=ROWS)
    return np.ascontiguousarray(images.transpose(0, 2, 3, 1), dtype=np.float64), labels


def _downloaded_by_the_notebook() -> Path | None:
    for folder in (Path.cwd(), *map(Path, sys.path)):
        if found := find_cifar10(folder / "cs231n" / "datasets"):
            return found
    return None
