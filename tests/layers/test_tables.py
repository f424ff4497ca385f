"""Tests of the table of layers: every layer is in it, under its own name."""

from dataclasses import fields

import pytest

import pellucid.layers as layers
from pellucid.layers import REFERENCE, Layers, Pair

NAMES = [field.name for field in fields(Layers) if field.name != "name"]


@pytest.mark.parametrize("name", NAMES)
def test_each_entry_is_the_layer_of_its_name(name):
    """Catches a forward paired with another layer's backward."""
    entry = getattr(REFERENCE, name)
    if isinstance(entry, Pair):
        backward = "batchnorm_backward_simplified" if name == "batchnorm" else f"{name}_backward"
        assert (entry.forward.__name__, entry.backward.__name__) == (f"{name}_forward", backward)
        assert REFERENCE.pair(name) is entry
    else:
        assert entry is getattr(layers, name)


def test_every_public_layer_is_in_the_table():
    public = {name.removesuffix("_forward") for name in layers.__all__ if name.endswith("_forward")}
    public |= {name for name in layers.__all__ if name.endswith(("_loss", "_infer"))}
    assert public - {"own_loss", "checked_loss"} == set(NAMES)  # these two wrap and check losses


@pytest.mark.parametrize("kind", ["softmax_loss", "batchnorm_infer", "name", "convolution", "pair", ""])
def test_what_is_no_pair(kind):
    with pytest.raises(KeyError, match=f"the table 'reference' has no layer '{kind}'"):
        REFERENCE.pair(kind)


def test_a_table_cannot_be_changed():
    with pytest.raises(AttributeError):
        REFERENCE.relu = REFERENCE.tanh
