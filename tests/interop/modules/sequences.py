"""Sequences, layers over the last axis, and modules that train otherwise than they predict."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from tests.interop.modules import Case
from torch import nn
from torch.utils.checkpoint import checkpoint

SEQUENCE = (5, 12)
FEATURES = (8, 6, 6)


class TextCnn(nn.Module):
    """Windows of several sizes over a sequence, the largest value of each."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv1d(5, 4, k) for k in (2, 3, 4))
        self.fc = nn.Linear(12, 2)

    def forward(self, x):
        found = [F.max_pool1d(c, c.size(2)).squeeze(2) for c in (F.relu(conv(x)) for conv in self.convs)]
        return self.fc(torch.cat(found, 1))


class Waves(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            *(nn.Conv1d(5, 8, 3, padding=1), nn.BatchNorm1d(8), nn.ReLU(), nn.MaxPool1d(2)),
            *(nn.Conv1d(8, 8, 3, padding=1), nn.ReLU(), nn.AvgPool1d(2), nn.AdaptiveAvgPool1d(1), nn.Flatten()),
        )

    def forward(self, x):
        return self.body(x)


class LayerNorm2d(nn.LayerNorm):
    def forward(self, x):
        x = x.permute(0, 2, 3, 1)
        x = F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


class ConvNextBlock(nn.Module):
    def __init__(self, c=8):
        super().__init__()
        self.depthwise, self.norm = nn.Conv2d(c, c, 3, padding=1, groups=c), nn.LayerNorm(c, eps=1e-6)
        self.grow, self.shrink = nn.Linear(c, 4 * c), nn.Linear(4 * c, c)
        self.gamma = nn.Parameter(torch.full((c,), 0.5))

    def forward(self, x):
        out = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        out = self.gamma * self.shrink(F.gelu(self.grow(out)))
        return x + out.permute(0, 3, 1, 2)


class Mixer(nn.Module):
    def __init__(self, tokens=5, width=12):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.tokens = nn.Sequential(nn.Linear(tokens, 7), nn.GELU(), nn.Linear(7, tokens))
        self.width = nn.Sequential(nn.Linear(width, 9), nn.GELU(), nn.Linear(9, width))

    def forward(self, x):
        x = x + self.tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.width(self.norm2(x))


class DropPath(nn.Module):
    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if self.rate == 0.0 or not self.training:
            return x
        return x * x.new_empty((x.shape[0],) + (1,) * (x.ndim - 1)).bernoulli_(1 - self.rate).div_(1 - self.rate)


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.drop = nn.Linear(6, 6), DropPath(0.2)

    def forward(self, x):
        return x + self.drop(self.fc(x))


class Outputs(NamedTuple):
    logits: torch.Tensor
    features: torch.Tensor | None


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(6, 4), nn.Linear(4, 3)

    def forward(self, x, mask=None, *, features=False):
        assert x.shape[1] == 6, "six features"
        h = F.relu(self.body(x))
        return Outputs(self.head(h), h if features else None)


class Checkpointed(nn.Module):
    def __init__(self, reentrant=False):
        super().__init__()
        self.reentrant = reentrant
        self.body, self.head = nn.Sequential(nn.Linear(6, 8), nn.ReLU()), nn.Linear(8, 3)

    def forward(self, x):
        return self.head(checkpoint(self.body, x, use_reentrant=self.reentrant))


class Cut(nn.Module):
    """A trunk that gets no gradient."""

    def __init__(self, how):
        super().__init__()
        self.how, self.trunk, self.head = how, nn.Linear(6, 4), nn.Linear(4, 3)

    def forward(self, x):
        if self.how == "no_grad":
            with torch.no_grad():
                h = self.trunk(x)
        else:
            h = self.trunk(x.detach() if self.how == "input" else x)
        return self.head(h.detach() if self.how == "detach" else h.data if self.how == "data" else h)


