"""Short trainings on CIFAR-10: each named model learns, on 8,000 images and in seconds.

Stand-ins for the README's training runs, which `python -m bench --only accuracy` repeats in full. The data is read from
PELLUCID_DATA; without it the tests are skipped. A network that learns nothing reaches 10 %.
"""

import os

import numpy as np
import pytest
from bench.accuracy import FULLY_CONNECTED, VGG6, summary_of

from pellucid.data import load_cifar10

pytestmark = [
    pytest.mark.slow,
    pytest.mark.cifar,
    pytest.mark.skipif(
        not os.environ.get("PELLUCID_DATA"), reason="CIFAR-10 is missing: set PELLUCID_DATA to a folder that has it"
    ),
]

SHORT = {  # options, and a bound for the test accuracy
    "three-layer-convnet": ("--epochs 2 --batch-size 50", 0.33),
    "512-256 with batch norm": (f"{FULLY_CONNECTED} --epochs 4 --batch-size 128", 0.30),
    "vgg6-bn": (f"{VGG6} --epochs 3", 0.35),
}


@pytest.fixture(scope="module")
def some_images(tmp_path_factory):
    path = tmp_path_factory.mktemp("cifar") / "some.npz"
    train, _ = load_cifar10()
    np.savez(path, images=train.images[:8000], labels=train.labels[:8000], classes=np.array(train.classes))
    return str(path)


@pytest.mark.parametrize("name", SHORT)
def test_a_named_model_learns_in_a_short_run(name, some_images, tmp_path):
    options, bound = SHORT[name]
    summary = summary_of(tmp_path / "run", "--data", some_images, *options.split(), seconds=280)
    print(f"{name}: test accuracy {summary['test_accuracy']:.2%}, {summary['seconds']} s")
    assert summary["test_accuracy"] > bound
