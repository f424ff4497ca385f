"""What the backward computes again: the same numbers in less memory."""

import math

import numpy as np
import pytest
from tests.plan.networks import NETWORKS, batch, cbr, network

from pellucid.kernels import NATIVE, native_build
from pellucid.layers import REFERENCE
from pellucid.nets import Affine, Conv, Dropout, Flatten, MaxPool, Residual, build
from pellucid.plan import Plan, design, recompute

pytestmark = pytest.mark.skipif(
    not native_build().available, reason="the NumPy table's layers are opaque: they keep all"
)


@pytest.fixture
def whatever_it_saves(monkeypatch):
    """Compute again whatever can be, however small and however little it saves."""
    monkeypatch.setattr(recompute, "MINIMUM_BYTES", 0)
    monkeypatch.setattr(design, "RECOMPUTE_BELOW", math.inf)


def again(plan):
    return [step.name for step in plan.steps if step.phase == "recompute"]


@pytest.mark.usefixtures("whatever_it_saves")
@pytest.mark.parametrize("name", NETWORKS)
def test_the_numbers_are_the_same(name):
    net = NETWORKS[name]()
    plans = [Plan.training(net, 5, layers=NATIVE, recompute=r, input_gradient=True) for r in (False, True)]
    assert not again(plans[0])
    for n, seed in ((5, 0), (2, 1)):
        x, y = batch(net, n, seed)
        expected, got = ((p.loss(x, y), p.grads.flat.copy(), p.input_gradient(n).copy()) for p in plans)
        assert all(np.array_equal(a, b) for a, b in zip(expected, got, strict=True))


@pytest.mark.usefixtures("whatever_it_saves")
@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_is_read_after_its_life(name):
    net = NETWORKS[name]()
    plan, (x, y) = Plan.training(net, 4, layers=NATIVE), batch(net, 4)
    expected, gradients = plan.loss(x, y), plan.grads.flat.copy()
    n = plan.bound.fill(x)
    plan.bound.loss.prepare(y, None, n)
    for at, (step, calls) in enumerate(plan.bound.by_step):
        if step.phase == "loss":
            assert plan.bound.loss(n) == expected
        for call in calls:
            call(n)
        for buffer in plan.design.arena.buffers:
            if buffer.last == at:
                array = plan.bound.binding.array(buffer)
                array[...] = 255 if array.dtype == np.uint8 else np.nan
    assert np.array_equal(plan.grads.flat, gradients)


@pytest.mark.usefixtures("whatever_it_saves")
def test_which_are_computed_again():
    layers = [
        *cbr(8),
        *cbr(8),
        MaxPool(2),
        Residual([*cbr(8), Dropout(0.5), *cbr(8)]),
        Conv(4, 3),
        Flatten(),
        Affine(3),
    ]
    plan = Plan.training(network(layers, (3, 12, 12)), 2, layers=NATIVE)
    # conv1 reads 27 numbers for each it writes, the others 72; maxpool1 is kept, so the residual's sum can be made of it again.
    # batchnorm2's output is read by no backward, batchnorm3's neither (dropout keeps its own mask).
    assert again(plan) == [
        "batchnorm4+relu4 again",
        "residual1 again",
        "conv1 again",
        "batchnorm1+relu1 again",
    ]


@pytest.mark.usefixtures("whatever_it_saves")
def test_a_chain_of_sums_is_not_computed_again_link_by_link():
    layers = [*cbr(4), *(Residual(cbr(4)) for _ in range(6)), Flatten(), Affine(3)]
    plan = Plan.training(network(layers, (8, 6, 6)), 2, layers=NATIVE)
    sums = [name for name in again(plan) if name.startswith("residual")]
    assert len(sums) == len(set(sums)) == 3  # every second; the others are kept


def test_a_large_network_needs_a_third_less():
    net = build("resnet9", (3, 32, 32), 10)
    plans = [Plan.training(net, 64, layers=NATIVE, recompute=r) for r in (False, True)]
    assert again(plans[1])
    assert plans[1].memory().arena < 0.7 * plans[0].memory().arena


@pytest.mark.usefixtures("whatever_it_saves")
def test_what_is_computed_again_is_compared_too():
    net = NETWORKS["resnet"]()
    plan = Plan.training(net, 4, layers=NATIVE)
    comparison = plan.compare(REFERENCE, *batch(net, 4))
    assert comparison.first is None, comparison
    assert {d.step for d in comparison.differences} > set(again(plan)) > set()


def test_a_small_network_computes_nothing_twice():
    net = build("fully-connected", (3, 8, 8), 10, hidden=[100] * 4, norm="batch")
    assert not again(Plan.training(net, 64))


def test_inference_keeps_nothing_and_computes_nothing_again():
    net = build("vgg6-bn", (3, 32, 32), 10)
    assert again(Plan.training(net, 64, layers=NATIVE))
    assert not again(Plan.inference(net, 64, layers=NATIVE))
