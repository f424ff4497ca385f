"""Networks that are graphs, in PyTorch and in ONNX: shared layers, several inputs and outputs, networks within networks."""

import numpy as np
import pytest
from tests.network_checks import batch, shaken

from pellucid.interop import InteropError
from pellucid.interop.state_dict import adopt_state_dict, state_dict
from pellucid.nets import Add, Affine, BatchNorm, Concat, Conv, Flatten, Input, MaxPool, Network, ReLU


def branched():
    """Two images through the same layers, a network within, and a second output that others read."""
    left, right, table = Input((2, 6, 6)), Input((2, 6, 6)), Input((3,))
    trunk = Network([Conv(4, 3, pad=1), BatchNorm(), ReLU(), MaxPool(2)], (2, 6, 6), name="trunk")
    affine = Affine(5)
    a, b = (affine(Flatten()(trunk(image))) for image in (left, right))
    joined = Concat()(Add()(a, b), a, table)
    return shaken(Network([left, right, table], [Affine(3)(ReLU()(joined)), joined, joined], seed=3))


def images_joined():
    x = Input((2, 5, 5))
    return shaken(Network(x, Affine(2)(Concat(2)(Conv(3, 3, pad=1)(x), Concat(0)(x, Conv(1, 1)(x))))))


NETWORKS = {"branched": branched, "images joined": images_joined}


def as_tuple(value):
    return value if isinstance(value, (tuple, list)) else (value,)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_state_dict_holds_each_shared_array_once(name):
    net = NETWORKS[name]()
    arrays = state_dict(net)
    assert len(arrays) == len(net.params) + len(net.state)
    other = NETWORKS[name]()
    other.params.flat[:], other.state.flat[:] = 0, 1
    adopt_state_dict(other, arrays)
    np.testing.assert_array_equal(other.params.flat, net.params.flat)
    np.testing.assert_array_equal(other.state.flat, net.state.flat)


@pytest.mark.peers
@pytest.mark.parametrize("name", NETWORKS)
def test_pytorch_computes_the_same(name):
    torch = pytest.importorskip("torch")
    from pellucid.interop.torch import from_torch, to_torch

    net = NETWORKS[name]()
    x, _ = batch(net, 4)
    module = to_torch(net)
    with torch.no_grad():
        found = as_tuple(module(*map(torch.from_numpy, as_tuple(x))))
    for one, expected in zip(found, as_tuple(net.predict(x)), strict=True):
        np.testing.assert_allclose(one.numpy(), expected, atol=1e-5)
    back = from_torch(module)
    for one, expected in zip(as_tuple(back.predict(x)), as_tuple(net.predict(x)), strict=True):
        np.testing.assert_array_equal(one, expected)


@pytest.mark.peers
def test_pytorch_differentiates_shared_layers_in_the_same_way():
    torch = pytest.importorskip("torch")
    from pellucid.interop.torch import to_torch

    net = branched()
    x, y = batch(net, 6)
    _, grads = net.loss(x, y)
    module = to_torch(net).train()
    scores = module(*map(torch.from_numpy, x))[0]
    torch.nn.functional.cross_entropy(scores, torch.from_numpy(y)).backward()
    for parameter, found in module.named_parameters():
        own = parameter.replace("norm1.weight", "norm1.gamma").replace("norm1.bias", "norm1.beta")
        expected = grads[own].T if own.startswith("affine") else grads[own]
        np.testing.assert_allclose(found.grad.numpy(), expected, atol=1e-5, err_msg=parameter)


@pytest.mark.interop
@pytest.mark.parametrize("name", NETWORKS)
def test_onnx_runtime_computes_the_same(name):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    from pellucid.interop.onnx import to_onnx

    net = NETWORKS[name]()
    x, _ = batch(net, 4)
    session = runtime.InferenceSession(to_onnx(net).SerializeToString())
    names = [entry.name for entry in session.get_inputs()]
    assert names == (["x1", "x2", "x3"] if name == "branched" else ["x"])
    outputs = [entry.name for entry in session.get_outputs()]
    assert outputs == (["scores", "output2", "output3"] if name == "branched" else ["scores"])
    found = session.run(None, dict(zip(names, as_tuple(x), strict=True)))
    for one, expected in zip(found, as_tuple(net.predict(x)), strict=True):
        np.testing.assert_allclose(one, expected, atol=1e-5)


@pytest.mark.interop
@pytest.mark.parametrize("name", NETWORKS)
def test_a_file_with_branches_comes_back(name):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from pellucid.interop.onnx import load, to_onnx

    net = NETWORKS[name]()
    x, _ = batch(net, 4)
    back = load(to_onnx(net))
    for one, expected in zip(as_tuple(back.predict(x)), as_tuple(net.predict(x)), strict=True):
        np.testing.assert_allclose(one, expected, atol=1e-5)
    if name == "branched":
        chosen = load(to_onnx(net), output="output2").net
        np.testing.assert_allclose(chosen.predict(x), net.predict(x)[1], atol=1e-5)
        with pytest.raises(
            InteropError, match="output must be one of scores, output2, output3, or its place; got 'scoers'"
        ):
            load(to_onnx(net), output="scoers")
