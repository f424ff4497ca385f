"""Graphs: residuals, inception, dense blocks, squeeze-and-excitation, shared layers, gates."""

import torch
import torch.nn.functional as F
from tests.interop.modules import Case
from torch import nn

IMAGE = (3, 16, 16)
FEATURES = (8, 6, 6)


class BasicBlock(nn.Module):
    def __init__(self, a, b, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(a, b, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(b)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(b, b, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(b)
        self.downsample = None
        if stride != 1 or a != b:
            self.downsample = nn.Sequential(nn.Conv2d(a, b, 1, stride, bias=False), nn.BatchNorm2d(b))

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self, block=BasicBlock):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(inplace=True))
        self.layer1, self.layer2 = block(8, 8), nn.Sequential(block(8, 16, 2), block(16, 16))
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = self.layer2(self.layer1(self.stem(x)))
        return self.fc(F.avg_pool2d(x, x.size(3)).squeeze(3).squeeze(2))


class PreActivation(nn.Module):
    def __init__(self, c=8):
        super().__init__()
        self.body = nn.Sequential(nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1))
        self.shortcut = nn.Identity()

    def forward(self, x):
        return self.shortcut(x) + self.body(x)


class Inception(nn.Module):
    def __init__(self, c=8):
        super().__init__()
        self.b1 = nn.Conv2d(c, 4, 1)
        self.b2 = nn.Sequential(nn.Conv2d(c, 3, 1), nn.ReLU(), nn.Conv2d(3, 6, 3, padding=1))
        self.b3 = nn.Sequential(nn.Conv2d(c, 2, 1), nn.ReLU(), nn.Conv2d(2, 4, 5, padding=2))

    def forward(self, x):
        branches = [F.relu(b(x)) for b in (self.b1, self.b2, self.b3)]
        return torch.cat(branches, 1)


class InceptionWithPool(Inception):
    def __init__(self, c=8):
        super().__init__(c)
        self.pool = nn.MaxPool2d(3, stride=1, padding=1)

    def forward(self, x):
        return torch.cat([super().forward(x), self.pool(x)], dim=1)


class DenseBlock(nn.Module):
    def __init__(self, c=8, growth=4, count=3):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.BatchNorm2d(c + i * growth), nn.ReLU(), nn.Conv2d(c + i * growth, growth, 3, padding=1))
            for i in range(count)
        )

    def forward(self, x):
        features = [x]
        for layer in self.layers:
            features.append(layer(torch.cat(features, 1)))
        return torch.concat(features, dim=-3)


class SqueezeExcite(nn.Module):
    def __init__(self, c=8, convolutions=False):
        super().__init__()
        self.convolutions = convolutions
        if convolutions:
            self.fc = nn.Sequential(nn.Conv2d(c, 2, 1), nn.ReLU(), nn.Conv2d(2, c, 1), nn.Sigmoid())
        else:
            self.fc = nn.Sequential(nn.Linear(c, 2, bias=False), nn.ReLU(), nn.Linear(2, c, bias=False), nn.Sigmoid())

    def forward(self, x):
        if self.convolutions:
            return x * self.fc(x.mean((2, 3), keepdim=True))
        b, c, _, _ = x.size()
        y = F.adaptive_avg_pool2d(x, 1).view(b, c)
        return x * self.fc(y).view(b, c, 1, 1).expand_as(x)


class MobileBlock(nn.Module):
    def __init__(self, c=8, expand=2):
        super().__init__()
        h = c * expand
        self.conv = nn.Sequential(
            *(nn.Conv2d(c, h, 1, bias=False), nn.BatchNorm2d(h), nn.ReLU6(inplace=True)),
            *(nn.Conv2d(h, h, 3, 1, 1, groups=h, bias=False), nn.BatchNorm2d(h), nn.ReLU6(inplace=True)),
            *(nn.Conv2d(h, c, 1, bias=False), nn.BatchNorm2d(c)),
        )

    def forward(self, x):
        return x + self.conv(x)


class Fire(nn.Module):
    def __init__(self):
        super().__init__()
        self.squeeze, self.e1, self.e3 = nn.Conv2d(8, 3, 1), nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 3, padding=1)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        x = self.act(self.squeeze(x))
        return torch.cat([self.act(self.e1(x)), self.act(self.e3(x))], 1)


class SharedLayer(nn.Module):
    def __init__(self, times=3):
        super().__init__()
        self.fc, self.times = nn.Linear(6, 6), times

    def forward(self, x):
        for _ in range(self.times):
            x = torch.tanh(self.fc(x)) + x
        return x


class TiedWeight(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(6, 6), nn.Linear(6, 6)
        self.b.weight = self.a.weight

    def forward(self, x):
        return self.b(self.a(x).relu())


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk, self.head = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten()), nn.Linear(4 * 14 * 14, 3)

    def forward(self, a, b):
        return self.head(self.trunk(a)) - self.head(self.trunk(b))


class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(x)


class LayerScaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.gamma = nn.Parameter(torch.randn(8, 1, 1))
        self.conv = nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, x):
        return x + self.gamma * self.conv(x)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.conv = nn.Linear(6, 4 * 5 * 5), nn.Conv2d(4, 2, 3)

    def forward(self, x):
        return self.conv(self.fc(x).view(-1, 4, 5, 5))


class ChannelsLast(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4 * 14 * 14, 3)

    def forward(self, x):
        x = self.conv(x).permute(0, 2, 3, 1)
        return self.fc((x * 2 - torch.arange(4)).reshape(len(x), -1))


class GateFirst(nn.Module):
    def forward(self, x):
        gate = x.mean((2, 3), keepdim=True).sigmoid()
        return gate * F.instance_norm(x)


CASES = {
    "a gate that stands first": Case(GateFirst, FEATURES),
    "channels last": Case(ChannelsLast, IMAGE),
    "residual network": Case(ResNet, IMAGE),
    "residual before activation": Case(PreActivation, FEATURES),
    "inception": Case(Inception, FEATURES),
    "inception with a pool": Case(InceptionWithPool, FEATURES),
    "dense block": Case(DenseBlock, FEATURES),
    "squeeze and excite": Case(SqueezeExcite, FEATURES),
    "squeeze and excite by convolutions": Case(lambda: SqueezeExcite(convolutions=True), FEATURES),
    "mobile block": Case(MobileBlock, FEATURES),
    "fire": Case(Fire, FEATURES),
    "one layer three times": Case(SharedLayer, (6,)),
    "a weight in two layers": Case(TiedWeight, (6,), "two layers share all of their arrays in one form, or none"),
    "siamese": Case(Siamese, [IMAGE, IMAGE]),
    "swish by hand": Case(Swish, (6,)),
    "a scale for each channel": Case(LayerScaled, FEATURES),
    "rows to images": Case(Decoder, (6,)),
}
