"""Networks to PyTorch and back: equal outputs, every layer, state dicts, refusals, gradients of hand-written pairs, loss curves."""

import copy
import warnings

import numpy as np
import pytest
from tests.bridge_checks import check_torch, check_torch_gradients
from tests.cases import CASES, every_network
from tests.interop.networks import networks
from tests.network_checks import shaken

from pellucid.interop import InteropError
from pellucid.interop.state_dict import adopt_state_dict, load_safetensors, save_safetensors
from pellucid.nets import BatchNorm, ChannelDropout, Dropout, Function, Network, build, lower

torch = pytest.importorskip("torch")
nn = torch.nn
torch.set_num_threads(1)
from pellucid.interop import torch as interop  # noqa: E402 (after the skip)

pytestmark = pytest.mark.peers


NETWORKS = networks("torch")
NOT_RANDOM = [
    name
    for name, (layers, shape) in every_network("torch").items()
    if not any("keep" in operation.options for operation in lower(layers, shape).operations)
]
MODULES = [
    pytest.param(module, shape, id=f"{kind} {i}")
    for kind, case in CASES.items()
    if case.torch_modules is not None
    for i, (module, shape) in enumerate(case.torch_modules(nn))
]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_and_its_module_agree_and_come_back(name):
    check_torch(NETWORKS[name]())


@pytest.mark.parametrize("name", NOT_RANDOM)
def test_gradients_are_those_of_the_module(name):
    rough = {"tolerance": 1e-7} if name == "hard sigmoid" else {}  # PyTorch rounds its 1/6 to float32
    check_torch_gradients(NETWORKS[name](dtype=np.float64), **rough)


@pytest.mark.parametrize(("module", "shape"), MODULES)
def test_a_module_as_people_write_it_is_read(module, shape):
    module = nn.Sequential(copy.deepcopy(module)).double()
    x = torch.randn(5, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for _ in range(3):
        module(x)  # running statistics that are not 0 and 1
    net = interop.from_torch(module.eval(), shape)
    tolerance = 1e-9 if net.dtype == np.float64 else 1e-5  # a module without parameters says no dtype
    found, expected = net.predict(x.numpy()), module(x).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max())


def test_a_sequential_of_known_layers_is_read():
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8, momentum=0.2), nn.ReLU()),
        nn.MaxPool2d(2),
        nn.GroupNorm(2, 8),
        nn.GELU(),
        nn.AvgPool2d(2, 1),
        nn.Identity(),
        nn.Flatten(),
        nn.Dropout(0.25),
        nn.Linear(72, 6, bias=False),
        nn.LayerNorm(6),
        nn.Tanh(),
        nn.Linear(6, 4),
    ).double()
    for _ in range(3):
        module(torch.randn(5, 3, 8, 8, dtype=torch.float64))
    module.eval()
    x = torch.randn(5, 3, 8, 8, dtype=torch.float64)
    net = interop.from_torch(module, (3, 8, 8))
    assert net.dtype == np.float64
    np.testing.assert_allclose(net.predict(x.numpy()), module(x).detach().numpy(), rtol=1e-9)
    assert next(layer for layer in net.layers if hasattr(layer, "decay")).decay == 0.8
    other = {name: value + 0.1 for name, value in module.state_dict().items()}
    module.load_state_dict(other)
    by_state = interop.from_torch(module, (3, 8, 8), state=other)
    np.testing.assert_allclose(by_state.predict(x.numpy()), module(x).detach().numpy(), rtol=1e-9)


def test_shares_are_written_as_people_write_them():
    """1 - 0.9 is 0.09999999999999998 in binary numbers."""
    for share in (0.1, 0.2, 0.3, 0.7):
        layers = BatchNorm(1e-5, decay=round(1 - share, 2)), ChannelDropout(drop=share), Dropout(drop=share)
        net = Network(layers, (2, 4, 4))
        module = interop.to_torch(net)
        found = [made.momentum if isinstance(made, nn.BatchNorm2d) else made.p for made in list(module.children())]
        assert found == [share] * 3
        assert interop.from_torch(module, (2, 4, 4)).layers == net.layers


