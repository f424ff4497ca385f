"""What a plan says of itself: table, drawing, profile, comparison."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest
from tests.plan.networks import NETWORKS, batch

from pellucid.kernels import NATIVE, native_build
from pellucid.layers import REFERENCE, Pair
from pellucid.nets import build
from pellucid.optim import Adam
from pellucid.plan import Plan
from pellucid.plan.describe import output_text
from pellucid.plan.steps import BackwardStep, ForwardStep, Recompute
from pellucid.shapes import ShapeError

TABLES = [REFERENCE, NATIVE] if native_build().available else [REFERENCE]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_table_and_the_drawing_name_every_step(name):
    net = NETWORKS[name]()
    for plan in (Plan.training(net, 3, optimizer=Adam()), Plan.inference(net, 3)):
        text, drawing = plan.describe(), plan.svg()
        root = ElementTree.fromstring(drawing)
        shown = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
        again = {output_text(step) for step in plan.steps if isinstance(step, Recompute)}
        assert {label.split(",")[0] for label in shown if label.endswith("computed again")} == again
        for step in plan.steps:
            assert step.name in text
            if isinstance(step, ForwardStep | BackwardStep) and len(step.name) <= 30:
                assert step.name in shown
        assert str(plan.memory()) in text


def test_the_table_counts_flops_for_a_batch():
    net = NETWORKS["mlp"]()
    plan = Plan.training(net, 100)
    forward = sum(step.flops for step in plan.steps if step.phase == "forward")
    assert forward == 2 * (10 * 46 + 46 * 46 + 46 * 10)
    backward = sum(step.flops for step in plan.steps if step.phase == "backward")
    assert backward == 2 * (10 * 46) + 4 * (46 * 46 + 46 * 10)  # the first layer's input needs no gradient


@pytest.mark.parametrize("layers", TABLES, ids=lambda table: table.name)
@pytest.mark.parametrize("name", NETWORKS)
def test_comparing_with_the_reference_finds_nothing(name, layers):
    net = NETWORKS[name]()
    x, y = batch(net, 4)
    for plan in (Plan.training(net, 4, layers=layers), Plan.inference(net, 4, layers=layers)):
        found = plan.compare(REFERENCE, x, y, tolerance=1e-9)
        assert found.first is None, str(found)
        assert "agree" in str(found)
        assert len(found.differences) >= len(plan.design.step_list.groups) / 2


def wrong(pair, place):
    """A pair whose backward is wrong in one of its gradients."""

    def backward(dout, cache):
        gradients = list(pair.backward(dout, cache))
        gradients[place] = gradients[place] * 1.01
        return tuple(gradients)

    return Pair(pair.forward, backward)


def shifted(result):
    return result[0] + 1e-2, result[1]


@pytest.mark.parametrize(
    ("entry", "table", "step", "output"),
    [
        ("affine", lambda p: wrong(p, 1), "d affine1", "affine1.weight"),
        ("conv", lambda p: wrong(p, 0), "d conv6", "d input 0"),
        (
            "maxpool",
            lambda p: Pair(lambda x, **k: (p.forward(x, **k)[0] + 1e-2, p.forward(x, **k)[1]), p.backward),
            "maxpool1",
            "out",
        ),
    ],
)
def test_comparing_names_the_first_wrong_operation(entry, table, step, output):
    net = build("vgg6-bn", (3, 16, 16), 5, dtype=np.float64)
    planted = replace(REFERENCE, name="planted", **{entry: table(getattr(REFERENCE, entry))})
    x, y = batch(net, 3)
    for plan, other in ((Plan.training(net, 3), planted), (Plan.training(net, 3, layers=planted), REFERENCE)):
        first = plan.compare(other, x, y).first
        assert first is not None
        assert (first.step, first.output) == (step, output)
        assert first.error > 1e-4


def test_comparing_with_what_is_not_finite():
    net = NETWORKS["mlp"]()
    x, y = batch(net, 4)
    bad = replace(REFERENCE, relu=Pair(lambda x: (np.full_like(x, np.nan), None), REFERENCE.relu.backward))
    first = Plan.inference(net, 4).compare(bad, x, y).first
    assert first is not None
    assert first.error == np.inf
    with pytest.raises(ShapeError, match="tolerance"):
        Plan.inference(net, 4).compare(REFERENCE, x, y, tolerance=0)


def test_a_profile_times_every_step():
    net = build("three-layer-convnet", (3, 16, 16), 10)
    plan = Plan.training(net, 8)
    before = net.params.flat.copy()
    profile = plan.profile(repeats=3)
    assert [step.name for step in profile.steps] == [step.name for step in plan.steps]
    assert all(step.milliseconds > 0 and step.share >= 0 for step in profile.steps)
    assert profile.milliseconds == pytest.approx(sum(step.milliseconds for step in profile.steps))
    assert profile.copied == sum(step.copied for step in plan.steps) * 8
    assert "GFLOP/s" in str(profile)
    assert np.array_equal(before, net.params.flat)
    assert np.isfinite(profile.limits.flops)
