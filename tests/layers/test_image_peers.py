"""Layers of images beside PyTorch's: the output and every gradient, in both precisions, by every table of layers."""

import numpy as np
import pytest

from pellucid.kernels import NATIVE, native_build
from pellucid.layers import REFERENCE

from .layer_checks import as_tuple, normal

pytestmark = pytest.mark.peers

TABLES = [REFERENCE, *([NATIVE] if native_build().available else [])]


def convolved(f, x, w, b, *, pad=0, **settings):
    """PyTorch's convolution; padding by side is added around the image first."""
    if isinstance(pad, tuple) and isinstance(pad[0], tuple):
        x, pad = f.pad(x, (*pad[1], *pad[0])), 0
    return f.conv2d(x, w, b, padding=pad, **settings)


def pooled(name):
    def function(f, x, *, size, stride=None, pad=0, **settings):
        return getattr(f, name)(x, size, stride, pad, **settings)

    return function


def interpolated(f, x, *, scale_factor, align_corners=False):
    return f.interpolate(x, scale_factor=scale_factor, mode="bilinear", align_corners=align_corners)


# By name: kind, shapes of the arrays, settings, what computes the same in torch.nn.functional.
PEERS = {
    "depthwise": ("general_conv", [(2, 5, 9, 8), (5, 1, 3, 3), (5,)], {"groups": 5, "pad": 1, "stride": 2}, convolved),
    "depthwise same": (
        "general_conv",
        [(2, 5, 9, 8), (5, 1, 4, 3), (5,)],
        {"groups": 5, "pad": "same", "dilation": 2},
        convolved,
    ),
    "groups": (
        "general_conv",
        [(2, 6, 9, 8), (8, 3, 3, 2), (8,)],
        {"groups": 2, "pad": (2, 1), "stride": (2, 1)},
        convolved,
    ),
    "dilation": ("general_conv", [(2, 3, 12, 11), (4, 3, 3, 2), (4,)], {"dilation": (2, 3), "pad": 1}, convolved),
    "dilation and stride": (
        "general_conv",
        [(2, 4, 12, 11), (4, 2, 3, 2), (4,)],
        {"dilation": 2, "stride": 2, "groups": 2},
        convolved,
    ),
    "sides": ("general_conv", [(2, 3, 7, 6), (4, 3, 3, 3), (4,)], {"pad": ((0, 2), (1, 0))}, convolved),
    "same": ("general_conv", [(1, 3, 7, 6), (4, 3, 4, 2), (4,)], {"pad": "same"}, convolved),
    "max pool": ("maxpool", [(2, 3, 9, 8)], {"size": 3, "stride": 2, "pad": 1}, pooled("max_pool2d")),
    "max pool, ceil": (
        "maxpool",
        [(2, 3, 9, 8)],
        {"size": (2, 3), "stride": (3, 2), "pad": 1, "ceil_mode": True},
        pooled("max_pool2d"),
    ),
    "mean pool": (
        "avgpool",
        [(2, 3, 9, 8)],
        {"size": 3, "stride": 2, "pad": 1, "ceil_mode": True},
        pooled("avg_pool2d"),
    ),
    "mean pool, pixels alone": (
        "avgpool",
        [(2, 3, 9, 8)],
        {"size": (4, 3), "stride": (3, 2), "pad": (2, 1), "ceil_mode": True, "count_include_pad": False},
        pooled("avg_pool2d"),
    ),
    "adaptive": (
        "adaptive_avgpool",
        [(2, 3, 9, 8)],
        {"output_size": (4, 3)},
        lambda f, x, output_size: f.adaptive_avg_pool2d(x, output_size),
    ),
    "instance norm": (
        "instancenorm",
        [(2, 3, 5, 4), (3,), (3,)],
        {"eps": 1e-3},
        lambda f, x, gamma, beta, eps: f.instance_norm(x, weight=gamma, bias=beta, eps=eps),
    ),
    "rms norm": ("rmsnorm", [(4, 7), (7,)], {"eps": 1e-3}, lambda f, x, gamma, eps: f.rms_norm(x, (7,), gamma, eps)),
    "local response norm": (
        "local_response_norm",
        [(2, 7, 3, 4)],
        {"size": 5, "alpha": 0.5, "beta": 0.75, "k": 2.0},
        lambda f, x, **settings: f.local_response_norm(x, **settings),
    ),
    "copies": (
        "upsample_nearest",
        [(2, 3, 5, 4)],
        {"scale_factor": (2, 3)},
        lambda f, x, scale_factor: f.interpolate(x, scale_factor=scale_factor),
    ),
    "lines": ("upsample_bilinear", [(2, 3, 5, 4)], {"scale_factor": (2, 3)}, interpolated),
    "lines between corners": (
        "upsample_bilinear",
        [(2, 3, 5, 4)],
        {"scale_factor": (2, 3), "align_corners": True},
        interpolated,
    ),
    "transposed": (
        "conv_transpose",
        [(2, 3, 5, 4), (3, 4, 3, 2), (4,)],
        {"stride": (2, 1), "pad": (1, 0), "output_padding": (1, 0)},
        lambda f, x, w, b, stride, pad, output_padding: f.conv_transpose2d(x, w, b, stride, pad, output_padding),
    ),
    "weighed channels": ("multiply", [(2, 3, 5, 4), (2, 3)], {}, lambda f, a, b: a * b[:, :, None, None]),
}


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-10)])
@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_equals_pytorch(torch, table, name, dtype, tolerance):
    kind, shapes, settings, function = PEERS[name]
    inputs = [array.astype(dtype) for array in normal(3, *shapes)]
    out, cache = table.pair(kind).forward(*inputs, **settings)
    dout = normal(4, out.shape)[0].astype(dtype)
    leaves = [torch.from_numpy(array).requires_grad_() for array in inputs]
    expected = function(torch.nn.functional, *leaves, **settings)
    expected.backward(torch.from_numpy(dout))
    close(out, expected.detach().numpy(), tolerance)
    for gradient, leaf in zip(as_tuple(table.pair(kind).backward(dout, cache)), leaves, strict=True):
        close(gradient, leaf.grad.numpy(), tolerance)


def close(ours, theirs, tolerance):
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= tolerance * max(1, np.abs(theirs).max())