def test_what_has_no_counterpart_is_named():
    with pytest.raises(InteropError, match=r"no layer corresponds to erf \(2 \(Erf\)"):
        interop.from_torch(nn.Sequential(nn.Flatten(), nn.Sequential(nn.ReLU()), Erf()), (3,))
    for module, problem in (
        (nn.Conv2d(4, 4, 3, padding_mode="reflect"), "zeros"),
        (nn.MaxPool2d(3, dilation=2), "pooling with dilation"),
        (nn.Softplus(beta=2), "beta 2"),
        (nn.AdaptiveAvgPool2d((2, None)), "depends on the image"),
        (nn.BatchNorm2d(4, momentum=None), "cumulative"),
    ):
        with pytest.raises(InteropError, match=problem):
            interop.from_torch(nn.Sequential(module), (4, 8, 8))
    with pytest.raises(InteropError, match="input_shape"):
        interop.from_torch(nn.Sequential(nn.Linear(2, 2)))
    net = build("fully-connected", (4,), 2, hidden=(3,))
    with pytest.raises(InteropError, match=r"has no affine9\.weight"):
        adopt_state_dict(net, {"affine9.weight": np.zeros(1)})
    with pytest.raises(InteropError, match=r"affine2\.weight is missing"):
        adopt_state_dict(net, {"affine1.weight": np.zeros((3, 4))})


def test_safetensors_that_pytorch_reads_and_writes(tmp_path):
    from safetensors.torch import load_file, save_file

    net = shaken(build("vgg6-bn", (3, 8, 8), 4))
    save_safetensors(net, tmp_path / "net.safetensors")
    module = interop.to_torch(Network(net.layers, net.input_shape, seed=9))
    module.load_state_dict(load_file(tmp_path / "net.safetensors"), strict=False)
    x = np.random.default_rng(0).standard_normal((2, 3, 8, 8)).astype(np.float32)
    np.testing.assert_allclose(module(torch.from_numpy(x)).detach().numpy(), net.predict(x), rtol=1e-4, atol=1e-5)
    save_file({k: v + 1 for k, v in module.state_dict().items()}, tmp_path / "changed.safetensors")
    load_safetensors(net, tmp_path / "changed.safetensors")
    np.testing.assert_array_equal(net.params["affine1.weight"], module.state_dict()["affine1.weight"].numpy().T + 1)
    (tmp_path / "cut.safetensors").write_bytes((tmp_path / "net.safetensors").read_bytes()[:100])
    with pytest.raises(InteropError, match="cannot be read"):
        load_safetensors(net, tmp_path / "cut.safetensors")


def cube(x, w):
    return x**3 * w, (x, w)


def cube_backward(dout, cache):
    x, w = cache
    return 3 * x**2 * w * dout, (x**3 * dout).sum(axis=0)


