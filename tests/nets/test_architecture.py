"""Tests of `architecture`: descriptions to JSON and back."""

import json
from dataclasses import fields

import pytest
from hypothesis import given
from tests.cases import CASES, every_network
from tests.cases.function import bend
from tests.network_checks import check_document

from pellucid.layers import DESCRIPTIONS
from pellucid.nets import Conv, Function, ReLU, Residual, StorageError
from pellucid.nets.architecture import from_document, to_document

from .random_networks import cases, examples

EVERY = [description for case in CASES.values() for description in case.descriptions]


def through_json(layers):
    return from_document(json.loads(json.dumps(to_document(layers))))


@pytest.mark.parametrize("layer", EVERY, ids=repr)
def test_there_and_back(layer):
    (back,) = through_json([layer])
    assert back == layer
    assert type(back) is type(layer)


def test_every_kind_is_tried_above():
    library = {
        n for n, kind in DESCRIPTIONS.items() if kind.__module__.startswith(("pellucid.layers", "pellucid.nets"))
    }
    missing = library - {type(layer).__name__ for layer in EVERY} - {"Function"}
    assert not missing, f"no file of tests/cases/ has {sorted(missing)} in its `descriptions`"


@pytest.mark.parametrize("layer", EVERY, ids=repr)
def test_every_setting_is_away_from_its_default_in_one_description_or_another(layer):
    """A setting that is lost on the way would come back as its default."""
    alike = [other for other in EVERY if type(other) is type(layer)]
    for setting in (setting for setting in fields(layer) if setting.compare):
        assert any(getattr(other, setting.name) != setting.default for other in alike), setting.name


WITHOUT_FUNCTIONS = [
    name for name, (layers, _) in every_network().items() if not any(isinstance(layer, Function) for layer in layers)
]


@pytest.mark.parametrize("name", WITHOUT_FUNCTIONS)
def test_the_networks_of_the_cases_there_and_back(name):
    layers, _ = every_network()[name]
    check_document(layers)


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
        {"layer": "Conv", "filters": 8, "kernel": 3, "stride": 1, "pad": 1, "init": None, "dilation": 1, "groups": 1},
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
