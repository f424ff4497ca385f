"""What holds for every network of a layer's cases, one function a promise: plain assertions on one network.

Its gradients are those of its loss; a plan computes what the network computes; it is saved and loaded; its description goes
through JSON; PyTorch and ONNX Runtime give the same numbers, and it comes back from them.
"""

import json
from pathlib import Path

import numpy as np

from pellucid.layers import REFERENCE, Layers
from pellucid.nets import Network
from pellucid.nets.architecture import from_document, to_document
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
    """Samples and labels for a network."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, *net.input_shape)).astype(net.dtype)
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
    moved = x.copy()

    def loss():
        return net.loss(moved, labels, step=STEP, **settings)[0]

    rng = np.random.default_rng(0)
    assert done.loss == loss(), "training_pass and loss differ"
    assert list(done.grads) == list(net.params), "a parameter has no gradient"
    for name, array in net.params.items():
        assert_slopes(loss, array, done.grads[name], rng)
    assert_slopes(loss, moved, done.dx, rng)


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
    assert_near(plan.input_gradient(rows), expected.dx, PLAN, "the input's gradient")
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
        assert_near(plan.predict(x), net.predict(x, layers=REFERENCE), PLAN, f"the prediction for {count} samples")


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
    for setting in ("input_shape", "seed", "init", "dtype", "frozen"):
        found, expected = getattr(back, setting), getattr(net, setting)
        assert found == expected, f"{setting} came back as {found}, expected {expected}"
    for name, found, expected in (("params", back.params, net.params), ("state", back.state, net.state)):
        assert list(found) == list(expected), f"the {name} came back as {list(found)}"
        assert found.flat.tobytes() == expected.flat.tobytes(), f"the {name} came back with other numbers"
    x, _ = batch(net, 3)
    assert back.predict(x).tobytes() == net.predict(x).tobytes(), "predicts other numbers"


# --- bridges; each framework is imported where its check runs

TORCH = 1e-9  # of the largest entry, in float64


def check_torch(net: Network) -> None:
    """A float32 network and its module in PyTorch predict the same numbers, and it comes back from the module and its state."""
    import torch

    from pellucid.interop.state_dict import adopt_state_dict, state_dict
    from pellucid.interop.torch import from_torch, to_torch

    x, _ = batch(net, 3)
    module, expected = to_torch(net), net.predict(x)
    with torch.no_grad():
        found = module(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
    again = from_torch(module)
    assert again.layers == net.layers, f"came back as {again.layers}"
    np.testing.assert_array_equal(again.predict(x), expected)
    fresh = Network(net.layers, net.input_shape, seed=5)
    state = {key: value.numpy() for key, value in module.state_dict().items()}
    adopt_state_dict(fresh, state)
    np.testing.assert_array_equal(fresh.predict(x), expected)
    assert set(state_dict(net)) == {key for key in state if not key.endswith("num_batches_tracked")}, "other names"


def check_torch_gradients(net: Network) -> None:
    """A float64 network in which nothing is random has the loss and the gradients of its module, also the input's."""
    import torch

    from pellucid.interop.state_dict import state_dict
    from pellucid.interop.torch import to_torch

    x, labels = batch(net, 3)
    done = net.training_pass(x, labels)
    module, leaf = to_torch(net).train(), torch.from_numpy(x).requires_grad_()
    loss = torch.nn.functional.cross_entropy(module(leaf), torch.from_numpy(labels))
    loss.backward()
    assert_near(loss.item(), done.loss, TORCH, "the loss")
    assert_near(leaf.grad.numpy(), done.dx, TORCH, "the input's gradient")
    gradients = Network(net.layers, net.input_shape, dtype=net.dtype)
    gradients.params.flat[:] = done.grads.flat  # so that they come by PyTorch's names, in its layout
    found = {name: parameter.grad.numpy() for name, parameter in module.named_parameters()}
    largest = max((float(np.abs(gradient).max()) for gradient in found.values()), default=0)
    for name, gradient in found.items():
        assert_near(state_dict(gradients)[name], gradient, TORCH, name, largest)


def check_onnx(net: Network) -> None:
    """ONNX Runtime computes what a float32 network predicts."""
    import onnxruntime

    from pellucid.interop.onnx import to_onnx

    session = onnxruntime.InferenceSession(to_onnx(net).SerializeToString(), providers=["CPUExecutionProvider"])
    for rows in (1, 3):
        x, _ = batch(net, rows, seed=rows)
        (found,) = session.run(None, {session.get_inputs()[0].name: x})
        assert_near(found, net.predict(x), 1e-5, f"ONNX Runtime's output for {rows} samples")


def check_onnx_read(net: Network) -> None:
    """A network that was written as ONNX is read as one that predicts the same."""
    from pellucid.interop.onnx import load, to_onnx

    back, (x, _) = load(to_onnx(net)), batch(net, 3, seed=3)
    found, expected = back.net.params.flat.size, net.params.flat.size
    assert found == expected, f"came back with {found} parameters, expected {expected}"
    assert_near(back.predict(x), net.predict(x), 1e-6, "the prediction of the network that came back")
