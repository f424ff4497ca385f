"""Arrays in unusual states: weight norm, pruning, half precision, buffers, frozen ones, wrappers, hooks that only look."""

import warnings

import torch
import torch.nn.functional as F
from tests.interop.modules import Case
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune

IMAGE = (3, 8, 8)


class Learned(nn.Module):
    """Parameters of its own beside a linear layer."""

    def __init__(self, then, **parameters):
        super().__init__()
        self.a, self.then = nn.Linear(6, 6), then
        for name, shape in parameters.items():
            self.register_parameter(name, nn.Parameter(torch.rand(shape) + 0.5))

    def forward(self, x):
        return self.then(self, x)


def learned(then, **parameters):
    return lambda: Learned(then, **parameters)


class Standardized(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.4, 0.5, 0.6]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.2, 0.3, 0.4]).view(1, 3, 1, 1), persistent=False)
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return self.conv((x / 255.0 - self.mean) / self.std)


class Positions(nn.Module):
    def __init__(self):
        super().__init__()
        self.positions = nn.Parameter(torch.randn(1, 3, 8, 8))
        self.conv = nn.Conv2d(3, 2, 1)

    def forward(self, x):
        return self.conv(1 - (x + self.positions) * 2)


class FixedKernel(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("kernel", torch.ones(2, 3, 3, 3) / 9)

    def forward(self, x):
        return F.conv2d(x, self.kernel, padding=1)


class Symmetric(nn.Module):
    def forward(self, w):
        return w.triu() + w.triu(1).transpose(-1, -2)


class Counting(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.calls = nn.Linear(6, 3), 0
        self.register_buffer("total", torch.zeros(()))

    def forward(self, x):
        self.calls += 1
        self.total += 1
        print("called")
        return self.fc(x)


class Standardizing(nn.Conv2d):
    """A convolution whose weight is standardized each time."""

    def forward(self, x):
        w = self.weight
        w = (w - w.mean(dim=(1, 2, 3), keepdim=True)) / (w.std(dim=(1, 2, 3), keepdim=True) + 1e-5)
        return F.conv2d(x, w, self.bias, self.stride, self.padding)


def mlp():
    return nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))


def old_norm(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nn.Sequential(kind(nn.Linear(6, 5)), nn.ReLU(), nn.Linear(5, 3))


def pruned():
    module = mlp()
    prune.l1_unstructured(module[0], "weight", amount=0.3)
    prune.ln_structured(module[2], "weight", amount=0.4, n=2, dim=0)
    return module


def symmetric():
    module = nn.Sequential(nn.Linear(6, 6), nn.Tanh())
    parametrize.register_parametrization(module[0], "weight", Symmetric())
    return module


def frozen():
    module = mlp()
    module[0].requires_grad_(False)
    return module


def watched():
    module, module.seen = mlp(), []
    module[1].register_forward_hook(lambda m, inputs, out: module.seen.append(out.shape))
    return module


def norms():
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, affine=False), nn.GroupNorm(2, 4), nn.Flatten())
    module.append(nn.LayerNorm(4 * 6 * 6, elementwise_affine=False)).append(nn.BatchNorm1d(4 * 6 * 6))
    for _ in range(3):
        module(torch.randn(6, *IMAGE))
    return module


FOLDED = r"read as plain arrays, whose entries learn by themselves: (affine|conv)1.weight \("
TIED = r"is (affine|scaleshift)1.(weight|scale) and, in another form, (affine|scaleshift)\d"
CASES = {
    "a shift that learns": Case(learned(lambda s, x: s.a(x) + s.k, k=6), (6,)),
    "a shift that learns, subtracted": Case(learned(lambda s, x: s.a(x) - s.k, k=6), (6,)),
    "two parts of a weight": Case(
        learned(lambda s, x: F.linear(x, s.w[:3]) * torch.tanh(F.linear(x, s.w.chunk(2)[1])), w=(6, 6)), (6,)
    ),
    "addmm": Case(learned(lambda s, x: torch.addmm(s.k, x, s.w), w=(6, 3), k=3), (6,)),
    "a scalar used twice": Case(learned(lambda s, x: s.a(torch.tanh(s.a(x) * s.k)) * s.k, k=()), (6,)),
    "a scalar and a shift of each": Case(learned(lambda s, x: s.a(x) * s.k + s.b, k=(), b=6), (6,)),
    "factors of the last axis": Case(learned(lambda s, x: s.a(x) * s.k, k=6), (5, 6)),
    "a weight and its transpose": Case(
        learned(lambda s, x: F.linear(torch.tanh(s.a(x)), s.a.weight.t(), s.k), k=6), (6,), TIED
    ),
    "a factor and its complement": Case(
        learned(lambda s, x: s.k.sigmoid() * s.a(x) + (1 - s.k.sigmoid()) * x, k=6), (6,), TIED
    ),
    "a product of matrices": Case(
        learned(lambda s, x: x @ (s.w @ s.v), w=(6, 2), v=(2, 3)), (6,), warns=r"affine1.weight \(.*arrays.py line \d+"
    ),
    "a factor by its logarithm": Case(
        learned(lambda s, x: s.a(x) * s.k.exp(), k=()), (6,), warns=r"scaleshift1.scale \(.*arrays.py line \d+"
    ),
    "standardization in the module": Case(Standardized, IMAGE),
    "positions": Case(Positions, IMAGE),
    "a fixed kernel": Case(FixedKernel, IMAGE),
    "weight norm": Case(
        lambda: nn.Sequential(parametrizations.weight_norm(nn.Linear(6, 5)), nn.ReLU(), nn.Linear(5, 3)),
        (6,),
        warns=FOLDED,
    ),
    "weight norm of old": Case(lambda: old_norm(nn.utils.weight_norm), (6,), warns=FOLDED),
    "spectral norm": Case(
        lambda: nn.Sequential(parametrizations.spectral_norm(nn.Conv2d(3, 4, 3)), nn.ReLU()), IMAGE, warns=FOLDED
    ),
    "spectral norm of old": Case(lambda: old_norm(nn.utils.spectral_norm), (6,), warns=FOLDED),
    "a symmetric weight": Case(symmetric, (6,), warns=FOLDED),
    "pruned": Case(pruned, (6,), warns=FOLDED),
    "a standardized weight": Case(lambda: nn.Sequential(Standardizing(3, 4, 3), nn.ReLU()), IMAGE, warns=FOLDED),
    "bfloat16": Case(lambda: mlp().bfloat16(), (6,)),
    "half": Case(lambda: mlp().half(), (6,)),
    "float64": Case(lambda: mlp().double(), (6,)),
    "frozen layers": Case(frozen, (6,)),
    "norms without parameters": Case(norms, IMAGE),
    "DataParallel": Case(lambda: nn.DataParallel(mlp()), (6,)),
    "compiled": Case(lambda: torch.compile(mlp()), (6,)),
    "a part compiled": Case(lambda: nn.Sequential(torch.compile(mlp()), nn.Linear(3, 2)), (6,)),
    "a module that counts and prints": Case(Counting, (6,)),
    "a hook that only looks": Case(watched, (6,)),
    "PReLU": Case(lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.PReLU(4), nn.Flatten(), nn.PReLU()), IMAGE),
}
