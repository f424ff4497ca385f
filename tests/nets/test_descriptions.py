"""Tests of `descriptions` and of the words in which a network refuses what does not fit: one table of mistakes."""

import numpy as np
import pytest
from tests.cases import CASES

from pellucid.nets import (
    Affine,
    BatchNorm,
    Conv,
    Description,
    Dropout,
    GroupNorm,
    LayerNorm,
    Network,
    ReLU,
    Residual,
)
from pellucid.shapes import ShapeError


def network(*layers, shape=(4,), **options):
    return Network(layers, shape, **options)


def loss(x=None, y=None, layers=None, **options):
    x = np.ones((2, 4)) if x is None else x
    return Network(layers or [Affine(3)], (4,)).loss(x, np.array([0, 1]) if y is None else y, **options)


IMAGE = (6, 8, 8)

# what is done: what the message says; the mistakes with one layer's settings are in its file of tests/cases/
MISTAKES = {
    "no layers": (lambda: Network([], (4,)), ["Network: layers must hold at least one layer"]),
    "a class": (lambda: network(Affine(3), ReLU), ["a layer must be a description", "ReLU", "with parentheses"]),
    "a function": (lambda: network(np.tanh), ["a layer must be a description such as ReLU()", "tanh"]),
    "a name": (lambda: network("relu"), ["a layer must be a description such as ReLU(); 'relu' is not"]),
    "a network's init": (lambda: network(ReLU(), init="zeros"), ["Network: init must be 'he', 'xavier' or a", "'zeros'"]),
    "an infinite init": (lambda: network(ReLU(), init=np.inf), ["Network: init must be", "inf"]),
    "a negative seed": (lambda: network(ReLU(), seed=-1), ["Network: seed must be a whole number from 0", "-1"]),
    "a seed too large": (lambda: network(ReLU(), seed=2**64), ["Network: seed must be a whole number from 0 to 2**64 - 1"]),
    "half a seed": (lambda: network(ReLU(), seed=0.5), ["Network: seed must be a whole number", "0.5"]),
    "whole numbers": (lambda: network(ReLU(), dtype=np.int64), ["Network: dtype must be float32 or float64; got int64"]),
    "half floats": (lambda: network(ReLU(), dtype=np.float16), ["Network: dtype must be float32 or float64", "float16"]),
    "no input": (lambda: network(ReLU(), shape=()), ["Network: input_shape must be the sizes of one sample", "got ()"]),
    "an empty axis": (lambda: network(ReLU(), shape=(3, 0, 4)), ["input_shape must be the sizes", "(3, 0, 4)"]),
    "a batch's axis": (lambda: network(ReLU(), shape=(None, 4)), ["input_shape must be the sizes", "(None, 4)"]),
    "a label too large": (lambda: loss(y=np.array([0, 3])), ["labels must lie in 0..2 for 3 classes; row 1 is 3"]),
    "a negative label": (lambda: loss(y=np.array([-1, 0])), ["labels must lie in 0..2", "row 0 is -1"]),
    "a label too few": (lambda: loss(y=np.array([0])), ["labels must have shape (N,) = (2,)", "got (1,)"]),
    "labels that are floats": (lambda: loss(y=np.array([0.0, 1.0])), ["labels must be an array of whole numbers", "float64"]),
    "labels in a list": (lambda: loss(y=[0, 1]), ["labels must be an array of whole numbers; got list"]),
    "targets of another width": (lambda: loss(y=np.ones((2, 4)), loss="mse"), ["mse_loss: targets must "]),
    "a feature too few": (lambda: loss(np.ones((2, 3))), ["Network.loss: x must have shape (N, ", "got (2, 3)"]),
    "a single sample": (lambda: loss(np.ones(4)), ["Network.loss: x must have shape", "got (4,)"]),
    "a list": (lambda: loss([[1.0] * 4]), ["Network.loss: x must be an array of floats; got list"]),
    "an empty batch": (lambda: loss(np.ones((0, 4)), np.zeros(0, int)), ["scores must hold at least one row"]),
    "a loss's name": (lambda: loss(loss="hing"), ["loss must be one of softmax, svm, mse", "got 'hing'; did you mean 'hinge'?"]),
    "negative reg": (lambda: loss(reg=-0.1), ["Network.loss: reg must be finite and not negative; got -0.1"]),
    "reg nan": (lambda: loss(reg=np.nan), ["Network.loss: reg must be finite and not negative; got nan"]),
    "smoothing of svm": (lambda: loss(loss="svm", label_smoothing=0.1), ["only applies to the softmax loss", "'svm'"]),
    "smoothing of mse": (lambda: loss(loss="mse", label_smoothing=0.1), ["only applies to the softmax loss"]),
    "smoothing of 1": (lambda: loss(label_smoothing=1.0), ["label_smoothing must lie in [0, 1); got 1.0"]),
    "a weight too few": (lambda: loss(weights=np.ones(1)), ["weights must have shape (N,) = (2,)"]),
    "a negative step": (lambda: loss(layers=[Dropout(0.5), Affine(3)], step=-1), ["step must be a whole number from 0", "-1"]),
    "scores that are images": (
        lambda: network(Conv(2, 1), shape=(1, 2, 2)).loss(np.ones((1, 1, 2, 2)), np.array([0])),
        ["Network.loss: the network must end in one score per class; its output shape is (2, 2, 2)"],
    ),
    "a batch size of 0": (lambda: network(ReLU()).predict(np.ones((2, 4)), batch_size=0), ["batch_size", "of at least 1"]),
}  # fmt: skip
OF_LAYERS = {f"{kind}: {name}": mistake for kind, case in CASES.items() for name, mistake in case.refused.items()}


