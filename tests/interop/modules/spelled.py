"""Modules that spell out what PyTorch or a layer has a name for: clamps, norms, GELUs, sums that repeat a value."""

import math

import torch
import torch.nn.functional as F
from tests.interop.modules import Case
from torch import nn

IMAGE = (3, 8, 8)


class Then(nn.Module):
    """A layer, and then whatever the case does with its result."""

    def __init__(self, body, then):
        super().__init__()
        self.body, self.then = body, then

    def forward(self, x):
        return self.then(self.body(x))


def dense(then):
    return lambda: Then(nn.Linear(6, 6), then)


def image(then):
    return lambda: Then(nn.Conv2d(3, 4, 3), then)


class Learned(nn.Module):
    """A layer, and a learned array that is added to its result, repeated along axes of size 1."""

    def __init__(self, body, *shape):
        super().__init__()
        self.body, self.shift = body, nn.Parameter(torch.randn(shape))

    def forward(self, x):
        return self.body(x) + self.shift


class LayerNorm2d(nn.Module):
    """Over the channels of each pixel, as ConvNeXt's first version writes it."""

    def __init__(self, channels, eps=1e-6):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.rand(channels)), nn.Parameter(torch.randn(channels))
        self.eps = eps

    def forward(self, x):
        u = x.mean(1, keepdim=True)
        s = (x - u).pow(2).mean(1, keepdim=True)
        x = (x - u) / torch.sqrt(s + self.eps)
        return self.weight[:, None, None] * x + self.bias[:, None, None]


class RootMeanSquare(nn.Module):
    """Over one axis, with a weight along it."""

    def __init__(self, size, axis=-1, eps=1e-5):
        super().__init__()
        self.gain, self.axis, self.eps = nn.Parameter(torch.rand(size)), axis, eps

    def forward(self, x):
        rms = torch.rsqrt(x.float().pow(2).mean(self.axis, keepdim=True) + self.eps)
        return (x.float() * rms).type_as(x) * self.gain


class RowNorm(nn.Module):
    """Layer normalization by variance, without bias correction."""

    def __init__(self, size):
        super().__init__()
        self.gamma, self.beta = nn.Parameter(torch.rand(size)), nn.Parameter(torch.randn(size))

    def forward(self, x):
        mean, var = x.mean(-1, keepdim=True), x.var(-1, keepdim=True, unbiased=False)
        return self.gamma * (x - mean) / (var + 1e-5) ** 0.5 + self.beta


class Groups(nn.Module):
    """Group normalization by views."""

    def forward(self, x):
        y = x.view(x.size(0), 2, -1)
        y = (y - y.mean(2, keepdim=True)) / torch.sqrt(y.var(2, keepdim=True, correction=0) + 1e-4)
        return y.view(x.size(0), *x.shape[1:])


def tanh_gelu(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * torch.pow(x, 3))))


