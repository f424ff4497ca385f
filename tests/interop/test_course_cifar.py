"""The notebooks' short trainings on CIFAR-10 itself, by `get_CIFAR10_data()`.

`python -m bench --only notebooks` runs every cell on all 49,000 training images.
"""

import os

import pytest
from tests.interop.cells import run

pytestmark = [pytest.mark.slow, pytest.mark.cifar, pytest.mark.usefixtures("course")]


@pytest.fixture(scope="module")
def cifar():
    if not os.environ.get("PELLUCID_DATA"):
        pytest.skip("CIFAR-10 is missing: set PELLUCID_DATA")
    from pellucid.interop.cs231n.data_utils import get_CIFAR10_data

    data = get_CIFAR10_data(num_training=1000)
    assert {name: array.shape for name, array in data.items()} == {
        "X_train": (1000, 3, 32, 32),
        "y_train": (1000,),
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
