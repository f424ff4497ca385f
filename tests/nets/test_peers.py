"""A whole network beside the same one in PyTorch: loss, every gradient, running statistics, inference."""

import numpy as np
import pytest

from pellucid.nets import (
    Affine,
    AvgPool,
    BatchNorm,
    Conv,
    Flatten,
    GroupNorm,
    LayerNorm,
    MaxPool,
    Network,
    ReLU,
    Residual,
    Tanh,
)

pytestmark = pytest.mark.peers

SHAPE, CLASSES, ROWS = (3, 9, 8), 5, 6


@pytest.fixture
def ours():
    layers = [
        *(Conv(4, 3, pad=1), BatchNorm(decay=0.8), ReLU(), MaxPool(2)),
        Residual([Conv(6, 3, stride=2, pad=1), GroupNorm(3), Tanh(), Conv(6, 3, pad=1)], [Conv(6, 1, stride=2)]),
        *(AvgPool(2, 1), Flatten(), Affine(7), BatchNorm(eps=1e-3), LayerNorm()),
        *(Residual([Affine(7), ReLU()]), Affine(CLASSES)),
    ]
    net = Network(layers, SHAPE, seed=0, dtype=np.float64)
    rng = np.random.default_rng(0)
    net.params.flat += 0.2 * rng.standard_normal(net.params.flat.size)
    net.state.flat += rng.uniform(0, 1, net.state.flat.size)
    return net


@pytest.fixture
def theirs(torch, ours):
    nn = torch.nn

    class Branched(nn.Module):
        def __init__(self, body, shortcut):
            super().__init__()
            self.body, self.shortcut = body, shortcut

        def forward(self, x):
            return self.body(x) + self.shortcut(x)

    body = nn.Sequential(
        nn.Conv2d(4, 6, 3, stride=2, padding=1), nn.GroupNorm(3, 6), nn.Tanh(), nn.Conv2d(6, 6, 3, padding=1)
    )
    modules = [
        *(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4, momentum=0.2), nn.ReLU(), nn.MaxPool2d(2)),
        Branched(body, nn.Conv2d(4, 6, 1, stride=2)),
        *(
            nn.AvgPool2d(2, 1),
            nn.Flatten(),
            nn.Linear(6, 7),
            nn.BatchNorm1d(7, eps=1e-3, momentum=0.1),
            nn.LayerNorm(7),
        ),
        *(Branched(nn.Sequential(nn.Linear(7, 7), nn.ReLU()), nn.Identity()), nn.Linear(7, CLASSES)),
    ]
    module = nn.Sequential(*modules).double()
    with torch.no_grad():
        for (name, array), parameter in zip(in_order_of_layers(ours), module.parameters(), strict=True):
            parameter.copy_(torch.from_numpy(as_torch(name, array)))
        for layer, name in ((modules[1], "batchnorm1"), (modules[8], "batchnorm2")):
            layer.running_mean.copy_(torch.from_numpy(ours.state[f"{name}.mean"].copy()))
            layer.running_var.copy_(torch.from_numpy(ours.state[f"{name}.var"].copy()))
    return module


def in_order_of_layers(net):
    return [(name, net.params[name]) for name in net.program.params]


def as_torch(name, array):
    """PyTorch keeps an affine layer's weight as (out, in)."""
    return np.array(array.T if name.startswith("affine") else array)


@pytest.fixture
def batch():
    rng = np.random.default_rng(1)
    return rng.standard_normal((ROWS, *SHAPE)), rng.integers(0, CLASSES, ROWS)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_loss_gradients_and_statistics(torch, ours, theirs, batch, smoothing):
    x, labels = batch
    done = ours.training_pass(x, labels, label_smoothing=smoothing)
    leaf = torch.from_numpy(x).requires_grad_()
    scores = theirs.train()(leaf)
    loss = torch.nn.functional.cross_entropy(scores, torch.from_numpy(labels), label_smoothing=smoothing)
    loss.backward()
    assert done.loss == pytest.approx(loss.item(), rel=1e-10)
    close(done.scores, scores)
    close(done.dx, leaf.grad)
    for (name, _), parameter in zip(in_order_of_layers(ours), theirs.parameters(), strict=True):
        assert np.abs(done.grads[name]).max() > 1e-13 or name.endswith("bias"), "nothing to compare"
        close(as_torch(name, done.grads[name]), parameter.grad)
    # PyTorch's momentum is 1 - decay, and its running variance averages the unbiased one: N / (N - 1) of ours.
    for place, name, decay, count in ((1, "batchnorm1", 0.8, ROWS * 72), (8, "batchnorm2", 0.9, ROWS)):
        close(done.state[f"{name}.mean"], theirs[place].running_mean)
        before, after = ours.state[f"{name}.var"], done.state[f"{name}.var"]
        biased = (after - decay * before) / (1 - decay)
        close(decay * before + (1 - decay) * biased * count / (count - 1), theirs[place].running_var)


def test_inference(torch, ours, theirs, batch):
    x, _ = batch
    with torch.no_grad():
        close(ours.predict(x), theirs.eval()(torch.from_numpy(x)))


def test_regularisation_is_weight_decay_of_weights(torch, ours, theirs, batch):
    x, labels = batch
    reg = 0.3
    done = ours.training_pass(x, labels, reg=reg)
    weights = [parameter for parameter in theirs.parameters() if parameter.ndim > 1]
    penalty = 0.5 * reg * sum((weight**2).sum() for weight in weights)
    loss = torch.nn.functional.cross_entropy(theirs.train()(torch.from_numpy(x)), torch.from_numpy(labels)) + penalty
    loss.backward()
    assert done.loss == pytest.approx(loss.item(), rel=1e-10)
    for (name, _), parameter in zip(in_order_of_layers(ours), theirs.parameters(), strict=True):
        close(as_torch(name, done.grads[name]), parameter.grad)


def close(a, b):
    np.testing.assert_allclose(a, b.detach().numpy(), rtol=1e-10, atol=1e-10)