CASES = {
    "LayerNorm2d": Case(lambda: nn.Sequential(nn.Conv2d(3, 4, 3), LayerNorm2d(4), nn.ReLU()), IMAGE),
    "RMSNorm of features": Case(lambda: nn.Sequential(nn.Linear(6, 8), RootMeanSquare(8), nn.Linear(8, 2)), (6,)),
    "RMSNorm of tokens": Case(lambda: nn.Sequential(nn.Linear(6, 8), RootMeanSquare(8), nn.Linear(8, 2)), (5, 6)),
    "RMSNorm of channels": Case(lambda: nn.Sequential(nn.Conv2d(3, 4, 3), RootMeanSquare((4, 1, 1), 1)), IMAGE),
    "a norm of rows": Case(lambda: nn.Sequential(nn.Linear(6, 8), RowNorm(8), nn.Linear(8, 2)), (6,)),
    "two norms": Case(lambda: nn.Sequential(RowNorm(6), nn.Linear(6, 6), RowNorm(6)), (5, 6)),
    "group norm by views": Case(lambda: nn.Sequential(nn.Conv2d(3, 4, 3), Groups()), IMAGE),
    "GELU by erf": Case(dense(lambda x: x * 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0)))), (6,)),
    "GELU by tanh": Case(dense(tanh_gelu), (6,)),
    "a sigmoid by exp": Case(dense(lambda x: 1 / (1 + torch.exp(-x))), (6,)),
    "swish by exp": Case(dense(lambda x: x / (1 + (-x).exp())), (6,)),
    "softplus by log1p": Case(dense(lambda x: torch.log1p(torch.exp(x))), (6,)),
    "mish by functions": Case(dense(lambda x: x * torch.tanh(F.softplus(x))), (6,)),
    "absolute": Case(dense(lambda x: x.abs() - torch.abs(x).mean(1, keepdim=True)), (6,)),
    "a norm outside the root": Case(
        dense(lambda x: (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 1e-6)), (6,), "no layer corresponds"
    ),
    "transposed convolution of a sequence": Case(
        lambda: nn.Sequential(nn.ConvTranspose1d(3, 4, 3, 2, 1, output_padding=1), nn.ReLU(), nn.Conv1d(4, 2, 3)),
        (3, 7),
    ),
    "a grouped one, functional": Case(
        lambda: Then(nn.Conv1d(3, 4, 3), lambda x: F.conv_transpose1d(x, torch.ones(4, 2, 3) / 3, groups=2)), (3, 9)
    ),
    "a dilated one of a sequence": Case(lambda: nn.ConvTranspose1d(3, 4, 3, 2, dilation=3), (3, 7)),
    "dilated transposed convolution": Case(lambda: nn.ConvTranspose2d(3, 4, 3, 2, 1, dilation=(2, 3)), IMAGE),
    "nn.RMSNorm of tokens": Case(lambda: nn.Sequential(nn.Linear(6, 8), nn.RMSNorm(8), nn.Linear(8, 2)), (5, 6)),
    "nn.RMSNorm without weights": Case(lambda: nn.RMSNorm(6, eps=1e-5, elementwise_affine=False), (5, 6)),
    "nn.RMSNorm over an image": Case(lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.RMSNorm((4, 6, 6))), IMAGE),
    "an image and its means": Case(image(lambda x: x + x.mean((2, 3), keepdim=True)), IMAGE),
    "an image less its largest": Case(image(lambda x: x - x.amax((2, 3), keepdim=True)), IMAGE),
    "an image and its mean channel": Case(image(lambda x: x + x.mean(1, keepdim=True)), IMAGE),
    "rows and columns": Case(image(lambda x: x.mean(2, keepdim=True) + x.mean(3, keepdim=True)), IMAGE),
    "rows times columns": Case(image(lambda x: x.mean(2, keepdim=True) * x.mean(3, keepdim=True)), IMAGE),
    "tokens and their mean": Case(lambda: Then(nn.Linear(6, 4), lambda x: x + x.mean(1, keepdim=True)), (5, 6)),
    "features less their mean": Case(dense(lambda x: x - x.mean(1, keepdim=True)), (6,)),
    "a dueling head": Case(dense(lambda x: x[:, :1] + (x - x.mean(1, keepdim=True))), (6,)),
    "means expanded": Case(image(lambda x: x.mean((2, 3), keepdim=True).expand(-1, -1, 3, 2).flatten(1)), IMAGE),
    "means expanded to multiply": Case(image(lambda x: x * x.mean((2, 3), keepdim=True).expand_as(x)), IMAGE),
    "a learned bias of channels": Case(lambda: Learned(nn.Conv2d(3, 4, 3, bias=False), 4, 1, 1), IMAGE),
    "a learned bias of a batch of channels": Case(lambda: Learned(nn.Conv2d(3, 4, 3), 1, 4, 1, 1), IMAGE),
    "a learned image": Case(lambda: Learned(nn.Conv2d(3, 4, 3), 4, 6, 6), IMAGE),
    "learned positions": Case(lambda: Learned(nn.Linear(6, 4), 1, 5, 4), (5, 6)),
    "a learned bias of columns": Case(lambda: Learned(nn.Conv2d(3, 4, 3), 6), IMAGE),
    "a learned bias larger than the value": Case(lambda: Learned(nn.Conv2d(3, 1, 3), 4, 1, 1), IMAGE),
    "a learned bias of rows and columns": Case(
        lambda: Learned(nn.Conv2d(3, 4, 3), 1, 6, 6), IMAGE, warns="one number for several entries"
    ),
    "clamp to one": Case(dense(lambda x: x.clamp(-0.3, 0.4)), (6,)),
    "clamp from below": Case(dense(lambda x: torch.clamp(x, min=-0.2)), (6,)),
    "clamp from above": Case(dense(lambda x: x.clamp_max(0.2)), (6,)),
    "clip by a tensor": Case(dense(lambda x: torch.clip(x, torch.tensor(-0.1), torch.tensor(0.2))), (6,)),
    "hardtanh": Case(dense(lambda x: F.hardtanh(x, -0.5, 0.1)), (6,)),
    "nn.Hardtanh": Case(lambda: nn.Sequential(nn.Linear(6, 6), nn.Hardtanh(-0.4, 0.3)), (6,)),
    "a minimum with a number": Case(dense(lambda x: torch.minimum(x, torch.tensor(0.1))), (6,)),
    "a wide clamp": Case(dense(lambda x: x.clamp(-1e6, 1e6)), (6,)),
}
