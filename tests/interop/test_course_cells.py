"""The calls of the course's notebooks: errors within their bounds, first losses as they print them."""

import numpy as np
import pytest
from tests.interop.cells import SETUP, TOPICS, run

from pellucid.data import load

pytestmark = pytest.mark.usefixtures("course")

# What a notebook leaves to the reader (learning rates), and a small ConvNet for small images.
DIGITS_SETTINGS = {
    "two_layer_rate": 2e-1,
    "overfits": [([100, 100], 4e-2, 1e-1), ([100] * 4, 1e-1, 1e-1)],
    "small_convnet": {"filter_size": 3},
    "overfit_rate": 3e-3,
    "convnet_epochs": 3,
}


def digits():
    """The digits in the course's dictionary, centred, channels first."""
    splits = load("digits")
    mean = splits.train.images.mean(axis=0)
    parts = {"train": (splits.train, 1000), "val": (splits.validation, 200), "test": (splits.test, 200)}
    data = {f"X_{name}": part.images[:count].astype(np.float64) - mean for name, (part, count) in parts.items()}
    return data | {f"y_{name}": part.labels[:count] for name, (part, count) in parts.items()}


EXPECTED = {"fully_connected": 52, "batch_normalization": 54, "dropout": 35, "convolution": 49}


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic(topic, capsys):
    found = run(topic, {"data": digits(), **DIGITS_SETTINGS})
    assert len(found["checked"]) == EXPECTED[topic]
    printed = capsys.readouterr().out.splitlines()
    if topic == "batch_normalization":
        assert [line for line in printed if line.startswith("(It")][1].startswith("(Iteration 21 / 200) loss: ")
        assert "(Epoch 10 / 10) train acc: " in printed[-1]
        assert "; val_acc: 0." in printed[-1]


def test_a_wrong_layer_and_a_wrong_number_are_seen(monkeypatch):
    from pellucid.interop.cs231n.classifiers import fc_net

    right = fc_net.dropout_backward
    monkeypatch.setattr(fc_net, "dropout_backward", lambda dout, cache: (1 + 1e-6) * right(dout, cache))
    with pytest.raises(AssertionError, match="dropout dx"):
        run("dropout", {"data": digits()})
    names = {}
    exec(SETUP, names)
    with pytest.raises(AssertionError, match="where the notebooks print 2"):
        names["published"]("loss", 2 + 1e-8, 2)
