"""The named models of images train as PyTorch's twins do: the same losses, step for step, then the same parameters and means."""

import numpy as np
import pytest
from tests.network_checks import assert_near

from pellucid.nets import build
from pellucid.optim import Momentum
from pellucid.train import Trainer

torch = pytest.importorskip("torch")
from pellucid.interop.torch import from_torch, to_torch  # noqa: E402 (after the skip)

pytestmark = pytest.mark.peers
torch.set_num_threads(1)
MODELS = {
    "resnet18": {"width": 8},
    "mobilenet-small": {},
    "densenet-small": {"depth": 3},
}
STEPS, RATE, MOMENTUM = 3, 0.05, 0.9


@pytest.mark.parametrize("name", MODELS)
def test_a_model_trains_as_its_twin_does(name):
    net = build(name, (3, 16, 16), 5, seed=1, dtype=np.float64, **MODELS[name])
    twin = to_torch(net).train()
    ours = Trainer(net, Momentum(learning_rate=RATE, momentum=MOMENTUM), batch_size=6)
    theirs = torch.optim.SGD(twin.parameters(), lr=RATE, momentum=MOMENTUM)
    rng = np.random.default_rng(0)
    before = net.params.flat.copy()
    for _ in range(STEPS):
        x, y = rng.standard_normal((6, 3, 16, 16)), rng.integers(0, 5, 6)
        theirs.zero_grad()
        loss = torch.nn.functional.cross_entropy(twin(torch.from_numpy(x)), torch.from_numpy(y))
        loss.backward()
        theirs.step()
        assert_near(ours.step(x, y), loss.item(), 1e-8, "the loss")
    assert np.abs(net.params.flat - before).max() > 0.01
    back = from_torch(twin.eval())
    assert_near(back.params.flat, net.params.flat, 1e-8, "the parameters")
    for key, mean in net.state.items():  # the variances differ: PyTorch's running ones divide by n - 1
        if key.endswith(".mean"):
            assert_near(back.state[key], mean, 1e-8, key, scale=0.01)
