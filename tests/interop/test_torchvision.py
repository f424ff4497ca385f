"""The small models of torchvision, with random weights: read, equal, and trained one step with PyTorch's loss."""

import importlib
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pellucid import Trainer  # noqa: E402
from pellucid.interop.torch import from_torch  # noqa: E402 (after the skip)
from pellucid.optim import SGD  # noqa: E402

pytestmark = pytest.mark.peers


@pytest.fixture(scope="module")
def models():
    """torchvision's models; its compiled operators, which none of them uses, need the build of PyTorch with CUDA."""
    if importlib.util.find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed")
    try:
        return importlib.import_module("torchvision.models")
    except RuntimeError:
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        return importlib.import_module("torchvision.models")


SMALL = {
    "resnet18": 32,
    "mobilenet_v2": 32,
    "densenet121": 32,
    "squeezenet1_1": 64,
    "vgg11_bn": 32,
    "shufflenet_v2_x0_5": 32,
    "efficientnet_b0": 32,
    "googlenet": 64,
}
SETTINGS = {"googlenet": {"aux_logits": False, "init_weights": False}}


def made(models, name):
    """A model of ten classes without dropout, in float64, its norms away from their first values, so that every array matters."""
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = getattr(models, name)(weights=None, num_classes=10, **SETTINGS.get(name, {}))
    if name == "vgg11_bn":  # 123 million weights less
        for place, sizes in ((0, (25088, 32)), (3, (32, 32)), (6, (32, 10))):
            model.classifier[place] = torch.nn.Linear(*sizes)
    norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        torch.nn.init.uniform_(norm.weight, 0.5, 1.5)
        torch.nn.init.normal_(norm.bias, 0.0, 0.1)
        norm.momentum = 1.0
    for module in model.modules():
        if type(module).__name__ in ("Dropout", "StochasticDepth"):
            module.p = 0.0
    model.double().train()(
        torch.randn(4, 3, SMALL[name], SMALL[name], dtype=torch.float64)
    )  # running averages of a batch
    for norm in norms:
        norm.momentum = 0.1
    return model


def losses_of(model, x, y, rate):
    """PyTorch's loss before and after a step of gradient descent."""
    model.train()
    losses = []
    for _ in range(2):
        model.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= rate * p.grad
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("name", SMALL)
def test_a_small_model_is_read_computes_the_same_and_trains_a_step(models, name):
    model, size, rate = made(models, name).eval(), SMALL[name], 1e-3
    net = from_torch(model, (3, size, size))
    x, y = torch.randn(4, 3, size, size, dtype=torch.float64), torch.arange(4)
    with torch.no_grad():
        expected = model(x).numpy()
    np.testing.assert_allclose(net.predict(x.numpy()), expected, rtol=0, atol=1e-9 * np.abs(expected).max())
    assert np.abs(expected - expected[0]).max() > 1e-3 * np.abs(expected).max()  # the outputs depend on the input
    trainer = Trainer(net, SGD(learning_rate=rate), batch_size=4, reg=0.0)
    history = trainer.fit((x.numpy(), y.numpy()), epochs=2, progress=False, validation=None)
    np.testing.assert_allclose(history.step_losses, losses_of(model, x, y, rate), rtol=1e-7)


def test_what_trains_otherwise_is_read_with_a_warning(models):
    torch.manual_seed(0)
    with pytest.warns(UserWarning, match="in training mode the module computes something else"):
        from_torch(models.efficientnet_b0(weights=None, num_classes=10), (3, 32, 32))