def test_a_hand_written_pair_is_used_and_gradchecked_in_pytorch():
    function = interop.as_torch_function(cube, cube_backward, name="cube")
    x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    w = torch.randn(3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(function, (x, w))
    function(x, w).sum().backward()
    torch.testing.assert_close(x.grad, 3 * x**2 * w)
    wrong = interop.as_torch_function(
        cube, lambda dout, cache: (cube_backward(dout, cache)[0] * 0.9, w.detach().numpy())
    )
    assert not torch.autograd.gradcheck(wrong, (x, w), raise_exception=False)
    few = interop.as_torch_function(cube, lambda dout, cache: dout, name="few")
    with pytest.raises(InteropError, match="few: backward must return 2 gradients"):
        few(x, w).sum().backward()


def test_a_layer_with_labels_and_options():
    from pellucid.layers import groupnorm_backward, groupnorm_forward

    function = interop.as_torch_function(groupnorm_forward, groupnorm_backward)
    x = torch.randn(2, 4, 3, 3, dtype=torch.float64, requires_grad=True)
    gamma, beta = torch.randn(2, 4, dtype=torch.float64).unbind()
    torch.testing.assert_close(function(x, gamma, beta, groups=2), nn.functional.group_norm(x, 2, gamma, beta))
    assert torch.autograd.gradcheck(lambda x: function(x, gamma, beta, groups=2), (x,))


def test_a_networks_function_layer_goes_along():
    layer = Function(cube, cube_backward, {"w": np.array([0.5, -1.0, 2.0], np.float32)}, name="cube")
    net = Network([layer], (3,))
    module = interop.to_torch(net)
    x = torch.randn(5, 3, requires_grad=True)
    module(x).sum().backward()
    np.testing.assert_allclose(module.cube1.w.grad.numpy(), (x.detach().numpy() ** 3).sum(axis=0), rtol=1e-5)


@pytest.mark.parametrize("name", ["fully-connected", "vgg6-bn"])
def test_the_same_recipe_gives_the_same_loss_curve(name):
    from pellucid import Trainer
    from pellucid.data import epoch_order, load
    from pellucid.optim import Momentum

    splits, rate = load("digits"), 0.05 if name == "fully-connected" else 0.005
    x = (splits.train.images[:640] / 16 - 0.5).astype(np.float64)
    y = splits.train.labels[:640]
    if name == "vgg6-bn":
        x, y = x[:128], y[:128]
    net = build(name, x.shape[1:], 10, dtype=np.float64)
    module = interop.to_torch(net).train()
    trainer = Trainer(net, Momentum(learning_rate=rate, momentum=0.9), batch_size=64, reg=1e-3, seed=4)
    ours = trainer.fit((x, y), epochs=3).step_losses
    weights = [p for p in module.parameters() if p.ndim > 1]
    optimizer = torch.optim.SGD(module.parameters(), lr=rate, momentum=0.9)
    theirs = []
    for epoch in range(3):
        order = epoch_order(len(x), seed=4, epoch=epoch)
        for start in range(0, len(x), 64):
            rows = order[start : start + 64]
            loss = nn.functional.cross_entropy(module(torch.from_numpy(x[rows])), torch.from_numpy(y[rows]))
            loss = loss + 0.5 * 1e-3 * sum((w**2).sum() for w in weights)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            theirs.append(float(loss.detach()))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert ours[-1] < 0.7 * ours[0]


class Erf(torch.nn.Module):
    """A function that no layer computes, here."""

    def forward(self, x):
        return torch.erf(x)


class Block(torch.nn.Module):
    """A residual block, written as people write one."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = torch.nn.Conv2d(8, 8, 3, padding=1), torch.nn.BatchNorm2d(8)

    def forward(self, x):
        return torch.relu(x + self.norm(self.conv(x)))


@pytest.mark.interop
def test_a_classifier_that_pytorch_exported_is_read():
    pytest.importorskip("onnxruntime")
    import io

    import onnx

    from pellucid.interop.onnx import load

    torch.manual_seed(0)
    module = torch.nn.Sequential(
        *(
            torch.nn.Conv2d(3, 8, 3, padding=1),
            torch.nn.BatchNorm2d(8),
            torch.nn.ReLU(),
            torch.nn.MaxPool2d(2),
            Block(),
        ),
        *(torch.nn.Conv2d(8, 4, 3, stride=2), torch.nn.GELU(), torch.nn.Flatten(), torch.nn.Dropout(0.5)),
        *(torch.nn.Linear(36, 10), torch.nn.Softmax(dim=1)),
    )
    module(torch.randn(50, 3, 16, 16))  # running statistics that are not 0 and 1
    x = torch.randn(5, 3, 16, 16)
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that needs no further package is the older one
        torch.onnx.export(module.eval(), (x[:1],), file, input_names=["x"], dynamic_axes={"x": {0: "n"}}, dynamo=False)
    net = load(onnx.load_from_string(file.getvalue())).net
    with torch.no_grad():
        expected = module[:-1](x).numpy()
    np.testing.assert_allclose(net.predict(x.numpy()), expected, atol=1e-5)
