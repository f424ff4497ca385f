"""Every layer's derived backward pass against the hand-written one and central differences, also at other settings."""

import dataclasses
from functools import partial

import numpy as np
import pytest

from pellucid import layers
from pellucid.derive import DERIVATIONS, EXPLANATIONS, catalogue, derivation, largest_difference, trace
from pellucid.derive.catalogue.activations.relu import relu
from pellucid.derive.catalogue.layers.affine import affine
from pellucid.derive.catalogue.layers.avgpool import avgpool
from pellucid.derive.catalogue.layers.conv import conv
from pellucid.derive.catalogue.layers.dropout import dropout
from pellucid.derive.catalogue.layers.layernorm import layernorm
from pellucid.derive.catalogue.layers.maxpool import maxpool
from pellucid.derive.page import page_files
from pellucid.derive.tracing.python_code import run_with
from pellucid.gradients import numerical_gradient
from pellucid.layers import REFERENCE, Pair
from pellucid.shapes import ShapeError

RNG = np.random.default_rng(3)


def test_every_layer_of_the_table_has_a_derivation():
    names = {f.name for f in dataclasses.fields(REFERENCE) if isinstance(getattr(REFERENCE, f.name), Pair)}
    losses = {f.name.removesuffix("_loss") for f in dataclasses.fields(REFERENCE) if f.name.endswith("_loss")}
    assert names | losses | {"softmax_smoothed"} == set(DERIVATIONS)


@pytest.mark.parametrize("name", DERIVATIONS)
def test_the_derived_backward_is_the_hand_written_one(name):
    assert largest_difference(derivation(name)) < 1e-12


@pytest.mark.parametrize("name", ["batchnorm", "conv", "softmax"])
def test_a_wrong_hand_written_backward_would_be_noticed(name):
    correct = derivation(name)
    wrong = correct._replace(by_hand=lambda *given: (correct.by_hand(*given)[0] * 1.001, *correct.by_hand(*given)[1:]))
    assert largest_difference(wrong) > 1e-8


@pytest.mark.parametrize("name", DERIVATIONS)
def test_the_derived_backward_is_the_slope(name):
    """On the small example moved off its ties and kinks, by central differences of the traced operations."""
    each = derivation(name)
    values = [v + 0.1 * RNG.standard_normal(v.shape) if v.dtype.kind == "f" else v for v in each.numbers]
    graph = trace(each.numbers_function or each.function, *values, title=name)
    dout = RNG.standard_normal(graph.out.shape)
    for place, gradient in enumerate(graph.gradients(dout)):
        if gradient is None:
            assert values[place].dtype.kind in "ib"
            continue

        def moved(x, place=place, graph=graph):
            return run_with(graph, [*values[:place], x, *values[place + 1 :]])

        slope = numerical_gradient(moved, values[place], dout)
        assert np.allclose(gradient, slope, atol=1e-7), place


@pytest.mark.parametrize("stride", [1, 2, (2, 3)])
@pytest.mark.parametrize("pad", [0, 1, (2, 1)])
def test_convolution_with_other_strides_and_paddings(stride, pad):
    x, w, b = RNG.standard_normal((2, 3, 7, 8)), RNG.standard_normal((4, 3, 3, 2)), RNG.standard_normal(4)
    out, cache = layers.conv_forward(x, w, b, stride=stride, pad=pad)
    dout = RNG.standard_normal(out.shape)
    graph = trace(lambda x, w, b: conv(x, w, b, stride, pad), x, w, b)
    assert np.allclose(graph.out.value, out, atol=1e-12)
    for ours, theirs in zip(graph.gradients(dout), layers.conv_backward(dout, cache), strict=True):
        assert np.abs(ours - theirs).max() < 1e-12 * max(1, np.abs(theirs).max())


@pytest.mark.parametrize(("size", "stride"), [(2, 1), (3, 2), ((2, 3), (1, 2))])
@pytest.mark.parametrize("kind", [maxpool, avgpool])
def test_pools_whose_windows_overlap_and_tie(kind, size, stride):
    x = RNG.integers(0, 3, (2, 3, 7, 6)).astype(float)  # many ties: the first in reading order must win
    pair = REFERENCE.pair(kind.__name__)
    out, cache = pair.forward(x, size=size, stride=stride)
    dout = RNG.standard_normal(out.shape)
    graph = trace(lambda x: kind(x, size, stride), x)
    assert np.abs(graph.gradients(dout)[0] - pair.backward(dout, cache)).max() < 1e-12


