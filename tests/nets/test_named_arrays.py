"""Tests of `named_arrays`: names over one flat buffer."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given

from pellucid.nets import Affine, BatchNorm, Conv, NamedArrays, Network, Slot
from pellucid.shapes import ShapeError

from .random_networks import cases, examples


@pytest.fixture
def net():
    return Network([Conv(2, (3, 2)), BatchNorm(), Affine(3)], (4, 5, 4), seed=0)


@given(case=cases)
@examples(50)
def test_names_are_views_that_cover_the_buffer_once(case):
    net = case.network()
    for arrays in (net.params, net.state, net.params.like()):
        seen = np.zeros(arrays.flat.size, int)
        arrays.flat[:] = np.arange(arrays.flat.size)
        for name, array in arrays.items():
            assert np.shares_memory(array, arrays.flat)
            start, stop = arrays.ranges[name]
            assert sorted(array.ravel()) == list(range(start, stop))
            seen[start:stop] += 1
        assert (seen == 1).all()


@given(case=cases)
@examples(50)
def test_weights_come_first(case):
    net = case.network()
    decays = [net.program.params[name].decays for name in net.params]
    assert decays == sorted(decays, reverse=True)
    sizes = [array.size for name, array in net.params.items() if net.program.params[name].decays]
    assert net.weights_stop == sum(sizes)


def test_a_convolutions_weights_lie_as_kernel_rows_columns_channels_filters(net):
    start, stop = net.params.ranges["conv1.weight"]
    weight = net.params["conv1.weight"]
    assert weight.shape == (2, 4, 3, 2)
    assert np.array_equal(net.params.flat[start:stop].reshape(3, 2, 4, 2), weight.transpose(2, 3, 1, 0))
    lying = weight.transpose(2, 3, 1, 0)
    assert lying.flags.c_contiguous
    assert np.shares_memory(lying, net.params.flat)


def test_gradients_lie_as_their_parameters(net):
    x = np.random.default_rng(0).standard_normal((2, 4, 5, 4)).astype(np.float32)
    grads = net.training_pass(x, np.array([0, 1])).grads
    assert grads.ranges == net.params.ranges
    assert grads["conv1.weight"].strides == net.params["conv1.weight"].strides
    assert np.shares_memory(grads["conv1.weight"], grads.flat)


def test_setting_copies_into_the_view(net):
    view, new = net.params["affine1.bias"], np.array([1, 2, 3])
    net.params["affine1.bias"] = new
    new[:] = 99
    start, stop = net.params.ranges["affine1.bias"]
    assert view.tolist() == net.params.flat[start:stop].tolist() == [1, 2, 3]
    assert net.params["affine1.bias"] is view
    net.params["affine1.bias"] += 1
    assert net.params.flat[start:stop].tolist() == [2, 3, 4]


def test_update_copies_every_array(net):
    other = Network(net.layers, net.input_shape, seed=1)
    net.params.update(other.params)
    assert np.array_equal(net.params.flat, other.params.flat)
    assert not np.shares_memory(net.params.flat, other.params.flat)


@pytest.mark.parametrize("wrong", [np.zeros(4), np.zeros((1, 3)), 0.0, np.zeros(3, complex), np.array(["a", "b", "c"])])
def test_what_does_not_fit_is_refused_and_changes_nothing(net, wrong):
    before = net.params.flat.copy()
    with pytest.raises(ShapeError, match=r"^affine1\.bias must be an array of numbers of shape \(3,\); got "):
        net.params["affine1.bias"] = wrong
    assert np.array_equal(net.params.flat, before)


def test_an_unknown_name_lists_the_names(net):
    expected = "'conv2.bias'; there are: conv1.weight, affine1.weight, conv1.bias, batchnorm1.gamma"
    with pytest.raises(KeyError) as reading:
        net.params["conv2.bias"]
    with pytest.raises(KeyError) as writing:
        net.params["conv2.bias"] = np.zeros(2)
    assert expected in reading.value.args[0]
    assert expected in writing.value.args[0]
    assert "conv2.bias" not in net.params
    with pytest.raises(KeyError, match="there are: none"):
        Network([Affine(2)], (2,)).state["mean"]


def test_names_cannot_be_deleted(net):
    with pytest.raises(TypeError, match=r"conv1\.bias cannot be deleted"):
        del net.params["conv1.bias"]
    with pytest.raises(TypeError, match="cannot be deleted"):
        net.params.clear()
    assert len(net.params) == 6


def test_like_is_another_buffer(net):
    zeros = net.params.like()
    assert zeros.flat.dtype == np.float32
    assert not zeros.flat.any()
    own = np.arange(net.params.flat.size, dtype=np.float32)
    over = net.params.like(own)
    assert over.flat is own
    own[-1] = -1
    assert over["affine1.bias"][-1] == -1


def test_axes_in_any_order():
    arrays = NamedArrays({"a": Slot((2, 3, 4), (1, 2, 0)), "b": Slot((), ())}, np.float64)
    assert arrays["a"].shape == (2, 3, 4)
    assert arrays["b"].shape == ()
    arrays["b"] = 5
    assert arrays.flat[-1] == 5
    arrays.flat[:2] = 1  # the last axis in memory is the first in the shape
    assert arrays["a"][:, 0, 0].tolist() == [1, 1]


def test_repr_names_what_is_there(net):
    assert repr(net.state) == "NamedArrays(float32; batchnorm1.mean (2,), batchnorm1.var (2,))"


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copys_names_are_views_of_its_own_buffer(net, copied):
    twin = copied(net)
    twin.params.flat[:] = 7
    assert (twin.params["conv1.weight"] == 7).all()
    assert not (net.params["conv1.weight"] == 7).any()
