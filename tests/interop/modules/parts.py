"""Parts of values: slices, chunks, shuffles, patches, padding, values cut to one size and joined again."""

import torch
import torch.nn.functional as F
from tests.interop.modules import Case
from torch import nn

IMAGE = (3, 16, 16)
FEATURES = (8, 6, 6)


class ShuffleUnit(nn.Module):
    def __init__(self, c=8, groups=2):
        super().__init__()
        self.groups, half = groups, c // 2
        self.branch = nn.Sequential(
            *(nn.Conv2d(half, half, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(inplace=True)),
            *(nn.Conv2d(half, half, 3, 1, 1, groups=half, bias=False), nn.BatchNorm2d(half)),
        )

    def forward(self, x):
        left, right = x.chunk(2, dim=1)
        out = torch.cat((left, self.branch(right)), dim=1)
        b, c, h, w = out.size()
        out = out.view(b, self.groups, c // self.groups, h, w)
        return torch.transpose(out, 1, 2).contiguous().view(b, -1, h, w)


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 8)

    def forward(self, x):
        a, b = self.fc(x).chunk(2, dim=-1)
        return a * torch.sigmoid(b)


class Res2Block(nn.Module):
    """Channels in parts of unlike sizes, each convolved together with the result of the one before."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(2, 2, 3, padding=1) for _ in range(3))

    def forward(self, x):
        first, *others = torch.split(x, [2, 2, 2, 2], dim=1)
        out, before = [first], 0
        for conv, part in zip(self.convs, others, strict=True):
            before = conv(part + before)
            out.append(before)
        return torch.cat(out, 1)


class Focus(nn.Module):
    """Every second row and column into channels."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(12, 4, 1)

    def forward(self, x):
        parts = [x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]]
        return self.conv(torch.cat(parts, 1))


class UNet(nn.Module):
    def __init__(self, crop):
        super().__init__()
        self.down, self.mid = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 8, 3, 2, 1)
        self.up, self.head = nn.ConvTranspose2d(8, 4, 3, 2, 1, output_padding=1), nn.Conv2d(8, 2, 1)
        self.crop = crop

    def forward(self, x):
        skip = F.relu(self.down(x))
        low = F.relu(self.mid(skip))
        if self.crop:
            up = self.up(low)[:, :, 1:-1, 1:-1]
            return self.head(torch.cat([skip[:, :, 1:-1, 1:-1], up], 1))
        return self.head(torch.cat([skip, self.up(low, output_size=skip.shape[2:])], 1))


class Pyramid(nn.Module):
    def __init__(self):
        super().__init__()
        self.fine, self.coarse = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, 2, 1)

    def forward(self, x):
        fine = self.fine(x)
        return fine + F.interpolate(self.coarse(fine), size=fine.shape[-2:], mode="nearest")


class SamePadding(nn.Module):
    """As TensorFlow pads: one more at the end."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2)

    def forward(self, x):
        h, w = x.shape[-2:]
        need = [max((-(-s // 2) - 1) * 2 + 3 - s, 0) for s in (h, w)]
        x = F.pad(x, [need[1] // 2, need[1] - need[1] // 2, need[0] // 2, need[0] - need[0] // 2])
        return self.conv(x)


class Patches(nn.Module):
    """Squares of four by four as rows, then the mean over them."""

    def __init__(self):
        super().__init__()
        self.embed, self.norm, self.head = nn.Conv2d(3, 8, 4, 4), nn.LayerNorm(8), nn.Linear(8, 5)

    def forward(self, x):
        tokens = self.embed(x).flatten(2).transpose(1, 2)
        return self.head(self.norm(tokens).mean(dim=1))


class Padded(nn.Module):
    """A shortcut without parameters: every second pixel, and channels of zeros."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 12, 3, 2, 1)

    def forward(self, x):
        return F.relu(self.conv(x) + F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 2)))


class Unbound(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16 * 16, 4)

    def forward(self, x):
        total = 0
        for channel in x.unbind(1):
            total = total + self.fc(channel.flatten(1))
        return total


class First(nn.Module):
    def __init__(self, part):
        super().__init__()
        self.part, self.conv = part, nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, x):
        return self.part(self.conv(x))


CASES = {
    "a shuffle unit": Case(ShuffleUnit, FEATURES),
    "nn.ChannelShuffle": Case(lambda: nn.Sequential(nn.Conv2d(8, 8, 1), nn.ChannelShuffle(4)), FEATURES),
    "pixel shuffle": Case(lambda: nn.Sequential(nn.Conv2d(8, 12, 3), nn.PixelShuffle(2)), FEATURES),
    "pixel unshuffle": Case(lambda: nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(12, 4, 1)), IMAGE),
    "a gate from chunks": Case(Gated, (6,)),
    "F.glu": Case(lambda: nn.Sequential(nn.Conv2d(8, 6, 1), nn.GLU(1)), FEATURES),
    "split and joined": Case(Res2Block, FEATURES),
    "focus": Case(Focus, IMAGE),
    "a cropped u-net": Case(lambda: UNet(crop=True), IMAGE),
    "a u-net with output_size": Case(lambda: UNet(crop=False), IMAGE),
    "a pyramid": Case(Pyramid, IMAGE),
    "zeros on unlike sides": Case(SamePadding, IMAGE),
    "nn.ZeroPad2d": Case(lambda: nn.Sequential(nn.ZeroPad2d((1, 2, 0, 3)), nn.ReLU(), nn.Conv2d(3, 4, 3)), IMAGE),
    "a shortcut of zeros": Case(Padded, FEATURES),
    "tokens of patches": Case(Patches, IMAGE),
    "one channel at a time": Case(Unbound, IMAGE),
    "one channel": Case(lambda: First(lambda x: x[:, 0]), FEATURES),
    "narrow": Case(lambda: First(lambda x: x.narrow(1, 2, 4) - x[:, -4:]), FEATURES),
    "the first column kept": Case(lambda: First(lambda x: x[..., :1]), FEATURES),
    "a mean of halves": Case(lambda: First(lambda x: torch.stack(x.split(4, dim=1)).mean(0)), FEATURES),
    "the largest of each channel": Case(
        lambda: First(lambda x: torch.cat([x.amax((2, 3)), x.mean((2, 3))], 1)), FEATURES
    ),
    "sums over an image": Case(lambda: First(lambda x: x.sum(dim=(2, 3))), FEATURES),
    "turned over": Case(lambda: First(lambda x: x.flip(3)), FEATURES, "no layer corresponds to flip"),
    "reflected borders": Case(
        lambda: nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(3, 4, 3)), IMAGE, "no layer corresponds to"
    ),
    "a circular convolution": Case(lambda: nn.Conv2d(3, 4, 3, padding=1, padding_mode="circular"), IMAGE, "circular"),
    "by a list of places": Case(lambda: First(lambda x: x[:, [0, 3, 5]]), FEATURES, "a part of a value is taken"),
}
