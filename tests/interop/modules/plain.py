"""Chains: multilayer networks and image classifiers, as modules, as functional calls, with loops and conditions."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from tests.interop.modules import Case
from torch import nn

IMAGE = (3, 16, 16)


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 4 * 4, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), (2, 2))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(-1, self.num_flat_features(x))
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)

    def num_flat_features(self, x):
        features = 1
        for size in x.size()[1:]:
            features *= size
        return features


class View(nn.Module):
    def __init__(self, how):
        super().__init__()
        self.conv, self.fc, self.how = nn.Conv2d(3, 4, 3, stride=2), nn.Linear(4 * 7 * 7, 5), how

    def forward(self, x):
        return self.fc(self.how(torch.relu_(self.conv(x))))


class Vgg(nn.Module):
    def __init__(self, plan=(8, "M", 16, 16, "M"), batch_norm=True, classes=10):
        super().__init__()
        self.features = self.make_layers(plan, batch_norm)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.classifier = nn.Sequential(nn.Linear(16, 20), nn.ReLU(True), nn.Dropout(0.5), nn.Linear(20, classes))
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")

    @staticmethod
    def make_layers(plan, batch_norm):
        layers, channels = [], 3
        for size in plan:
            if size == "M":
                layers += [nn.MaxPool2d(kernel_size=2, stride=2)]
                continue
            layers += [nn.Conv2d(channels, size, kernel_size=3, padding=1)]
            layers += [nn.BatchNorm2d(size), nn.ReLU(inplace=True)] if batch_norm else [nn.ReLU(inplace=True)]
            channels = size
        return nn.Sequential(*layers)

    def forward(self, x):
        x = self.avgpool(self.features(x))
        return self.classifier(torch.flatten(x, 1))


class Loop(nn.Module):
    def __init__(self, sizes=(6, 8, 8, 3), norm=True, drop=0.1):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.norms = nn.ModuleDict({str(i): nn.LayerNorm(b) for i, b in enumerate(sizes[1:-1])}) if norm else None
        self.drop = drop

    def forward(self, x):
        for i, layer in enumerate(self.layers[:-1]):
            x = layer(x)
            if self.norms is not None:
                x = self.norms[str(i)](x)
            x = F.dropout(x.tanh(), p=self.drop, training=self.training)
        return self.layers[-1](x)


class Conditional(nn.Module):
    def __init__(self):
        super().__init__()
        self.small, self.large = nn.Linear(6, 4), nn.Linear(7, 4)
        self.head = None

    def forward(self, x, extra=None):
        assert x.dim() == 2, "rows only"
        x = self.small(x) if x.shape[1] < 7 else self.large(x)
        if extra is not None:
            x = x + extra
        return x if self.head is None else self.head(x)


class ConvBlock(nn.Sequential):
    def __init__(self, a, b):
        super().__init__(nn.Conv2d(a, b, 3, padding=1, bias=False), nn.BatchNorm2d(b, momentum=0.01), nn.ReLU())


class Blocks(nn.Sequential):
    def __init__(self):
        super().__init__()
        self.add_module("first", ConvBlock(3, 6))
        self.add_module("second", nn.Sequential(ConvBlock(6, 6), nn.AvgPool2d(2)))
        self.add_module("head", nn.Sequential(nn.Flatten(), nn.LazyLinear(4)))


class SequentialWithForward(nn.Sequential):
    def forward(self, x):
        return super().forward(x).mean(dim=[2, 3])


class FunctionalMlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1, self.b1 = nn.Parameter(torch.randn(6, 8)), nn.Parameter(torch.randn(8))
        self.w2, self.b2 = nn.Parameter(torch.randn(3, 8)), nn.Parameter(torch.randn(3))

    def forward(self, x):
        x = torch.sigmoid(x @ self.w1 + self.b1)
        return F.linear(x, self.w2, self.b2)


class MeanOfRows(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(F.leaky_relu(self.conv(x), 0.2).mean(3).mean(2))


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.a, self.b = nn.Linear(6, 5), nn.Linear(5, 3), nn.Linear(5, 1)

    def forward(self, x):
        x = self.body(x).relu()
        return {"scores": self.a(x), "value": self.b(x)}


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4 + 5, 2)

    def forward(self, image, table):
        image = F.adaptive_avg_pool2d(self.conv(image), 1).flatten(1)
        return self.fc(torch.cat((image, table), dim=-1))


def blocks():
    module = Blocks()
    module(torch.randn(2, *IMAGE))  # its lazy layer gets its shape
    return module


def shared_relu():
    relu = nn.ReLU()
    return nn.Sequential(nn.Linear(10, 16), relu, nn.Linear(16, 16), relu, nn.Linear(16, 3))


def ours():
    from pellucid.interop.torch import to_torch
    from pellucid.nets import build

    return to_torch(build("vgg6-bn", IMAGE, 4))


CASES = {
    "lenet": Case(LeNet, (1, 28, 28)),
    "x.view(x.size(0), -1)": Case(lambda: View(lambda x: x.view(x.size(0), -1)), IMAGE),
    "x.view(-1, sizes)": Case(lambda: View(lambda x: x.view(-1, 4 * 7 * 7)), IMAGE),
    "x.reshape(len(x), -1)": Case(lambda: View(lambda x: x.reshape(len(x), -1)), IMAGE),
    "torch.flatten(x, start_dim=1)": Case(lambda: View(lambda x: torch.flatten(x, start_dim=1)), IMAGE),
    "x.flatten(2).flatten(1)": Case(lambda: View(lambda x: x.flatten(2).flatten(1)), IMAGE),
    "nn.Flatten within": Case(lambda: View(nn.Flatten()), IMAGE),
    "vgg with batch norm": Case(Vgg, IMAGE),
    "vgg without": Case(lambda: Vgg(batch_norm=False), IMAGE),
    "a loop over a ModuleList": Case(Loop, (6,)),
    "a loop without norms": Case(lambda: Loop(norm=False), (6,)),
    "conditions on shapes": Case(Conditional, (6,)),
    "subclasses of Sequential": Case(blocks, IMAGE),
    "a Sequential with its own forward": Case(lambda: SequentialWithForward(nn.Conv2d(3, 4, 3), nn.ReLU()), IMAGE),
    "matrices and @": Case(FunctionalMlp, (6,)),
    "means of means": Case(MeanOfRows, IMAGE),
    "a dictionary of two heads": Case(TwoHeads, (6,)),
    "two inputs": Case(TwoInputs, [IMAGE, (5,)]),
    "one ReLU used twice": Case(shared_relu, (10,)),
    "one of ours": Case(ours, IMAGE),
    "ours within another": Case(lambda: nn.Sequential(ours(), nn.ReLU()), IMAGE),
}
