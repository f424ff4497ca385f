"""A second look: what else people write in a forward, from regressors with one number to ensembles."""

import math
from collections import OrderedDict
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from tests.interop.modules import Case
from torch import nn

IMAGE = (3, 16, 16)
FEATURES = (8, 6, 6)


class Regressor(nn.Module):
    def __init__(self, end):
        super().__init__()
        self.fc, self.end = nn.Linear(6, 1), end

    def forward(self, x):
        return self.end(self.fc(x))


class Ensemble(nn.Module):
    def __init__(self, joined):
        super().__init__()
        self.members, self.joined = nn.ModuleList(nn.Linear(6, 3) for _ in range(3)), joined

    def forward(self, x):
        return self.joined([member(x) for member in self.members])


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            *(
                nn.Conv2d(3, 4, 3, stride=2, padding=1),
                nn.ReLU(True),
                nn.Conv2d(4, 8, 3, stride=2, padding=1),
                nn.ReLU(True),
            )
        )
        self.decoder = nn.Sequential(
            *(nn.ConvTranspose2d(8, 4, 3, 2, 1, 1), nn.ReLU(True), nn.ConvTranspose2d(4, 3, 3, 2, 1, 1), nn.Sigmoid())
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


class Dictionary(nn.Module):
    """Blocks by name, chosen by a setting; the layers of a stage found by getattr."""

    def __init__(self, act="gelu", stages=2):
        super().__init__()
        self.act = nn.ModuleDict({"relu": nn.ReLU(), "gelu": nn.GELU()})[act]
        self.stages = stages
        for i in range(stages):
            setattr(
                self,
                f"stage{i}",
                nn.Sequential(OrderedDict(conv=nn.Conv2d(3, 3, 3, padding=1), norm=nn.BatchNorm2d(3))),
            )

    def forward(self, x):
        for i in range(self.stages):
            x = x + self.act(getattr(self, f"stage{i}")(x))
        return x.mean([-2, -1])


class EfficientAttention(nn.Module):
    """Weights of channels by a convolution over them."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 1, 3, padding=1, bias=False)

    def forward(self, x):
        y = F.adaptive_avg_pool2d(x, 1)
        y = self.conv(y.squeeze(-1).transpose(-1, -2)).transpose(-1, -2).unsqueeze(-1)
        return x * torch.sigmoid(y).expand_as(x)


class SpatialAttention(nn.Module):
    """Weights of pixels by the mean and the maximum over channels."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 1, 3, padding=1, bias=False)

    def forward(self, x):
        mean, (largest, _) = x.mean(dim=1, keepdim=True), x.max(dim=1, keepdim=True)
        return x * torch.sigmoid(self.conv(torch.cat([mean, largest], dim=1)))


class PyramidPooling(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8 * (1 + 4 + 9), 4)

    def forward(self, x):
        levels = [F.adaptive_max_pool2d(x, size).flatten(1) for size in (1, 2, 3)]
        return self.fc(torch.cat(levels, dim=1))


class Scaled(nn.Module):
    """He's initialization and a fixed gain by hand."""

    def __init__(self):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(5, 6)), nn.Parameter(torch.zeros(5))
        self.gain = math.sqrt(2.0)

    def forward(self, x):
        return self.gain * F.leaky_relu(F.linear(x, self.weight / math.sqrt(6), self.bias), 0.2)


class Cls(nn.Module):
    """A learned token in front of those of an image, whose row is classified."""

    def __init__(self):
        super().__init__()
        self.embed, self.token = nn.Conv2d(3, 8, 4, 4), nn.Parameter(torch.randn(1, 1, 8))
        self.fc, self.head = nn.Linear(8, 8), nn.Linear(8, 3)

    def forward(self, x):
        tokens = self.embed(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(len(x), -1, -1), tokens], dim=1)
        return self.head(F.gelu(self.fc(tokens))[:, 0])


@dataclass
class Result:
    logits: torch.Tensor


