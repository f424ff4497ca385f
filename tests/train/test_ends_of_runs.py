"""A run that ended worse than a constant prediction: nothing in the loop notices it."""

import warnings

import numpy as np
import pytest

from pellucid import Trainer
from pellucid.nets import Affine, Network, ReLU, Sigmoid
from pellucid.optim import SGD, Adam

X = np.random.default_rng(0).standard_normal((40, 4)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)


def net(*last, outputs=2):
    return Network([Affine(8), ReLU(), Affine(outputs), *last], (4,))


@pytest.mark.parametrize(("loss", "target"), [("softmax", Y), ("mse", X[:, 0] * 3 + 5)])
def test_a_rate_that_ends_worse_than_a_constant_is_said(loss, target):
    with pytest.warns(UserWarning, match=r"ended at .*, above the \S+ of a constant prediction: try a smaller"):
        Trainer(net(outputs=2 if loss == "softmax" else 1), Adam(1e4), loss=loss).fit(X, target, 5, progress=False)


@pytest.mark.parametrize(("layers", "loss"), [([], "bce"), ([Sigmoid()], "mse")])
@pytest.mark.parametrize("rate", [1e-2, 1e-30])
def test_other_runs_are_silent(layers, loss, rate):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Trainer(net(*layers, outputs=1), SGD(rate), loss=loss).fit(X, Y.astype(float), 3, progress=False)