class Looked(nn.Module):
    """It keeps its features to look at, apart from what is trained."""

    def __init__(self):
        super().__init__()
        self.fc, self.head, self.seen = nn.Linear(6, 4), nn.Linear(4, 3), None

    def forward(self, x):
        h = F.relu(self.fc(x))
        self.seen = h.detach() * 2
        return self.head(h)


def frozen_trunk():
    module = Cut("no_grad")
    module.trunk.requires_grad_(False)
    return module


class Temperature(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.scale = nn.Linear(6, 3), nn.Parameter(torch.tensor(0.5))

    def forward(self, x):
        return self.fc(x) / self.scale


class Cosine(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, 6))

    def forward(self, x):
        return F.linear(F.normalize(x), F.normalize(self.weight))


class Last(nn.Module):
    def __init__(self, then):
        super().__init__()
        self.fc, self.then = nn.Linear(12, 6), then

    def forward(self, x):
        return self.then(self.fc(x))


CASES = {
    "a cnn of texts": Case(TextCnn, SEQUENCE),
    "pooled sequences": Case(Waves, SEQUENCE),
    "a norm of channels": Case(lambda: nn.Sequential(nn.Conv2d(8, 8, 1), LayerNorm2d(8)), FEATURES),
    "convnext": Case(ConvNextBlock, FEATURES),
    "mixer": Case(Mixer, SEQUENCE),
    "the last of a sequence": Case(lambda: Last(lambda x: x[:, -1]), SEQUENCE),
    "the mean of a sequence": Case(lambda: Last(lambda x: x.mean(1)), SEQUENCE),
    "the largest of a sequence": Case(lambda: Last(lambda x: x.max(dim=1).values), SEQUENCE),
    "softmax over the last axis": Case(lambda: Last(lambda x: x.softmax(-1)), SEQUENCE),
    "adaptive maximum": Case(lambda: nn.Sequential(nn.AdaptiveMaxPool2d((3, 2)), nn.Flatten()), FEATURES),
    "ceil pooling": Case(lambda: nn.MaxPool2d(3, stride=2, ceil_mode=True), FEATURES),
    "groups turned round": Case(lambda: nn.ConvTranspose2d(8, 4, 3, 2, 1, output_padding=1, groups=2), FEATURES),
    "a named tuple": Case(Named, (6,)),
    "checkpointed": Case(Checkpointed, (6,)),
    "checkpointed, reentrant": Case(lambda: nn.Sequential(nn.Linear(6, 6), Checkpointed(reentrant=True)), (6,)),
    "features kept to look at": Case(Looked, (6,)),
    "a frozen trunk without gradients": Case(frozen_trunk, (6,)),
    "a learned temperature": Case(Temperature, (6,), warns="read as plain arrays.*self.scale"),
    "drop path": Case(Deep, (6,), warns="in training mode the module computes something else"),
    "a detached input": Case(lambda: Cut("input"), (6,)),
    "detached": Case(lambda: Cut("detach"), (6,), "gradient"),
    "without gradients": Case(lambda: Cut("no_grad"), (6,), "gradient"),
    "x.data": Case(lambda: Cut("data"), (6,), "gradient"),
    "cosines": Case(Cosine, (6,), "no layer corresponds to normalize"),
    "attention by hand": Case(lambda: Last(lambda x: (x @ x.transpose(1, 2)).softmax(-1) @ x), SEQUENCE, "matmul"),
    "einsum": Case(lambda: Last(lambda x: torch.einsum("ntd,nsd->nts", x, x)), SEQUENCE, "einsum"),
    "where": Case(lambda: Last(lambda x: torch.where(x > 0, x, 0.1 * x)), SEQUENCE, "no layer corresponds to"),
    "the larger of two": Case(lambda: Last(lambda x: torch.max(x, -2 * x)), SEQUENCE, "no layer corresponds to max"),
    "a GRU": Case(lambda: nn.GRU(12, 6, batch_first=True), SEQUENCE, "no layer corresponds to"),
    "autocast": Case(lambda: nn.Sequential(nn.Linear(6, 6), Autocast()), (6,), "it changes the type of numbers"),
}


class Autocast(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return self.fc(x).float()