class Dataclass(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        return Result(self.fc(x))


class Then(nn.Module):
    def __init__(self, then):
        super().__init__()
        self.conv, self.then = nn.Conv2d(8, 8, 1), then

    def forward(self, x):
        return self.then(self.conv(x))


def then(function):
    return lambda: Then(function)


CASES = {
    "squeeze(-1)": Case(lambda: Regressor(lambda y: y.squeeze(-1)), (6,)),
    "view(-1) of one number": Case(lambda: Regressor(lambda y: y.view(-1)), (6,)),
    "the first column of one": Case(lambda: Regressor(lambda y: y[:, 0]), (6,)),
    "a probability": Case(lambda: Regressor(lambda y: torch.sigmoid(y).flatten()), (6,)),
    "an ensemble by stack and mean": Case(lambda: Ensemble(lambda outs: torch.stack(outs).mean(dim=0)), (6,)),
    "an ensemble by sum and division": Case(lambda: Ensemble(lambda outs: sum(outs) / len(outs)), (6,)),
    "an ensemble on the last axis": Case(lambda: Ensemble(lambda outs: torch.stack(outs, -1).mean(-1)), (6,)),
    "autoencoder": Case(Autoencoder, IMAGE),
    "stages by name": Case(Dictionary, IMAGE),
    "attention over channels": Case(EfficientAttention, FEATURES),
    "attention over pixels": Case(SpatialAttention, FEATURES),
    "pyramid pooling": Case(PyramidPooling, FEATURES),
    "an equalized rate": Case(Scaled, (6,), warns="read as plain arrays.*line .*weight / math.sqrt"),
    "a class token": Case(Cls, IMAGE),
    "a dataclass": Case(Dataclass, (6,)),
    "nn.Softmax2d": Case(lambda: nn.Sequential(nn.Conv2d(8, 8, 1), nn.Softmax2d()), FEATURES),
    "nn.LazyConv2d called once": Case(
        lambda: (m := nn.Sequential(nn.LazyConv2d(4, 3), nn.ReLU()), m(torch.zeros(1, *FEATURES)))[0], FEATURES
    ),
    "nn.Hardtanh": Case(then(lambda x: F.hardtanh(x)), FEATURES, "no layer corresponds to hardtanh"),
    "a clamp to one": Case(then(lambda x: x.clamp(0, 1)), FEATURES),
    "an upside-down clamp": Case(then(lambda x: x.clamp(5, 2)), FEATURES, "no layer corresponds to clamp"),
    "a clamp by a tensor": Case(then(lambda x: x.clamp(min=torch.zeros(8, 1, 1))), FEATURES, "corresponds to clamp"),
    "abs": Case(then(torch.abs), FEATURES),
    "exp and log": Case(then(lambda x: torch.log(torch.exp(x) + 1)), FEATURES),
    "a rolled image": Case(then(lambda x: torch.roll(x, 1, dims=2)), FEATURES, "no layer corresponds to roll"),
    "unfold": Case(then(lambda x: F.unfold(x, 3)), FEATURES, "no layer corresponds to unfold"),
    "a norm of all": Case(then(lambda x: x / x.norm(dim=1, keepdim=True)), FEATURES, "no layer corresponds to norm"),
    "complex": Case(then(lambda x: torch.fft.fft2(x).abs()), FEATURES, "no layer corresponds to fft_fft2"),
    "topk": Case(then(lambda x: x.flatten(1).topk(3).values), FEATURES, "no layer corresponds to topk"),
    "reshape by name": Case(then(lambda x: torch.reshape(input=x, shape=(len(x), -1))), FEATURES),
    "cat by name": Case(then(lambda x: torch.cat(tensors=(x, 2 * x), dim=1)), FEATURES),
    "matrices by name": Case(then(lambda x: torch.matmul(input=x.flatten(1), other=torch.ones(288, 2))), FEATURES),
    "permute by name": Case(then(lambda x: torch.permute(input=x, dims=(0, 3, 1, 2))), FEATURES),
    "a slice of samples": Case(then(lambda x: x[1:]), FEATURES, "takes samples apart"),
    "places of maxima": Case(then(lambda x: x.max(dim=1)[1]), FEATURES, "where a maximum stands"),
    "one maximum of all": Case(then(lambda x: x / x.max()), FEATURES, "no layer corresponds to"),
    "complex numbers": Case(then(lambda x: (x * 1j).real), FEATURES, "complex"),
}
