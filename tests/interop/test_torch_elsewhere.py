"""What PyTorch does with a module of ours: scripts it, exports it, copies and stores it, trains it; and it is read afterwards."""

import copy
import io
import warnings

import numpy as np
import pytest
from tests.interop.networks import networks
from tests.interop.test_graphs import NETWORKS as GRAPHS
from tests.network_checks import assert_near, batch, shaken

from pellucid.interop import InteropError
from pellucid.nets import MODELS, Network

torch = pytest.importorskip("torch")
from pellucid.interop.torch import from_torch, to_torch  # noqa: E402 (after the skip)

pytestmark = pytest.mark.peers
torch.set_num_threads(1)
NETWORKS = {name: make for name, make in (networks("torch") | GRAPHS).items() if name != "a function"}


def as_list(value):
    return list(value) if isinstance(value, (tuple, list)) else [value]


def prepared(name):
    net = NETWORKS[name]()
    x, _ = batch(net, 3)
    return net, to_torch(net), x, [torch.from_numpy(each) for each in as_list(x)]


def check(net, x, found):
    for one, expected in zip(as_list(found), as_list(net.predict(x)), strict=True):
        assert_near(one.detach().numpy(), expected, 1e-4, "an output")


@pytest.mark.parametrize("name", NETWORKS)
def test_it_is_scripted(name):
    net, module, x, tensors = prepared(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scripts are called outdated
        check(net, x, torch.jit.script(module)(*tensors))


@pytest.mark.parametrize("name", [*MODELS, *GRAPHS])
def test_it_is_exported(name):
    net, module, x, tensors = prepared(name)
    check(net, x, torch.export.export(module, tuple(tensors)).module()(*tensors))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_copy_and_a_stored_one_are_read(name):
    net, module, x, _ = prepared(name)
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    for other in (copy.deepcopy(module), torch.load(file, weights_only=False)):
        back = from_torch(other)
        assert back.layers == net.layers
        for one, expected in zip(as_list(back.predict(x)), as_list(net.predict(x)), strict=True):
            np.testing.assert_array_equal(one, expected)


@pytest.mark.parametrize("name", NETWORKS)
def test_it_is_read_by_its_calls_alone(name):
    net, module, x, tensors = prepared(name)

    class Within(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = module

        def forward(self, *x):
            return self.inner(*x)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # vanilla dropout calls something else in training
        back = from_torch(Within().eval(), [tuple(t.shape[1:]) for t in tensors])
    for one, expected in zip(as_list(back.predict(x)), as_list(net.predict(x)), strict=True):
        assert_near(one, expected, 1e-5, "an output")
    assert back.params.flat.size == net.params.flat.size


def test_it_trains_there_and_comes_back():
    net, module, x, tensors = prepared("branched")
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    module.train()
    for _ in range(3):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(module(*tensors)[0], torch.tensor([0, 1, 2])).backward()
        optimizer.step()
    back = from_torch(module)
    assert np.abs(back.params.flat - net.params.flat).max() > 1e-3
    check(back, x, module.eval()(*tensors))


def test_a_state_dict_goes_round():
    net, module, x, _ = prepared("vgg6-bn")
    other = to_torch(Network(net.layers, net.input_shape, seed=9))
    other.load_state_dict(module.state_dict())
    np.testing.assert_array_equal(from_torch(other).predict(x), net.predict(x))
    by_state = from_torch(to_torch(shaken(Network(net.layers, net.input_shape))), state=module.state_dict())
    np.testing.assert_array_equal(by_state.predict(x), net.predict(x))


def test_a_changed_module_of_ours_is_not_read_as_it_was():
    _, module, _, _ = prepared("mlp")
    module.relu1 = torch.nn.Tanh()
    with pytest.raises(InteropError, match="computes something else than the module"):
        from_torch(module)


def test_a_state_is_strict_unless_it_is_asked_not_to_be():
    module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
    before = {name: value.clone() for name, value in module.state_dict().items()}
    state = {name: value + 1 for name, value in before.items()}
    missing = {name: value for name, value in state.items() if name != "2.bias"}
    for wrong, words in (
        (missing, r"Missing key.*2\.bias.*strict=False"),
        (state | {"3.weight": torch.zeros(1)}, r"Unexpected key.*3\.weight.*strict=False"),
        (state | {"2.bias": torch.zeros(3)}, "size mismatch"),
    ):
        with pytest.raises(InteropError, match=words):
            from_torch(module, (4,), state=wrong)
    net = from_torch(module, (4,), state=missing, strict=False)
    np.testing.assert_array_equal(net.params["affine2.bias"], before["2.bias"].numpy())
    np.testing.assert_array_equal(net.params["affine1.bias"], state["0.bias"].numpy())
    parallel = {f"module.{name}": value for name, value in state.items()}
    net = from_torch(torch.nn.DataParallel(module), (4,), state=parallel)
    np.testing.assert_array_equal(net.params["affine2.bias"], state["2.bias"].numpy())
    for name, value in module.state_dict().items():
        assert torch.equal(value, before[name])


def test_what_does_not_learn_there_is_frozen():
    module = torch.nn.Sequential(torch.nn.Linear(4, 3, bias=False), torch.nn.ReLU(), torch.nn.Linear(3, 2))
    module[2].weight.requires_grad_(False)
    assert from_torch(module, (4,)).frozen == {"affine1.bias", "affine2.weight"}


def test_what_is_frozen_here_does_not_learn_there_and_comes_back():
    net, *_ = prepared("vgg6-bn")
    net.freeze("conv1*", "batchnorm2.beta")
    module = to_torch(net)
    fixed = {name for name, p in module.named_parameters() if not p.requires_grad}
    assert fixed == {*(name for name in module.state_dict() if name.startswith("conv1.")), "batchnorm2.bias"}
    assert from_torch(module).frozen == net.frozen != frozenset()


class FineTuned(torch.nn.Sequential):
    """Its batch norm keeps its statistics in training, as in fine-tuning."""

    def __init__(self, kept):
        super().__init__(torch.nn.Conv2d(2, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Dropout(0.5), torch.nn.Flatten())
        self.kept = kept
        with torch.no_grad():
            for array in (self[1].running_mean, self[1].running_var, self[1].weight, self[1].bias):
                array.uniform_(0.5, 2)

    def train(self, mode=True):
        super().train(mode)
        for place in self.kept:
            self[place].eval()
        return self


@pytest.mark.parametrize("by_hand", [False, True])
def test_layers_that_stay_in_evaluation_mode_are_read_as_such(by_hand):
    module = FineTuned(() if by_hand else (1, 2)).train()
    module[1].eval()
    module[2].eval()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        net = from_torch(module, (2, 5, 5))
    assert [str(each.message)[:50] for each in said] == (
        ["from_torch: 1 (BatchNorm2d), 2 (Dropout) in evalua"] if by_hand else []
    )
    assert {operation.kind for operation in net.program.operations} == {"conv", "scale_shift", "flatten"}
    learned = [net.params[name].size for name in net.params if name not in net.frozen]
    assert sum(learned) == sum(p.numel() for p in module.parameters())
    x = torch.randn(3, 2, 5, 5)
    assert_near(net.predict(x.numpy()), module(x).detach().numpy(), 1e-5, "an output")
    assert module.training
    assert not module[1].training


def test_an_example_is_taken_for_the_shape():
    module = torch.nn.Linear(4, 3)
    for example in (torch.zeros(2, 4), np.zeros((1, 4)), [torch.zeros(2, 4)], [(4,)], (4,), torch.Size((4,))):
        assert from_torch(module, example).input_shape == (4,)
    for wrong in (None, 4, (), (4, 0), "4", torch.zeros(4)):
        with pytest.raises(InteropError, match="input_shape must be the shape of one sample"):
            from_torch(module, wrong)
    with pytest.raises(InteropError, match=r"must be an nn\.Module; got function"):
        from_torch(as_list, (4,))
