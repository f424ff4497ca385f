"""A trainer says in one line that a network ends with a layer that its loss computes again."""

import warnings

import pytest

from pellucid import Trainer
from pellucid.layers import LOSS_KINDS
from pellucid.layers.kind import KINDS
from pellucid.nets import Affine, LogSoftmax, Network, Sigmoid, Softmax, Tanh


def trained(last, loss):
    return Trainer(Network([Affine(3), last], (4,)), loss=loss)


@pytest.mark.parametrize(
    ("last", "loss"), [(Softmax(), "softmax"), (LogSoftmax(), "focal"), (Sigmoid(), "bce"), (Sigmoid(), "binary_focal")]
)
def test_a_layer_that_the_loss_computes_again(last, loss):
    with pytest.warns(
        UserWarning, match=rf"ends with {type(last).__name__} .*the {loss} loss computes again"
    ) as caught:
        trained(last, loss)
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("last", "loss"), [(Sigmoid(), "softmax"), (Softmax(), "mse"), (Tanh(), "bce"), (Softmax(), "svm")]
)
def test_others_are_no_repetition(last, loss):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trained(last, loss)


def test_a_softmax_in_the_middle_is_no_repetition():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Trainer(Network([Affine(3), Softmax(), Affine(3)], (4,)))


def test_the_kinds_that_losses_contain_are_layers():
    assert {kind for loss in LOSS_KINDS.values() for kind in loss.contains} <= set(KINDS)
