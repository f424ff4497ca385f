"""Tests of `Function`, the layer of any pair someone wrote: as good as one of the house, and refused by name where it is wrong."""

import numpy as np
import pytest
from tests.cases.function import bend, mix

from pellucid import layers as mathematics
from pellucid.gradients import gradcheck
from pellucid.nets import Affine, Conv, Function, Network, ReLU, Residual
from pellucid.shapes import ShapeError


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, x):
    return dout * (x > 0)


def affine_forward(x, weight, bias):
    return x @ weight + bias, (x, weight)


def affine_backward(dout, cache):
    x, weight = cache
    return dout @ weight.T, x.T @ dout, dout.sum(axis=0)


def own_affine(inputs, out):
    params = {"weight": np.zeros((inputs, out)), "bias": np.zeros(out)}
    return Function(affine_forward, affine_backward, params, (out,), name="affine")


def same(x):
    return x, None


def pass_on(dout, cache):
    return dout


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_trains_bit_for_bit_as_the_layers_of_the_house(dtype):
    house = Network([Affine(8), ReLU(), Affine(5), Affine(3)], (6,), seed=3, dtype=dtype)
    own = Network(
        [own_affine(6, 8), Function(relu_forward, relu_backward), Affine(5), own_affine(5, 3)], (6,), dtype=dtype
    )
    assert list(own.params) == ["affine1.weight", "affine2.weight", "affine3.weight"] + [
        f"affine{n}.bias" for n in (1, 2, 3)
    ]
    assert own.weights_stop == house.weights_stop
    own.params.update(house.params)
    rng = np.random.default_rng(0)
    x, labels = rng.standard_normal((20, 6)).astype(dtype), rng.integers(0, 3, 20)
    first = house.loss(x, labels)[0]
    for _ in range(20):
        ours, theirs = (net.training_pass(x, labels, reg=0.01) for net in (house, own))
        assert ours.loss == theirs.loss
        assert np.array_equal(ours.grads.flat, theirs.grads.flat)
        assert np.array_equal(ours.dx, theirs.dx)
        for net, done in ((house, ours), (own, theirs)):
            net.params.flat -= 0.3 * done.grads.flat
    assert ours.loss < 0.8 * first
    assert np.array_equal(house.predict(x), own.predict(x))


