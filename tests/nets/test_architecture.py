"""Tests of `architecture`: descriptions to JSON and back."""

import json

import pytest
from hypothesis import given

from pellucid.layers import DESCRIPTIONS
from pellucid.nets import (
    GELU,
    Affine,
    AvgPool,
    BatchNorm,
    Conv,
    Dropout,
    Flatten,
    Function,
    GlobalAvgPool,
    GroupNorm,
    LayerNorm,
    LeakyReLU,
    MaxPool,
    ReLU,
    Residual,
    Sigmoid,
    StorageError,
    Tanh,
    VanillaDropout,
)
from pellucid.nets.architecture import from_document, to_document

from .random_networks import bend, cases, examples

# Every setting of every kind away from its default.
EVERY = [
    Affine(7, init=0.25),
    Affine(7, init="xavier"),
    Conv(3, (2, 5), stride=(1, 2), pad=(0, 3), init="he"),
    Conv(3, 5, stride=2, pad=1),
    ReLU(),
    Sigmoid(),
    Tanh(),
    GELU(),
    LeakyReLU(0.2),
    BatchNorm(1e-3, 0.5),
    LayerNorm(1e-3),
    GroupNorm(4, 1e-3),
    Dropout(0.3),
    VanillaDropout(0.4),
    MaxPool((2, 3), (1, 2)),
    AvgPool(3),
    GlobalAvgPool(),
    Flatten(),
    Residual([Affine(3), Residual([ReLU()])], [Affine(3), Dropout(0.5)]),
]


def through_json(layers):
    return from_document(json.loads(json.dumps(to_document(layers))))


@pytest.mark.parametrize("layer", EVERY, ids=repr)
def test_there_and_back(layer):
    (back,) = through_json([layer])
    assert back == layer
    assert type(back) is type(layer)


def test_every_kind_is_tried_above():
    library = {
        name for name, kind in DESCRIPTIONS.items() if kind.__module__.startswith(("pellucid.layers", "pellucid.nets"))
    }
    assert {type(layer).__name__ for layer in EVERY} | {"Function"} == library


@given(case=cases)
@examples(100)
def test_random_networks_there_and_back(case):
    document = to_document(case.layers)
    if "Function" in json.dumps(document):
        with pytest.raises(StorageError, match="is a Function, whose code is not saved"):
            through_json(case.layers)
    else:
        assert through_json(case.layers) == case.layers


def test_a_document_is_readable():
    assert to_document([Conv(8, 3, pad=1), Residual([ReLU()]), bend(2)]) == [
        {"layer": "Conv", "filters": 8, "kernel": 3, "stride": 1, "pad": 1, "init": None},
        {"layer": "Residual", "body": [{"layer": "ReLU"}], "shortcut": []},
        {"layer": "Function", "name": "bend"},
    ]


def test_a_function_within_a_branch_is_found():
    layers = [Residual([ReLU()], [Function(lambda x: (x, None), lambda dout, cache: dout, name="mine")])]
    with pytest.raises(StorageError, match=r"^the layer 'mine' is a Function"):
        through_json(layers)


def test_an_unknown_layer_is_named():
    with pytest.raises(StorageError, match=r"^the file holds a layer 'Attention', which this version does not know; "):
        from_document([{"layer": "Attention", "heads": 8}])
    with pytest.raises(StorageError, match="a layer None"):
        from_document([{}])
