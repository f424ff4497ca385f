"""Modules that no network computes, or whose outputs are not decided by their inputs alone."""

import warnings

import torch
import torch.nn.functional as F
from tests.interop.modules import Case
from torch import nn

IMAGE = (3, 8, 8)


class Body(nn.Module):
    """A linear layer, and then whatever the case does with its result."""

    def __init__(self, then):
        super().__init__()
        self.fc, self.then = nn.Linear(6, 6), then

    def forward(self, x):
        return self.then(self.fc(x))


class Squared(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2 + 1

    @staticmethod
    def backward(ctx, dout):
        return dout


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x)[0]


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.fc = nn.LSTM(4, 5, batch_first=True), nn.Linear(5, 2)

    def forward(self, x):
        return self.fc(self.lstm(x)[0][:, -1])


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 4)

    def forward(self, x):
        return self.embedding(x)


class Trains(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 3)
        self.optimizer = torch.optim.SGD(self.parameters(), 0.1)

    def forward(self, x):
        out = self.fc(x)
        with torch.enable_grad():
            self.fc(x).sum().backward()
        self.optimizer.step()
        return out


class BackwardInside(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        loss = self.fc(x.detach()).sum()
        loss.backward()
        return self.fc(x)


class Stochastic(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 6)

    def forward(self, x):
        out = self.fc(x)
        if self.training:
            out = out * torch.empty(len(x), 1).bernoulli_(0.5)
        return x + out


class Auxiliary(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.aux = nn.Linear(6, 3), nn.Linear(3, 3)

    def forward(self, x):
        x = self.body(x)
        return (x, self.aux(x)) if self.training else x


class Hidden(nn.Module):
    """A linear layer, what the case does with its result, and a head of zeros that hides it."""

    def __init__(self, then):
        super().__init__()
        self.fc, self.then, self.head = nn.Linear(6, 6), then, nn.Linear(6, 3)
        nn.init.zeros_(self.head.weight)

    def forward(self, x):
        return self.head(self.then(self.fc(x)))


def through(change):
    """Change a value in place, and go on with it."""

    def then(x):
        change(x)
        return x

    return lambda: Hidden(then)


class Turn(nn.Module):
    def forward(self, x):
        return x.permute(0, 2, 3, 1)


def changing_hook():
    module = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
    module[1].register_forward_hook(lambda module, inputs, out: out * 3)
    return module


def changing_before():
    module = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    module[1].register_forward_pre_hook(lambda module, inputs: (inputs[0] + 1,))
    return module


def hooked():
    module = nn.Sequential(nn.Linear(6, 4))
    module[0].weight.register_hook(lambda gradient: gradient * 0)
    return module


def hooked_backward(register):
    module = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 2))
    getattr(module[1], register)(lambda module, *gradients: None)
    return module


def scaling(x):
    if x.requires_grad:
        x.register_hook(lambda gradient: gradient / 2)
    return x


class Exported(nn.Linear):
    """It has no modes, as what torch.export makes; `eval` does nothing."""

    def train(self, mode=True):
        raise NotImplementedError("Calling train() is not supported yet.")

    def eval(self):
        return self


def exported():
    return Exported(6, 3)


def undefined():
    module = nn.Sequential(nn.Linear(6, 4))
    nn.init.constant_(module[0].bias, torch.nan)
    return module


def quantized():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(4, 3), nn.ReLU()), {nn.Linear})


def scripted():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.script(nn.Sequential(nn.Linear(4, 3), nn.ReLU()))


def body(then):
    return lambda: Body(then)


