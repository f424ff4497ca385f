"""The checks of networks are shown what they must reject: a wrong table, a file and a document that come back changed."""

from dataclasses import replace

import numpy as np
import pytest
from tests import network_checks
from tests.network_checks import (
    batch,
    check_document,
    check_gradients,
    check_inference_plan,
    check_saved,
    check_training_plan,
)

from pellucid.layers import REFERENCE, Pair
from pellucid.nets import Affine, BatchNorm, Network, ReLU


@pytest.fixture
def net():
    return Network([Affine(4), BatchNorm(), ReLU(), Affine(3)], (5,), dtype=np.float64, seed=1)


def inexact(x, w, b):
    out, cache = REFERENCE.affine.forward(x, w, b)
    return out * (1 + 1e-6), cache


def half_of_dw(dout, cache):
    dx, dw, db = REFERENCE.affine.backward(dout, cache)
    return dx, dw / 2, db


FORWARD = replace(REFERENCE, affine=Pair(inexact, REFERENCE.affine.backward))
BACKWARD = replace(REFERENCE, affine=Pair(REFERENCE.affine.forward, half_of_dw))


@pytest.mark.parametrize("check", [check_training_plan, check_inference_plan])
def test_a_plan_of_another_forward(check, net):
    check(net, REFERENCE)
    with pytest.raises(AssertionError, match=r"the loss is|the prediction for"):
        check(net, FORWARD)


def test_a_plan_of_another_backward(net):
    with pytest.raises(AssertionError, match=r"affine1\.weight differs by"):
        check_training_plan(net, BACKWARD)


def test_a_gradient_that_is_not_the_slope(net):
    check_gradients(net, *batch(net, 4))
    with pytest.raises(AssertionError, match="differences"):
        check_gradients(net, *batch(net, 4), layers=BACKWARD)


def test_a_file_that_comes_back_with_other_numbers(net, tmp_path, monkeypatch):
    check_saved(net, tmp_path / "net")
    load = Network.load

    def changed(path, layers=None):
        back = load(path, layers=layers)
        back.state.flat[0] = 7
        return back

    monkeypatch.setattr(network_checks.Network, "load", changed)
    with pytest.raises(AssertionError, match="the state came back with other numbers"):
        check_saved(net, tmp_path / "net")


def test_a_document_that_loses_a_setting(monkeypatch):
    check_document([BatchNorm(1e-3)])
    monkeypatch.setattr(network_checks, "from_document", lambda document: [BatchNorm()])
    with pytest.raises(AssertionError, match="came back as"):
        check_document([BatchNorm(1e-3)])