OTHER_WAYS = {  # the same backward pass written in another way: (derivation, forward, backward)
    "batchnorm_backward_simplified": ("batchnorm", layers.batchnorm_forward, layers.batchnorm_backward_simplified),
    "conv_backward_loops": ("conv", partial(layers.conv_forward_loops, pad=1), layers.conv_backward_loops),
    "maxpool_backward_loops": ("maxpool", partial(layers.maxpool_forward_loops, size=2), layers.maxpool_backward_loops),
}


def test_every_backward_function_of_the_room_is_compared_with_a_derivation():
    ends = ("_backward", "_backward_simplified", "_backward_loops")
    functions = {name for name in layers.__all__ if name.endswith(ends)}
    assert {name.removesuffix("_backward") for name in functions - set(OTHER_WAYS)} <= set(DERIVATIONS)
    assert set(OTHER_WAYS) <= functions


@pytest.mark.parametrize("name", OTHER_WAYS)
def test_the_same_backward_written_in_another_way(name):
    of, forward, backward = OTHER_WAYS[name]
    each = derivation(of)
    inputs = [value if value.ndim < 4 else value[:2, :3, :9, :10] for value in each.example()]
    if of == "conv":  # loops are slow: a corner of the example, and filters that fit it
        inputs = [inputs[0], inputs[1][:, :, :3, :2], inputs[2][:2]]
    out, cache = forward(*inputs)
    dout = RNG.standard_normal(out.shape)
    by_hand = backward(dout, cache)
    _compare(trace(each.function, *inputs), dout, by_hand if isinstance(by_hand, tuple) else (by_hand,))


def test_layer_norm_of_one_row_and_inside_the_sandwich():
    x, gamma, beta = RNG.standard_normal((1, 5)), RNG.standard_normal(5), RNG.standard_normal(5)
    _, cache = layers.layernorm_forward(x, gamma, beta)
    dout = RNG.standard_normal((1, 5))
    _compare(trace(layernorm, x, gamma, beta), dout, layers.layernorm_backward(dout, cache))
    x, w, b = RNG.standard_normal((6, 4)), RNG.standard_normal((4, 5)), RNG.standard_normal(5)
    norm = Pair(layers.layernorm_forward, layers.layernorm_backward)
    _, cache = layers.affine_norm_relu_dropout_forward(x, w, b, gamma, beta, keep=0.5, key=(1, 2, 3), norm=norm)
    mask, dout = cache.dropout.mask, RNG.standard_normal((6, 5))

    def sandwich(x, w, b, gamma, beta):
        return dropout(relu(layernorm(affine(x, w, b), gamma, beta)), mask, 0.5)

    _compare(trace(sandwich, x, w, b, gamma, beta), dout, layers.affine_norm_relu_dropout_backward(dout, cache))


def _compare(graph, dout, by_hand):
    for ours, theirs in zip(graph.gradients(dout), by_hand, strict=True):
        assert np.abs(ours - theirs).max() < 1e-12 * max(1, np.abs(theirs).max())


def test_names_as_people_write_them():
    for written in ("Batch-Norm", "batch_norm", "BATCHNORM"):
        assert derivation(written).name == "batchnorm"
    assert derivation("VanillaDropout").name == "vanilla_dropout"
    assert derivation("spatial_groupnorm").name == "groupnorm"
    with pytest.raises(ShapeError, match=r"NAME must be one of .*affine.* or FILE.py:FUNCTION; got 'nonsense'$"):
        derivation("nonsense")
    with pytest.raises(ShapeError, match=r"got 'batchnrm'; did you mean 'batchnorm'\?$"):
        derivation("batchnrm")


@pytest.mark.parametrize("module", catalogue._MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_file_of_the_catalogue_declares_its_subject_and_no_other_file_does(module):
    declared = [each.name for each in getattr(module, "DERIVATIONS", ())]
    explained = [module.EXPLANATION.name] if hasattr(module, "EXPLANATION") else []
    assert declared or explained
    assert module.__name__.rpartition(".")[2] in (*declared, *explained)
    for name in declared:
        assert DERIVATIONS[name] in module.DERIVATIONS
    for name in explained:
        assert EXPLANATIONS[name] is module.EXPLANATION
    assert set(getattr(module, "ALIASES", {}).values()) <= {*declared, *explained}


def test_the_page_in_the_repository_is_what_the_code_derives(request):
    docs = request.config.rootpath / "docs"
    for name, text in page_files().items():
        assert (docs / name).read_text() == text, f"{name} is stale: python -m pellucid.derive.page docs"
        assert "NOT below" not in text
