"""Tests of `execute`: the gradients of whole networks, the order of the operations, where a value stops being finite."""

from collections import Counter
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases import CASES, every_network
from tests.network_checks import batch, check_gradients, shaken

from pellucid.layers import REFERENCE, Pair
from pellucid.nets import Affine, BatchNorm, Conv, Function, Network, ReLU, Residual, Tanh, first_not_finite, lower
from pellucid.nets.execute import training_outputs

from .random_networks import Case, cases, examples, image_cases, random_case


@st.composite
def loss_settings(draw, rows):
    """Arguments of a loss: which, with regularisation, label smoothing and weights of the rows or without."""
    loss = draw(st.sampled_from(["softmax", "svm", "mse"]))
    settings = {"loss": loss, "reg": draw(st.sampled_from([0.0, 0.3]))}
    if loss == "softmax":
        settings["label_smoothing"] = draw(st.sampled_from([0.0, 0.1]))
    if draw(st.booleans()):
        settings["weights"] = np.arange(1.0, rows + 1)
    return settings


@given(case=cases, data=st.data())
@examples(200)
def test_gradients_are_those_of_the_loss(case, data):
    x, labels = case.batch()
    check_gradients(case.network(), x, labels, **data.draw(loss_settings(case.rows)))


@given(case=image_cases)
@examples(100)
def test_gradients_of_image_networks(case):
    x, labels = case.batch()
    check_gradients(case.network(), x, labels)


@pytest.mark.parametrize("name", every_network())
def test_gradients_of_the_networks_of_the_cases(name):
    layers, shape = every_network()[name]
    net = shaken(Network(layers, shape, dtype=np.float64, seed=5))
    check_gradients(net, *batch(net, 3))


def test_the_random_networks_hold_every_layer_alone_and_in_branches():
    programs = [lower(case.layers, case.input_shape) for case in (random_case(seed, 4) for seed in range(300))]
    seen = Counter(kind for program in programs for kind in {operation.kind for operation in program.operations})
    fusions = {kind for kind, case in CASES.items() if case.parts is not None}
    every = {f.name for f in fields(REFERENCE) if f.type is Pair} - fusions | {"function"}
    assert set(seen) == every - {"conv1d", "maxpool1d", "avgpool1d"}  # sequences are not drawn
    assert seen.most_common()[-1][1] >= 4, seen
    nested = [program for program in programs if sum(operation.kind == "add" for operation in program.operations) > 1]
    assert len(nested) >= 10


BRANCHED = Case([Affine(3), Residual([Affine(3), Tanh()]), BatchNorm(0.1), Affine(2)], (3,), 3, 0)
CONVOLVED = Case([Conv(2, 2, pad=1), Tanh(), Affine(2)], (1, 3, 3), 2, 0)


def without_mean_and_variance(dout, cache):
    return dout * cache.gamma * cache.inv_std, (dout * cache.x_hat).sum(axis=0), dout.sum(axis=0)


def mirrored_kernel(dout, cache):
    dx, dw, db = REFERENCE.conv.backward(dout, cache)
    return dx, dw[..., ::-1], db


def mean_for_sum(dout, cache):
    dx, dw, _ = REFERENCE.affine.backward(dout, cache)
    return dx, dw, dout.mean(axis=0)


@pytest.mark.parametrize(
    ("case", "kind", "wrong"),
    [
        (BRANCHED, "add", lambda dout, cache: (dout, 0 * dout)),
        (BRANCHED, "affine", mean_for_sum),
        (BRANCHED, "batchnorm", without_mean_and_variance),
        (CONVOLVED, "conv", mirrored_kernel),
        (CONVOLVED, "tanh", lambda dout, cache: 1.00001 * REFERENCE.tanh.backward(dout, cache)),
    ],
)
def test_the_check_above_rejects_a_wrong_backward(case, kind, wrong):
    table = replace(REFERENCE, **{kind: Pair(REFERENCE.pair(kind).forward, wrong)})
    with pytest.raises(AssertionError, match="differences"):
        check_gradients(case.network(), *case.batch(), layers=table)


