"""Layers beyond the plain convolution, forward and backward: depthwise, grouped, dilated convolutions, and adaptive pooling.

Both sides allocate what they return, as PyTorch's operators do; a plan binds depthwise convolutions to buffers instead. PyTorch's
time is the sum of its best forward and its best backward, each in its fastest memory format.
"""

from typing import Any, NamedTuple

import numpy as np

from bench.case import Case
from bench.convs import guard_of
from bench.side import TEAMS, options_of, side_name
from bench.worker import Timed


class Layer(NamedTuple):
    """A layer on N images (C, H, H): a convolution (K, K), padded by dilation * (K - 1) / 2, or an adaptive mean (K, K)."""

    name: str
    n: int
    c: int
    h: int
    f: int  # filters; 0: adaptive pooling
    k: int
    stride: int = 1
    dilation: int = 1
    groups: int = 1

    @property
    def pad(self) -> int:
        """The padding on each side."""
        return self.dilation * (self.k - 1) // 2


LAYERS = [
    Layer("depthwise 3x3, 64 channels, 32x32", 32, 64, 32, 64, 3, groups=64),
    Layer("depthwise 3x3 stride 2, 96 channels, 32x32", 64, 96, 32, 96, 3, stride=2, groups=96),
    Layer("depthwise 5x5, 120 channels, 16x16", 64, 120, 16, 120, 5, groups=120),
    Layer("grouped 3x3, 32 groups of 4, 16x16", 64, 128, 16, 128, 3, groups=32),
    Layer("grouped 1x1, 3 groups of 80, 16x16", 64, 240, 16, 240, 1, groups=3),
    Layer("dilated 3x3 by 2, 64 channels, 32x32", 32, 64, 32, 64, 3, dilation=2),
    Layer("adaptive mean 7x7, 64 channels, 32x32", 64, 64, 32, 0, 7),
    Layer("adaptive mean 4x4, 128 channels, 16x16", 64, 128, 16, 0, 4),
]


def cases() -> list[Case]:
    """Return one case a layer."""
    torch = [side_name("torch", memory=memory, **team) for team in TEAMS for memory in ("nchw", "nhwc")]
    return [Case("layers", layer.name, {}, "native", {"PyTorch": torch}) for layer in LAYERS]


def arrays_of(layer: Layer) -> list[np.ndarray]:
    """Return x, and the weights w (He-scaled) and b of a convolution, float32 in NCHW memory."""
    rng = np.random.default_rng(0)
    of_group = layer.c // layer.groups
    shapes = [(layer.n, layer.c, layer.h, layer.h)]
    if layer.f:
        shapes += [(layer.f, of_group, layer.k, layer.k), (layer.f,)]
    x, *weights = (rng.standard_normal(shape).astype(np.float32) for shape in shapes)
    if layer.f:
        weights[0] *= np.float32((2 / (of_group * layer.k**2)) ** 0.5)
    return [x, *weights]


def build(case: str, side: str) -> Timed:
    """Return what a side's process runs."""
    layer = next(layer for layer in LAYERS if layer.name == case)
    return _torch(layer, side) if side.startswith("torch") else _native(layer)


def _native(layer: Layer) -> Timed:
    from pellucid.kernels import NATIVE

    x, *weights = arrays_of(layer)
    x = _channels_last(x)
    options: dict[str, Any] = {"output_size": layer.k}
    if layer.f:
        options = {"stride": layer.stride, "pad": layer.pad, "dilation": layer.dilation, "groups": layer.groups}
    pair = NATIVE.pair("general_conv" if layer.f else "adaptive_avgpool")
    out, cache = pair.forward(x, *weights, **options)
    dout = _channels_last(np.random.default_rng(1).standard_normal(out.shape).astype(np.float32))

    def gradients() -> Any:
        return pair.backward(dout, cache)

    found = gradients()
    guard = guard_of(out, *(found if isinstance(found, tuple) else (found,)))
    return Timed({"forward": lambda: pair.forward(x, *weights, **options), "backward": gradients}, guard)


def _channels_last(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)


def _torch(layer: Layer, side: str) -> Timed:
    """PyTorch's operators, called without recording gradients."""
    import torch

    from bench.torch_sides import set_threads

    options = options_of(side)
    set_threads(options)
    torch.set_grad_enabled(False)
    x, *weights = (torch.from_numpy(array) for array in arrays_of(layer))
    memory = torch.channels_last if options["memory"] == "nhwc" else torch.contiguous_format
    x = x.contiguous(memory_format=memory)
    weights = [w.contiguous(memory_format=memory) if w.dim() == 4 else w for w in weights]
    steps = [[number] * 2 for number in (layer.stride, layer.pad, layer.dilation)]

    def forward() -> Any:
        if not layer.f:
            return torch.nn.functional.adaptive_avg_pool2d(x, layer.k)
        return torch.conv2d(x, *weights, *steps, layer.groups)

    out = forward()
    upstream = np.random.default_rng(1).standard_normal(tuple(out.shape)).astype(np.float32)
    dout, aten = torch.from_numpy(upstream).contiguous(memory_format=memory), torch.ops.aten

    def gradients() -> Any:
        if not layer.f:
            return (aten._adaptive_avg_pool2d_backward(dout, x),)
        settings = [layer.f], *steps, False, [0, 0], layer.groups, [True, True, True]
        return aten.convolution_backward(dout, x, weights[0], *settings)

    guard = guard_of(out.numpy(), *(gradient.numpy() for gradient in gradients()))
    return Timed({"forward": forward, "backward": gradients}, guard)