BY_SIZE = r"refused.py line \d+: .*the size of the batch decides what is computed"
BY_VIEW = r"refused.py line \d+: .* changes a value in place through a part or a view of it"
CASES = {
    "large batches doubled": Case(body(lambda x: x if len(x) < 16 else x * 2), (6,), BY_SIZE),
    "large batches divided": Case(body(lambda x: x / max(x.shape[0] // 8, 1)), (6,), BY_SIZE),
    "a single sample spared": Case(body(lambda x: x * 2 if x.size(0) > 1 else x), (6,), BY_SIZE),
    "divided by the size of the batch": Case(body(lambda x: x / len(x)), (6,), BY_SIZE),
    "the same before zeros": Case(lambda: Hidden(lambda x: x / len(x)), (6,), BY_SIZE),
    "a view doubled before zeros": Case(through(lambda x: x.view(-1, 2, 3).mul_(2)), (6,), BY_VIEW),
    "a part rectified before zeros": Case(through(lambda x: F.relu_(x[:, :3])), (6,), BY_VIEW),
    "a column filled before zeros": Case(through(lambda x: x.t()[0].fill_(7)), (6,), BY_VIEW),
    "a part rectified by a module": Case(through(lambda x: nn.ReLU(inplace=True)(x[:, :3])), (6,), BY_VIEW),
    "noise before zeros": Case(
        lambda: Hidden(lambda x: x + torch.randn(6)), (6,), "with random numbers in the place of zeros"
    ),
    "one of two parts changed": Case(body(lambda x: (lambda a, b: F.relu_(a) + b)(x[:, :3], x[:, 3:])), (6,)),
    "zeros before a head": Case(lambda: Hidden(torch.relu), (6,)),
    "erf": Case(
        body(lambda x: torch.erf(x)), (6,), r"no layer corresponds to erf \(.*refused.py line \d+: .*torch.erf\(x\)"
    ),
    "several at once": Case(body(lambda x: torch.cos(torch.sin(x))), (6,), "no layer corresponds to sin"),
    "a loop until it is small": Case(body(lambda x: x if x.sum() > 0 else -x), (6,), "depend on values of the input"),
    "item": Case(body(lambda x: x * x.abs().max().item()), (6,), r"depend on values of the input \(item\)"),
    "a maximum over features": Case(body(lambda x: x.max(dim=1)[0]), (6,)),
    "half of the features": Case(body(lambda x: x[:, :3]), (6,)),
    "chunks": Case(body(lambda x: x.chunk(2, 1)[0]), (6,)),
    "turned": Case(lambda: nn.Sequential(Turn(), nn.Conv2d(8, 2, 3)), IMAGE),
    "over the batch": Case(body(lambda x: x - x.mean(0, keepdim=True)), (6,), "no layer corresponds to mean"),
    "samples mixed": Case(body(lambda x: x.reshape(-1, 3)), (6,), "mixes samples"),
    "noise": Case(body(lambda x: x + torch.randn(6)), (6,), "computes something else than the module"),
    "noise like the input": Case(body(lambda x: x + torch.rand_like(x)), (6,), "no layer corresponds to rand_like"),
    "dropout that never ends": Case(body(lambda x: F.dropout(x, 0.5)), (6,), "it drops in evaluation mode, too"),
    "a gradient of its own": Case(body(Squared.apply), (6,), "torch.autograd.Function Squared"),
    "a constant": Case(body(lambda x: torch.zeros(1, 3)), (6,), "does not depend on its input"),
    "a number": Case(body(lambda x: 3), (6,), "returns no tensor"),
    "through NumPy": Case(body(lambda x: torch.from_numpy(x.numpy() * 2)), (6,), r"depend on values .*\(numpy\)"),
    "an error of its own": Case(body(lambda x: x @ x), (6,), "calling the module on a random batch .* failed"),
    "attention": Case(Attention, (5, 6), r"no layer corresponds to MultiheadAttention .*: attention is not read"),
    "lstm": Case(Recurrent, (5, 4), r"no layer corresponds to LSTM .*: recurrent layers of PyTorch are not read"),
    "embedding": Case(Words, (5,), r"no layer corresponds to Embedding \(embedding .*: embeddings are not read"),
    "vmap": Case(body(torch.vmap(torch.tanh)), (6,), "torch.vmap"),
    "a hook of a gradient": Case(hooked, (6,), r"0.weight has a hook .*register_hook"),
    "a hook of backward": Case(
        lambda: hooked_backward("register_full_backward_hook"), (6,), r"1 \(ReLU\) has a hook that may change gradients"
    ),
    "a hook before backward": Case(
        lambda: hooked_backward("register_full_backward_pre_hook"),
        (6,),
        r"1 \(ReLU\) has a hook that may change gradients",
    ),
    "a hook of a value": Case(
        body(scaling), (6,), r"refused.py line \d+: .*registers a hook that may change a gradient"
    ),
    "exported": Case(exported, (6,), "of an exported module, pass the one that was exported"),
    "NaN": Case(undefined, (6,), r"NaN in parameter 0.bias$"),
    "dropout that never drops": Case(
        body(lambda x: F.dropout(x, 0.5, False)), (6,), warns="called with training=False"
    ),
    "linear over a sequence": Case(lambda: nn.Linear(6, 3), (5, 6)),
    "it trains": Case(Trains, (6,), "computes gradients in the forward"),
    "it goes backward": Case(BackwardInside, (6,), "computes gradients in the forward"),
    "a hook that changes values": Case(changing_hook, (4,), "a hook of 1 .* changes values"),
    "a hook that changes inputs": Case(changing_before, (4,), "a hook of 1 .* changes values"),
    "quantized": Case(quantized, (4,), "is quantized"),
    "scripted": Case(scripted, (4,), "is a script"),
    "lazy": Case(lambda: nn.LazyLinear(3), (4,), "has no shape yet"),
    "batch statistics": Case(
        lambda: nn.Sequential(nn.BatchNorm2d(3, track_running_stats=False)), IMAGE, "without running averages"
    ),
    "cumulative averages": Case(lambda: nn.Sequential(nn.BatchNorm2d(3, momentum=None)), IMAGE, "cumulative"),
    "stochastic depth": Case(Stochastic, (6,), warns="in training mode the module computes something else"),
    "another output in training": Case(Auxiliary, (6,), warns="in training mode the module computes something else"),
}