class Spy:
    """A table of layers that writes down which function ran, in which order, with which cache."""

    def __init__(self):
        self.forwards, self.backwards, self.inferences = [], [], []
        pairs = {f.name: self.pair(f.name) for f in fields(REFERENCE) if f.type is Pair}
        infers = {f.name: self.infer(f.name) for f in fields(REFERENCE) if f.name.endswith("_infer")}
        self.table = replace(REFERENCE, name="spy", **pairs, **infers)

    def pair(self, kind):
        def forward(*arrays, **options):
            out, cache = REFERENCE.pair(kind).forward(*arrays, **options)
            self.forwards.append((kind, id(cache), cache))  # kept alive: an id is one object's only while it lives
            return out, cache

        def backward(dout, cache):
            self.backwards.append((kind, id(cache)))
            return REFERENCE.pair(kind).backward(dout, cache)

        return Pair(forward, backward)

    def infer(self, name):
        def infer(*arrays, **options):
            self.inferences.append(name)
            return getattr(REFERENCE, name)(*arrays, **options)

        return infer


@given(case=cases)
@examples(100)
def test_a_table_sees_exactly_the_programs_operations(case):
    net, (x, labels), spy = case.network(), case.batch(), Spy()
    done = net.training_pass(x, labels, layers=spy.table)
    kinds = [operation.kind for operation in net.program.operations if operation.kind != "function"]
    assert [kind for kind, *_ in spy.forwards] == kinds
    assert spy.backwards == [(kind, cache) for kind, cache, _ in reversed(spy.forwards)]
    assert spy.inferences == []
    plain = net.training_pass(x, labels)
    assert (done.loss, done.grads.flat.tobytes()) == (plain.loss, plain.grads.flat.tobytes())


@given(case=cases)
@examples(100)
def test_inference_sees_the_inference_functions_and_no_backward(case):
    net, (x, _), spy = case.network(), case.batch(), Spy()
    net.predict(x, layers=spy.table)
    kinds = [operation.kind for operation in net.program.operations]
    apart = ("batchnorm", "spatial_batchnorm", "vanilla_dropout")
    assert spy.inferences == [f"{kind}_infer" for kind in kinds if kind in apart]
    assert [kind for kind, *_ in spy.forwards] == [
        kind for kind in kinds if kind not in (*apart, "dropout", "channel_dropout", "function")
    ]
    assert spy.backwards == []


def test_a_loss_comes_from_the_table_too():
    net = Network([Affine(2)], (3,), dtype=np.float64)
    table = replace(REFERENCE, mse_loss=lambda scores, targets, weights: (42.0, np.ones_like(scores)))
    done = net.training_pass(np.ones((2, 3)), np.zeros((2, 2)), loss="mse", layers=table)
    assert done.loss == 42.0
    assert done.grads["affine1.bias"].tolist() == [2.0, 2.0]


@given(case=cases)
@examples(100)
def test_shapes_are_those_that_were_promised(case):
    net, (x, _) = case.network(), case.batch()
    ran = list(training_outputs(net.program, net.params, x, layers=REFERENCE, seed=0, step=0))
    assert [operation for operation, *_ in ran] == list(net.program.operations)
    for operation, out, _ in ran:
        assert out.shape == (case.rows, *operation.shape), operation.name
        assert out.dtype == np.float64, operation.name
    assert net.output_shape == ran[-1][1].shape[1:]


def test_two_branches_add_their_gradients_and_a_shortcut_adds_one():
    double = Function(lambda x: (2 * x, None), lambda dout, cache: 2 * dout)
    net = Network([Residual([double, Residual([double], [double, double])])], (2,), dtype=np.float64)
    done = net.training_pass(np.array([[1.0, -1.0]]), np.zeros((1, 2)), loss="mse")
    # x + (2 + 4) 2 x = 13 x, so the loss is mean (13 x)**2
    assert done.scores.tolist() == [[13.0, -13.0]]
    assert done.dx.tolist() == [[169.0, -169.0]]


@pytest.fixture
def deep():
    return Network([Affine(3), ReLU(), Affine(3), Affine(2)], (4,), seed=0)


def where(net, x):
    return first_not_finite(net.program, net.params, x, layers=REFERENCE, seed=net.seed, step=0)


def test_the_first_value_that_is_not_finite_is_named(deep):
    x = np.ones((2, 4), np.float32)
    assert where(deep, x) == "the loss"
    assert where(deep, x * np.float32(np.nan)) == "the input"
    deep.params["affine2.weight"] = np.full((3, 3), 3e38)
    deep.params["affine1.bias"] = np.ones(3)
    assert where(deep, x) == "affine2"
    deep.params["affine1.weight"][0, 0] = np.inf
    assert where(deep, x) == "affine1 (its parameter affine1.weight is already not finite)"


def test_a_value_that_is_not_finite_raises_no_warning(deep):
    deep.params["affine1.weight"] = np.full((4, 3), 3e38)
    with np.errstate(all="raise"):
        assert where(deep, np.ones((2, 4), np.float32)) == "affine1"
