"""What holds for every network of a layer's cases, one function a promise: plain assertions on one network.

Its gradients are those of its loss; a plan computes what the network computes; got saved and loaded; its description goes
through JSON. What holds of its bridges is in `bridge_checks.py`.
"""

import json
from pathlib import Path

import numpy as np

from pellucid.layers import REFERENCE, Layers
from pellucid.nets import Network
from pellucid.nets.architecture import from_document, to_document
from pellucid.nets.arguments import as_inputs
from pellucid.plan import Plan

STEP = 3  # of the dropout masks
PLAN = 1e-11  # of the largest entry, in float64


def shaken(net: Network) -> Network:
    """Move every parameter and running statistic off its first value: a bias of 0 hides mistakes."""
    rng = np.random.default_rng(3)
    for array in (*net.params.values(), *net.state.values()):
        array += 0.1 * np.abs(rng.standard_normal(array.shape)).astype(array.dtype)
    return net


def batch(net: Network, rows: int, seed: int = 0):
    """Samples and labels for a network; a tuple of samples where it has several inputs."""
    rng = np.random.default_rng(seed)
    drawn = tuple(rng.standard_normal((rows, *shape)).astype(net.dtype) for shape in net.program.inputs)
    x = drawn if len(drawn) > 1 else drawn[0]
    return x, rng.integers(0, net.output_shape[0], rows)


def assert_near(found, expected, tolerance, name, scale=0.0):
    """Agreement measured against the largest entry expected, or against `scale` where the entries are rounding of that."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape, f"{name} has shape {found.shape}, expected {expected.shape}"
    difference = float(np.abs(found - expected).max(initial=0))
    largest = max(scale, float(np.abs(expected).max(initial=0)))
    assert difference <= tolerance * max(largest, 1e-300), (
        f"{name} differs by {difference:.1e}, its largest is {largest:.1e}"
    )


# --- gradients of the loss

STEPS = (1e-5, 1e-6, 1e-7)  # of the differences; a kink between x - h and x + h is left behind by a smaller one
SLOPES = 2e-7  # of max(1, the largest gradient)


def check_gradients(net: Network, x, labels, **settings) -> None:
    """Every gradient of one training pass agrees with central differences of `net.loss`."""
    done = net.training_pass(x, labels, step=STEP, **settings)
    moved = tuple(array.copy() for array in x) if isinstance(x, tuple) else x.copy()

    def loss():
        return net.loss(moved, labels, step=STEP, **settings)[0]

    rng = np.random.default_rng(0)
    assert done.loss == loss(), "training_pass and loss differ"
    assert list(done.grads) == list(net.params), "a parameter has no gradient"
    for name, array in net.params.items():
        assert_slopes(loss, array, done.grads[name], rng)
    for array, gradient in zip(as_inputs(moved), as_inputs(done.dx), strict=True):
        assert_slopes(loss, array, gradient, rng)


def assert_slopes(value, array, gradient, rng, entries=10):
    """Central differences of value(), as entries of `array` move in place, are the entries of `gradient`."""
    assert gradient.shape == array.shape, f"a gradient has shape {gradient.shape}, its array {array.shape}"
    allowed = SLOPES * max(1.0, np.max(np.abs(gradient), initial=0))
    chosen = rng.choice(array.size, size=min(entries, array.size), replace=False)
    for index in zip(*np.unravel_index(chosen, array.shape), strict=True):
        found = []
        for step in STEPS:
            found.append(_central(value, array, index, step))
            if abs(found[-1] - gradient[index]) <= allowed:
                break
        else:
            raise AssertionError(f"at {index}: backward {gradient[index]}, differences {found}")


def _central(value, array, index, step):
    before = array[index]
    try:
        array[index] = before + step
        above = value()
        array[index] = before - step
        return (above - value()) / (2 * step)
    finally:
        array[index] = before


# --- plans


def check_training_plan(net: Network, layers: Layers, rows: int = 5) -> None:
    """A plan of any table gives the loss, the scores, the gradients and the running statistics of the reference."""
    x, labels = batch(net, rows)
    expected = net.training_pass(x, labels, step=STEP, layers=REFERENCE)
    plan = Plan.training(net, rows, layers=layers, input_gradient=True)
    loss = plan.loss(x, labels, step=STEP)
    assert abs(loss - expected.loss) <= 1e-12 * abs(expected.loss), f"the loss is {loss}, expected {expected.loss}"
    assert_near(plan.scores(rows), expected.scores, PLAN, "scores")
    for found, gradient in zip(as_inputs(plan.input_gradient(rows)), as_inputs(expected.dx), strict=True):
        assert_near(found, gradient, PLAN, "the input's gradient")
    largest = max((float(np.abs(gradient).max()) for gradient in expected.grads.values()), default=0)
    for name, gradient in expected.grads.items():
        assert_near(plan.grads[name], gradient, PLAN, name, largest)
    plan.move_running_statistics()
    for name, array in expected.state.items():
        assert_near(net.state[name], array, PLAN, name)


def check_inference_plan(net: Network, layers: Layers, rows: int = 4) -> None:
    """A plan of any table predicts what the network predicts, also for fewer samples and for more."""
    plan = Plan.inference(net, rows, layers=layers)
    for count in (rows, 1, 2 * rows + 1, 0):
        x, _ = batch(net, count, seed=count)
        found, expected = as_inputs(plan.predict(x)), as_inputs(net.predict(x, layers=REFERENCE))
        for one, other in zip(found, expected, strict=True):
            assert_near(one, other, PLAN, f"the prediction for {count} samples")


# --- documents and files


def check_document(layers) -> None:
    """Descriptions go through JSON and come back equal."""
    back = from_document(json.loads(json.dumps(to_document(layers))))
    assert back == list(layers), f"came back as {back}"
    assert [type(layer) for layer in back] == [type(layer) for layer in layers], "came back as other types"


def check_saved(net: Network, path: Path, layers=None) -> None:
    """A network is saved and loaded bit for bit; `layers` are given again where their code is not saved."""
    net.save(path)
    back = Network.load(path, layers=layers)
    assert back.layers == net.layers, f"came back as {back.layers}"
    assert back.graph == net.graph, f"came back as {back.graph}"
    for setting in ("input_shape", "seed", "init", "dtype", "frozen"):
        found, expected = getattr(back, setting), getattr(net, setting)
        assert found == expected, f"{setting} came back as {found}, expected {expected}"
    for name, found, expected in (("params", back.params, net.params), ("state", back.state, net.state)):
        assert list(found) == list(expected), f"the {name} came back as {list(found)}"
        assert found.flat.tobytes() == expected.flat.tobytes(), f"the {name} came back with other numbers"
    x, _ = batch(net, 3)
    for found, expected in zip(as_inputs(back.predict(x)), as_inputs(net.predict(x)), strict=True):
        assert found.tobytes() == expected.tobytes(), "predicts other numbers"