def test_a_pair_of_the_house_serves_as_a_function():
    params = {"weight": np.zeros((2, 3, 3, 3)), "bias": np.zeros(2)}
    conv = Function(
        mathematics.conv_forward, mathematics.conv_backward, params, lambda s: (2, s[1] - 2, s[2] - 2), "conv"
    )
    house, own = (Network([layer, Affine(2)], (3, 5, 4), seed=1) for layer in (Conv(2, 3), conv))
    own.params.update(house.params)
    x = np.random.default_rng(0).standard_normal((2, 3, 5, 4))
    ours, theirs = (net.training_pass(x, np.array([0, 1])) for net in (house, own))
    for name in house.params:
        np.testing.assert_allclose(ours.grads[name], theirs.grads[name], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("function", [bend(3), mix((3,), 2), own_affine(3, 4), Function(relu_forward, relu_backward)])
def test_gradcheck_takes_its_pair(function):
    rng = np.random.default_rng(0)
    params = [value + rng.standard_normal(np.shape(value)) for value in function.params.values()]
    assert gradcheck(function.forward, function.backward, rng.standard_normal((4, 3)), *params)


def test_gradcheck_of_a_wrong_pair_fails():
    def wrong(dout, cache):
        dx, dweight, dbias = affine_backward(dout, cache)
        return dx, 2 * dweight, dbias

    assert not gradcheck(affine_forward, wrong, np.ones((2, 3)), np.eye(3), np.ones(3))


@pytest.mark.parametrize(
    ("output_shape", "out"),
    [(None, (2, 3)), ((6,), (6,)), ([6], (6,)), (lambda s: (s[0] * s[1],), (6,)), (lambda s: None, (2, 3))],
)
def test_an_output_shape_is_a_tuple_a_function_or_the_inputs(output_shape, out):
    function = Function(
        lambda x: (x.reshape(len(x), *out), x.shape), lambda dout, shape: dout.reshape(shape), {}, output_shape
    )
    net = Network([function], (2, 3))
    assert net.output_shape == out
    assert net.predict(np.ones((4, 2, 3))).shape == (4, *out)


def test_an_output_without_numbers_is_refused():
    function = Function(lambda x: (x[:, :0], None), lambda dout, cache: dout, output_shape=(0,), name="none")
    with pytest.raises(ShapeError, match=r"Network: none1 must output samples whose sizes are at least 1; got \(0,\)"):
        Network([Affine(3), function, Affine(2)], (4,))


def test_first_values_are_copied_in_the_networks_dtype():
    start = np.arange(3)
    net = Network([Function(lambda x, a: (x, None), lambda d, c: (d, d.sum(axis=0)), {"a": start})], (3,))
    start[:] = 9
    assert net.params["function1.a"].tolist() == [0, 1, 2]
    assert net.params["function1.a"].dtype == np.float32


def test_functions_are_counted_by_their_name():
    mine = Function(same, pass_on, name="mine")
    net = Network([mine, Function(same, pass_on), Residual([mine])], (2,))
    assert [operation.name for operation in net.program.operations] == ["mine1", "function1", "mine2", "residual1"]


FORWARDS = {
    "a row too few": (lambda x: (x[:1], None), "it returned float32 (1, 3)"),
    "a feature too few": (lambda x: (x[:, :2], None), "it returned float32 (2, 2)"),
    "another dtype": (lambda x: (x.astype(np.float64), None), "it returned float64 (2, 3)"),
    "a number": (lambda x: (x.sum().item(), None), "it returned float"),
    "nothing": (lambda x: (None, None), "it returned NoneType"),
    "a list": (lambda x: (x.tolist(), None), "it returned list"),
}


@pytest.mark.parametrize("wrong", FORWARDS)
def test_a_wrong_forward_is_named(wrong):
    forward, found = FORWARDS[wrong]
    net = Network([Affine(3), Function(forward, pass_on, name="mine")], (4,))
    with pytest.raises(ShapeError) as refused:
        net.loss(np.ones((2, 4)), np.array([0, 1]))
    assert str(refused.value) == f"mine1: its forward must return out as float32 (2, 3); {found}"


BACKWARDS = {
    "nothing": (lambda dout, cache: None, "it returned NoneType"),
    "dx alone": (lambda dout, cache: dout, "it returned ndarray"),
    "one too many": (lambda dout, cache: (dout, dout, dout), "it returned ndarray, ndarray, ndarray"),
    "None for one": (lambda dout, cache: (dout, None), "it returned ndarray, NoneType"),
    "a list": (lambda dout, cache: [dout, dout], "it returned list"),
}


@pytest.mark.parametrize("wrong", BACKWARDS)
def test_a_wrong_backward_is_named(wrong):
    backward, found = BACKWARDS[wrong]
    net = Network([Function(lambda x, a: (x * a, None), backward, {"a": np.ones(3)}, name="mine")], (3,))
    with pytest.raises(ShapeError) as refused:
        net.loss(np.ones((2, 3)), np.array([0, 1]))
    start = "mine1: its backward must return 2 arrays, dx and one for each parameter; "
    assert str(refused.value) == start + found


def test_a_gradient_of_the_wrong_shape_names_its_parameter():
    function = Function(lambda x, a: (x * a, None), lambda dout, cache: (dout, dout), {"a": np.ones(3)}, name="mine")
    with pytest.raises(
        ShapeError, match=r"^mine1\.a must be an array of numbers of shape \(3,\); got \w+ of shape \(2, 3\)$"
    ):
        Network([function], (3,)).loss(np.ones((2, 3)), np.array([0, 1]))


def test_a_parameter_that_is_no_number_is_refused():
    with pytest.raises(ShapeError, match=r"function1 does not fit its input \(3,\): Function: the parameter a must be"):
        Network([Function(same, pass_on, {"a": np.array(["x"])})], (3,))


def refusal(action):
    """The message of a refusal, or what was raised or returned instead."""
    try:
        return f"accepted: {action()!r}"
    except ShapeError as error:
        return str(error)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("below", [[], [Affine(3)], [Function(same, pass_on, name="other")]])
@pytest.mark.parametrize(
    "backward",
    [lambda dout, cache: dout[:1], lambda dout, cache: dout[:, :2], lambda dout, cache: dout.astype(np.float64)],
)
def test_a_wrong_dx_is_named(below, backward):
    net = Network([*below, Function(same, backward, name="mine")], (3,))
    assert refusal(lambda: net.training_pass(np.ones((2, 3)), np.array([0, 1])).dx).startswith("mine1: its backward")


@pytest.mark.parametrize("returned", [lambda x: x, lambda x: None, lambda x: (x, x, x), lambda x: (x,)])
def test_a_forward_without_a_cache_is_named(returned):
    net = Network([Function(returned, pass_on, name="mine")], (3,))
    assert refusal(lambda: net.loss(np.ones((4, 3)), np.array([0, 1, 2, 0]))).startswith(
        "mine1: its forward must return"
    )


@pytest.mark.parametrize("wrong", FORWARDS)
def test_a_wrong_forward_is_named_at_inference_too(wrong):
    net = Network([Function(FORWARDS[wrong][0], pass_on, name="mine"), Affine(2)], (3,))
    assert refusal(lambda: net.predict(np.ones((2, 3)))).startswith("mine1: its forward must return")


def test_the_gradient_of_a_parameter_without_axes_may_be_a_numpy_number():
    slope = Function(lambda x, a: (x * a, (x, a)), lambda d, c: (d * c[1], (d * c[0]).sum()), {"a": np.array(2.0)})
    net = Network([slope], (3,), dtype=np.float64)
    assert "accepted" in refusal(lambda: net.loss(np.ones((2, 3)), np.array([0, 1])))


def test_a_backward_that_writes_into_dout_is_refused_or_harmless():
    def careless(dout, cache):
        dout *= 2
        return dout

    def dx_of(backward):
        net = Network([Residual([Function(lambda x: (2 * x, None), backward)])], (3,), dtype=np.float64)
        return net.training_pass(np.ones((1, 3)), np.zeros((1, 3)), loss="mse").dx

    assert "read-only" in refusal(lambda: dx_of(careless)) or np.array_equal(dx_of(careless), dx_of(lambda d, c: 2 * d))


def test_a_forward_that_writes_into_x_does_not_change_the_callers():
    def careless(x):
        x *= 2
        return x, None

    x = np.ones((1, 3))
    refusal(lambda: Network([Function(careless, pass_on)], (3,), dtype=np.float64).loss(x, np.array([0])))
    assert (x == 1).all()
