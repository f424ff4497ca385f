"""The sandwiches that factories compose: each known by its own name, documented, and annotated with the cache it returns."""

import inspect
import pickle
from typing import get_args

import numpy as np
import pytest

from pellucid.kernels import NATIVE, native_build
from pellucid.layers import REFERENCE, Pair, layernorm_backward, layernorm_forward

SANDWICHES = ("affine_relu", "affine_norm_relu_dropout", "conv_relu", "conv_bn_relu", "conv_relu_pool")
TABLES = [REFERENCE, *([NATIVE] if native_build().available else [])]
each = pytest.mark.parametrize("name", SANDWICHES)
each_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


def called(table, name, **options):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4, 3, 6, 6))
    w = rng.standard_normal((108, 5) if name.startswith("affine") else (5, 3, 3, 3))
    b, gamma, beta = rng.standard_normal((3, 5))
    arrays = (x, w, b, gamma, beta) if "norm" in name or "bn" in name else (x, w, b)
    return table.pair(name).forward(*arrays, **({"keep": 1, "key": (0, 0, 0)} if "dropout" in name else {}), **options)


@each_table
@each
def test_a_sandwich_has_a_name_of_its_own(table, name):
    for function, direction in zip(table.pair(name), ("forward", "backward"), strict=True):
        assert function.__qualname__ == function.__name__ == f"{name}_{direction}"
        assert function.__doc__
        assert pickle.loads(pickle.dumps(function)) is function
        assert "kwargs" not in inspect.signature(function).parameters


@each_table
@each
def test_its_annotations_name_the_cache_that_it_returns(table, name):
    _, cache = called(table, name)
    forward, backward = table.pair(name)
    assert get_args(inspect.signature(forward).return_annotation)[1] is type(cache)
    assert inspect.signature(backward).parameters["cache"].annotation is type(cache)


@each_table
def test_a_given_normalization_replaces_batch_normalization(table):
    norm = Pair(layernorm_forward, layernorm_backward)
    out, cache = called(table, "affine_norm_relu_dropout", norm=norm)
    assert cache.norm_pair is norm
    assert not np.allclose(out, called(table, "affine_norm_relu_dropout")[0])
