"""Tests of `descriptions` and of the words in which a network refuses what does not fit: one table of mistakes."""

import numpy as np
import pytest

from pellucid.nets import (
    Affine,
    AvgPool,
    BatchNorm,
    Conv,
    Description,
    Dropout,
    GlobalAvgPool,
    GroupNorm,
    LayerNorm,
    LeakyReLU,
    MaxPool,
    Network,
    ReLU,
    Residual,
    Tanh,
    VanillaDropout,
)
from pellucid.shapes import ShapeError


def network(*layers, shape=(4,), **options):
    return Network(layers, shape, **options)


def loss(x=None, y=None, layers=None, **options):
    x = np.ones((2, 4)) if x is None else x
    return Network(layers or [Affine(3)], (4,)).loss(x, np.array([0, 1]) if y is None else y, **options)


IMAGE = (6, 8, 8)
CONV_LIST = [3, 3]

# what is done: what the message says
MISTAKES = {
    "no layers": (lambda: Network([], (4,)), ["Network: layers must hold at least one layer"]),
    "a class": (lambda: network(Affine(3), ReLU), ["a layer must be a description", "ReLU", "with parentheses"]),
    "a class in a branch": (lambda: network(Residual([Tanh])), ["must be a description", "with parentheses"]),
    "a function": (lambda: network(np.tanh), ["a layer must be a description such as ReLU()", "tanh"]),
    "a name": (lambda: network("relu"), ["a layer must be a description such as ReLU(); 'relu' is not"]),
    "conv on features": (
        lambda: network(Affine(5), Conv(2, 3)),
        ["Network: conv1 does not fit its input (5,)", "Conv: its input must be an image (C, H, W); it is (5,)"],
    ),
    "pool on features": (lambda: network(MaxPool(2)), ["maxpool1 does not fit", "MaxPool: its input must be an image"]),
    "mean pool on features": (lambda: network(AvgPool(2)), ["avgpool1 does not fit", "AvgPool: its input must be"]),
    "global pool on features": (lambda: network(GlobalAvgPool()), ["globalavgpool1 does not fit its input (4,)"]),
    "batch norm of sequences": (
        lambda: network(BatchNorm(), shape=(4, 5)),
        ["batchnorm1 does not fit its input (4, 5)", "features (D,) or an image (C, H, W)"],
    ),
    "layer norm of sequences": (lambda: network(LayerNorm(), shape=(4, 5)), ["layernorm1", "features (D,) or an image"]),
    "groups": (
        lambda: network(Conv(6, 1), GroupNorm(4), shape=IMAGE),
        ["groupnorm1 does not fit its input (6, 8, 8)", "groups must divide the 6 channels; it is 4"],
    ),
    "groups of features": (lambda: network(GroupNorm(2)), ["groupnorm1", "its input must be an image"]),
    "a window too large": (
        lambda: network(Conv(2, 3), Conv(2, (9, 2), pad=1), shape=IMAGE),
        ["conv2 does not fit its input (2, 6, 6)", "the window is 9x2, the image with its padding 8x8"],
    ),
    "branches that differ": (
        lambda: network(Residual([Affine(5)])),
        ["residual1 cannot add its branches", "the body makes (5,), the shortcut (4,)", "shortcut=[...]"],
    ),
    "branches of an image that differ": (
        lambda: network(Residual([Conv(6, 3)], [Conv(6, 1)]), shape=IMAGE),
        ["the body makes (6, 6, 6), the shortcut (6, 8, 8)"],
    ),
    "an empty body": (lambda: Residual([]), ["Residual: the body must hold at least one layer"]),
    "no outputs": (lambda: Affine(0), ["Affine: out must be a whole number of at least 1; it is 0"]),
    "half an output": (lambda: Affine(2.5), ["Affine: out must be a whole number", "2.5"]),
    "true outputs": (lambda: Affine(True), ["Affine: out must be a whole number", "True"]),
    "no filters": (lambda: Conv(0, 3), ["Conv: filters must be a whole number of at least 1"]),
    "no kernel": (lambda: Conv(2, 0), ["Conv: kernel must be at least 1; it is 0"]),
    "a kernel of three": (lambda: Conv(2, (3, 3, 3)), ["Conv: kernel must be a whole number or a pair", "(3, 3, 3)"]),
    "a kernel as a list": (lambda: Conv(2, CONV_LIST), ["Conv: kernel must be a whole number or a pair"]),
    "no stride": (lambda: Conv(2, 3, stride=(1, 0)), ["Conv: stride must be at least 1; it is (1, 0)"]),
    "a negative pad": (lambda: Conv(2, 3, pad=-1), ["Conv: pad must be at least 0; it is -1"]),
    "a pool of nothing": (lambda: AvgPool(0), ["AvgPool: size must be at least 1; it is 0"]),
    "a pool that stands": (lambda: MaxPool(2, 0), ["MaxPool: stride must be at least 1; it is 0"]),
    "no groups": (lambda: GroupNorm(0), ["GroupNorm: groups must be a whole number of at least 1; it is 0"]),
    "an init of a layer": (lambda: Affine(3, init="kaiming"), ["Affine: init must be 'he', 'xavier' or a standard dev"]),
    "a negative init": (lambda: Conv(3, 3, init=-1.0), ["Conv: init must be", "it is -1.0"]),
    "keep 0": (lambda: Dropout(0), ["Dropout: keep must lie in (0, 1]; it is 0"]),
    "keep above 1": (lambda: VanillaDropout(1.5), ["VanillaDropout: keep must lie in (0, 1]; it is 1.5"]),
    "keep nan": (lambda: Dropout(np.nan), ["Dropout: keep must lie in (0, 1]; it is nan"]),
    "eps 0": (lambda: LayerNorm(0), ["LayerNorm: eps must be positive and finite; it is 0"]),
    "eps of groups": (lambda: GroupNorm(2, -1e-5), ["GroupNorm: eps must be positive and finite; it is -1e-05"]),
    "eps of a batch": (lambda: BatchNorm(eps=0), ["BatchNorm: eps must be positive and finite; it is 0"]),
    "eps nan": (lambda: BatchNorm(eps=np.nan), ["BatchNorm: eps must be positive"]),
    "decay": (lambda: BatchNorm(decay=1.1), ["BatchNorm: decay must lie in [0, 1]; it is 1.1", "1.1"]),
    "a network's init": (lambda: network(ReLU(), init="zeros"), ["Network: init must be 'he', 'xavier' or a", "'zeros'"]),
    "an infinite init": (lambda: network(ReLU(), init=np.inf), ["Network: init must be", "inf"]),
    "a negative seed": (lambda: network(ReLU(), seed=-1), ["Network: seed must be a whole number from 0", "-1"]),
    "a seed too large": (lambda: network(ReLU(), seed=2**64), ["Network: seed must be a whole number from 0 to 2**64 - 1"]),
    "half a seed": (lambda: network(ReLU(), seed=0.5), ["Network: seed must be a whole number", "0.5"]),
    "whole numbers": (lambda: network(ReLU(), dtype=np.int64), ["Network: dtype must be float32 or float64; it is int64"]),
    "half floats": (lambda: network(ReLU(), dtype=np.float16), ["Network: dtype must be float32 or float64", "float16"]),
    "no input": (lambda: network(ReLU(), shape=()), ["Network: input_shape must be the sizes of one sample", "it is ()"]),
    "an empty axis": (lambda: network(ReLU(), shape=(3, 0, 4)), ["input_shape must be the sizes", "(3, 0, 4)"]),
    "a batch's axis": (lambda: network(ReLU(), shape=(None, 4)), ["input_shape must be the sizes", "(None, 4)"]),
    "a label too large": (lambda: loss(y=np.array([0, 3])), ["labels must lie in 0..2 for 3 classes; row 1 is 3"]),
    "a negative label": (lambda: loss(y=np.array([-1, 0])), ["labels must lie in 0..2", "row 0 is -1"]),
    "a label too few": (lambda: loss(y=np.array([0])), ["labels must have shape (N,) = (2,)", "it has (1,)"]),
    "labels that are floats": (lambda: loss(y=np.array([0.0, 1.0])), ["labels must be an array of whole numbers", "float64"]),
    "labels in a list": (lambda: loss(y=[0, 1]), ["labels must be an array of whole numbers; it is list"]),
    "targets of another width": (lambda: loss(y=np.ones((2, 4)), loss="mse"), ["mse_loss: targets must "]),
    "a feature too few": (lambda: loss(np.ones((2, 3))), ["Network.loss: x must have shape (N, ", "it has (2, 3)"]),
    "a single sample": (lambda: loss(np.ones(4)), ["Network.loss: x must have shape", "it has (4,)"]),
    "a list": (lambda: loss([[1.0] * 4]), ["Network.loss: x must be an array of floats; it is list"]),
    "an empty batch": (lambda: loss(np.ones((0, 4)), np.zeros(0, int)), ["scores must hold at least one row"]),
    "a loss's name": (lambda: loss(loss="hinge"), ["loss must be one of softmax, svm, mse; it is 'hinge'"]),
    "negative reg": (lambda: loss(reg=-0.1), ["Network.loss: reg must be finite and not negative; it is -0.1"]),
    "reg nan": (lambda: loss(reg=np.nan), ["Network.loss: reg must be finite and not negative; it is nan"]),
    "smoothing of svm": (lambda: loss(loss="svm", label_smoothing=0.1), ["label_smoothing is for the softmax loss", "'svm'"]),
    "smoothing of mse": (lambda: loss(loss="mse", label_smoothing=0.1), ["label_smoothing is for the softmax loss"]),
    "smoothing of 1": (lambda: loss(label_smoothing=1.0), ["label_smoothing must lie in [0, 1); it is 1.0"]),
    "a weight too few": (lambda: loss(weights=np.ones(1)), ["weights must have shape (N,) = (2,)"]),
    "a negative step": (lambda: loss(layers=[Dropout(0.5), Affine(3)], step=-1), ["step must be a whole number from 0", "-1"]),
    "scores that are images": (
        lambda: network(Conv(2, 1), shape=(1, 2, 2)).loss(np.ones((1, 1, 2, 2)), np.array([0])),
        ["Network.loss: the network must end in one score a class; it makes (2, 2, 2)"],
    ),
    "a batch size of 0": (lambda: network(ReLU()).predict(np.ones((2, 4)), batch_size=0), ["batch_size", "of at least 1"]),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_in_one_line_that_says_what_is_wrong(mistake):
    action, fragments = MISTAKES[mistake]
    with pytest.raises(ShapeError) as refused:
        action()
    message = str(refused.value)
    assert "\n" not in message
    for fragment in fragments:
        assert fragment in message


# Each ends in a TypeError or a ValueError of Python's or NumPy's own, or passes.
UNNAMED = {
    "a layer for a list": (lambda: Network(ReLU(), (4,)), "layers"),
    "a layer for a body": (lambda: Residual(ReLU()), "body"),
    "an unknown dtype": (lambda: network(ReLU(), dtype="single float"), "dtype"),
    "no dtype": (lambda: network(ReLU(), dtype=None), "dtype"),
    "keep as text": (lambda: Dropout("0.5"), "keep"),
    "eps as text": (lambda: BatchNorm(eps="small"), "eps"),
    "an infinite eps": (lambda: LayerNorm(np.inf), "eps"),
    "a slope as text": (lambda: LeakyReLU("0.1"), "slope"),
    "a slope that is no number": (lambda: LeakyReLU(np.nan), "slope"),
    "an init of True": (lambda: Affine(3, init=True), "init"),
    "reg as text": (lambda: loss(reg="0.1"), "reg"),
    "half a batch": (lambda: network(ReLU()).predict(np.ones((5, 4)), batch_size=2.5), "batch_size"),
    "an output shape of one number": (lambda: network(Description()), "Description"),
}


@pytest.mark.parametrize("mistake", UNNAMED)
def test_these_mistakes_are_refused_by_name_too(mistake):
    action, named = UNNAMED[mistake]
    with pytest.raises(ShapeError, match=named):
        action()


@pytest.mark.parametrize(
    ("layer", "shape", "out", "work"),
    [
        (Affine(5), (4,), (5,), 20),
        (Affine(5), (2, 3, 4), (5,), 120),
        (Conv(4, 3), (3, 8, 7), (4, 6, 5), 4 * 3 * 9 * 30),
        (Conv(4, (3, 1), stride=2, pad=(1, 0)), (3, 7, 7), (4, 4, 4), 4 * 3 * 3 * 16),
        (Conv(4, 2, stride=(3, 1)), (3, 9, 9), (4, 3, 8), 4 * 3 * 4 * 24),
        (MaxPool(2), (3, 7, 8), (3, 3, 4), 0),
        (MaxPool((3, 2), 1), (3, 7, 8), (3, 5, 7), 0),
        (AvgPool(3, (1, 2)), (3, 7, 8), (3, 5, 3), 0),
        (GlobalAvgPool(), (3, 7, 8), (3,), 0),
        (LeakyReLU(), (3, 7), (3, 7), 0),
    ],
)
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
