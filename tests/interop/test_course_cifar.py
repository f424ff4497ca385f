"""The cells on CIFAR-10 itself, by `get_CIFAR10_data()`: what the notebooks say of their trainings.

Copies of the data set may hold the images in another order than the official batches, so the printed losses of trainings are not
compared digit by digit; what does not depend on the images is, in the cells.
"""

import os

import pytest
from tests.interop.test_course_cells import run

pytestmark = [pytest.mark.slow, pytest.mark.cifar, pytest.mark.timeout(3600), pytest.mark.usefixtures("course")]


@pytest.fixture(scope="module")
def cifar():
    if not os.environ.get("PELLUCID_DATA"):
        pytest.skip("CIFAR-10 is not here: set PELLUCID_DATA")
    from pellucid.interop.cs231n.data_utils import get_CIFAR10_data

    data = get_CIFAR10_data()
    assert {name: array.shape for name, array in data.items()} == {
        "X_train": (49000, 3, 32, 32),
        "y_train": (49000,),
        "X_val": (1000, 3, 32, 32),
        "y_val": (1000,),
        "X_test": (1000, 3, 32, 32),
        "y_test": (1000,),
    }
    return data


def test_dropout(cifar):
    solvers = run("dropout", {"data": cifar})["solvers"]
    print({keep: (solver.train_acc_history[-1], solver.val_acc_history[-1]) for keep, solver in solvers.items()})


def test_batch_normalization(cifar):
    found = run("batch_normalization", {"data": cifar})
    print("train acc", found["bn_solver"].train_acc_history[-1], "without", found["solver"].train_acc_history[-1])


def test_convolution(cifar):
    settings = {"small_convnet": {}, "overfit_rate": 1e-3, "convnet_epochs": 1}
    half = cifar | {name: cifar[name][:25_000] for name in ("X_train", "y_train")}
    found = run("convolution", {"data": half, **settings})
    print("train acc", found["solver"].train_acc_history, "val acc", found["solver"].val_acc_history)
    assert found["solver"].train_acc_history[-1] > 0.4  # stated for an epoch of all 49,000


def test_fully_connected(cifar):
    overfits = [([100, 100], 4e-2, 1e-3), ([100] * 4, 9e-2, 1e-3)]
    found = run("fully_connected", {"data": cifar, "two_layer_rate": 1e-3, "overfits": overfits})
    print({rule: solver.best_val_acc for rule, solver in found["solvers"].items()})