@pytest.mark.parametrize("mistake", MISTAKES | OF_LAYERS)
def test_a_mistake_is_refused_in_one_line_that_says_what_is_wrong(mistake):
    action, fragments = (MISTAKES | OF_LAYERS)[mistake]
    with pytest.raises(ShapeError) as refused:
        action()
    message = str(refused.value)
    assert "\n" not in message
    for fragment in fragments:
        assert fragment in message


# Each ends in a TypeError or a ValueError of Python's or NumPy's own, or passes.
UNNAMED = {
    "a layer for a list": (lambda: Network(ReLU(), (4,)), "layers"),
    "an unknown dtype": (lambda: network(ReLU(), dtype="single float"), "dtype"),
    "no dtype": (lambda: network(ReLU(), dtype=None), "dtype"),
    "reg as text": (lambda: loss(reg="0.1"), "reg"),
    "half a batch": (lambda: network(ReLU()).predict(np.ones((5, 4)), batch_size=2.5), "batch_size"),
    "an output shape of one number": (lambda: network(Description()), "Description"),
}


@pytest.mark.parametrize("mistake", UNNAMED)
def test_these_mistakes_are_refused_by_name_too(mistake):
    action, named = UNNAMED[mistake]
    with pytest.raises(ShapeError, match=named):
        action()


OUTPUTS = [output for case in CASES.values() for output in case.outputs]


@pytest.mark.parametrize(("layer", "shape", "out", "work"), OUTPUTS, ids=[f"{o[0]} of {o[1]}" for o in OUTPUTS])
def test_what_goes_out(layer, shape, out, work):
    lowered = layer.lowered(shape)
    assert (lowered.shape, lowered.multiply_adds) == (out, work)


def test_layer_norm_of_an_image_is_over_the_whole_image_and_group_norm_over_groups():
    x = np.random.default_rng(0).normal(3, 2, (2, 6, 8, 8)) * np.arange(1, 7)[:, None, None]
    for layer, groups in ((LayerNorm(), 1), (GroupNorm(3), 3)):
        rows = network(layer, shape=IMAGE, dtype=np.float64).predict(x).reshape(2 * groups, -1)
        np.testing.assert_allclose(rows.mean(axis=1), 0, atol=1e-12)
        np.testing.assert_allclose(rows.std(axis=1), 1, atol=1e-5)
        channels = network(layer, shape=IMAGE, dtype=np.float64).predict(x).std(axis=(2, 3))
        assert np.abs(channels - 1).max() > 0.1, "each channel was normalized by itself"


def test_what_decays():
    layers = [Conv(6, 1), BatchNorm(), GroupNorm(2), Affine(4), LayerNorm()]
    params = network(*layers, shape=IMAGE).program.params
    assert {name for name, parameter in params.items() if parameter.decays} == {"conv1.weight", "affine1.weight"}


def test_descriptions_are_values():
    assert Affine(3) == Affine(3) != Affine(4)
    assert hash(Residual([ReLU()])) == hash(Residual((ReLU(),)))
    with pytest.raises(AttributeError):
        Affine(3).out = 4
