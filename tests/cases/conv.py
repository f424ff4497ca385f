"""Cases of the convolution."""

import numpy as np
from tests.layer_cases import IMAGE, LayerCases, Output, call, edit, normal, plant

from pellucid.layers import conv_backward, conv_forward
from pellucid.nets import Affine, Conv, Network

WINDOWS = [  # x, w, settings
    ((1, 1, 1, 1), (1, 1, 1, 1), {}),
    ((2, 3, 9, 8), (17, 3, 3, 3), {"stride": 2, "pad": 1}),
    ((1, 17, 6, 33), (3, 17, 2, 3), {"stride": (1, 3), "pad": (0, 2)}),
    ((3, 3, 31, 5), (1, 3, 3, 1), {"stride": 3}),
    ((1, 3, 32, 6), (4, 3, 5, 5), {"pad": 2}),
]


def convolved(layer, x, w, *more, **settings):
    """A call with a bias for this weight, then arrays of other shapes."""
    return call(layer, x, w, (w[0],), *more, **settings)


def with_channels(c):
    image = (2, c, 5, 4)
    yield convolved("conv", image, (1 + 7 * c % 65, c, 3, 3), pad=1)
    yield convolved("conv", image, (1 + 5 * c % 65, c, 3, 2), stride=2)


def drawn(draw, shape):
    if len(shape) != 3:
        return None
    pad = draw.between(0, 1), draw.between(0, 2)
    kernel = tuple(min(draw.size(), size + 2 * p) for size, p in zip(shape[1:], pad, strict=True))
    return Conv(draw.size(), kernel, stride=draw.pair(), pad=pad, init=draw.init())


INPUTS = normal((2, 2, 4, 5), (3, 2, 3, 2), (3,))
PLAIN = (conv_forward, INPUTS)
PADDED = (lambda x, w, b: conv_forward(x, w, b, pad=2), INPUTS)
STRIDED = (lambda x, w, b: conv_forward(x, w, b, stride=2, pad=1), INPUTS)


def edited(**changes):
    return edit(conv_backward, **changes)


def conv_dx(dout, c, *, accumulate=True, flip=False, stride=None):
    (sh, sw), (ph, pw), (_, _, kh, kw) = stride or c.stride, c.pad, c.w.shape
    n, _, h, width = c.x.shape
    dx = np.zeros((n, c.x.shape[1], h + 2 * ph, width + 2 * pw))
    w = c.w[:, :, ::-1, ::-1] if flip else c.w
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            part = np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
            place = np.s_[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            dx[place] = dx[place] + part if accumulate else part
    return dx[:, :, ph : ph + h, pw : pw + width]


def crop(dx, pad):
    return dx[:, :, pad:-pad, pad:-pad] if pad else dx[:, :, 0:-0, 0:-0]


PLANTED = {
    "conv: dx cropped away at pad 0": plant(PLAIN, edited(g0=lambda g, d, c: crop(g, 0)), 0),
    "conv: dx cropped as for pad 1": plant(
        PADDED, edited(g0=lambda g, d, c: crop(np.pad(g, ((0, 0), (0, 0), (2, 2), (2, 2))), 1)), 0
    ),
    "conv: dx shifted by one": plant(PADDED, edited(g0=lambda g, d, c: np.roll(g, 1, axis=2)), 0),
    "conv: dx assigned where windows overlap": plant(
        PLAIN, edited(g0=lambda g, d, c: conv_dx(d, c, accumulate=False)), 0
    ),
    "conv: dx of a flipped kernel": plant(PLAIN, edited(g0=lambda g, d, c: conv_dx(d, c, flip=True)), 0),
    "conv: stride forgotten in dx": plant(STRIDED, edited(g0=lambda g, d, c: conv_dx(d, c, stride=(1, 1))), 0),
    "conv: dw flipped": plant(PLAIN, edited(g1=lambda g, d, c: g[:, :, ::-1, ::-1]), 1),
    "conv: dw of unpadded x": plant(
        PADDED, edited(g1=lambda g, d, c: conv_backward(d[:, :, 2:-2, 2:-2], c._replace(pad=(0, 0)))[1]), 1
    ),
    "conv: dw of the last image": plant(
        PLAIN, edited(g1=lambda g, d, c: conv_backward(d[-1:], c._replace(x=c.x[-1:]))[1]), 1
    ),
    "conv: dw divided by N": plant(PLAIN, edited(g1=lambda g, d, c: g / len(d)), 1),
    "conv: db of one image": plant(PLAIN, edited(g2=lambda g, d, c: d[0].sum(axis=(1, 2))), 2),
    "conv: db without axis": plant(PLAIN, edited(g2=lambda g, d, c: d.sum()), 2),
}

KERNEL_AS_A_LIST = [3, 3]
REFUSED = {
    "conv on features": (
        lambda: Network([Affine(5), Conv(2, 3)], (4,)),
        ["Network: conv1 does not fit its input (5,)", "Conv: its input must be an image (C, H, W); got (5,)"],
    ),
    "a window too large": (
        lambda: Network([Conv(2, 3), Conv(2, (9, 2), pad=1)], (6, 8, 8)),
        ["conv2 does not fit its input (2, 6, 6)", "the window is 9x2, the image with its padding 8x8"],
    ),
    "no filters": (lambda: Conv(0, 3), ["Conv: filters must be a whole number of at least 1"]),
    "no kernel": (lambda: Conv(2, 0), ["Conv: kernel must be at least 1; got 0"]),
    "a kernel of three": (lambda: Conv(2, (3, 3, 3)), ["Conv: kernel must be a whole number or a pair", "(3, 3, 3)"]),
    "a kernel as a list": (lambda: Conv(2, KERNEL_AS_A_LIST), ["Conv: kernel must be a whole number or a pair"]),
    "no stride": (lambda: Conv(2, 3, stride=(1, 0)), ["Conv: stride must be at least 1; got (1, 0)"]),
    "a negative pad": (lambda: Conv(2, 3, pad=-1), ["Conv: pad must be at least 0; got -1"]),
    "a negative init": (lambda: Conv(3, 3, init=-1.0), ["Conv: init must be", "got -1.0"]),
}

CASES = LayerCases(
    kind="conv",
    calls=[convolved("conv", x, w, **settings) for x, w, settings in WINDOWS],
    with_channels=with_channels,
    planted=PLANTED,
    networks={"conv": ([Conv(5, (3, 2), stride=(2, 1), pad=(1, 0)), Affine(3)], IMAGE)},
    descriptions=[Conv(3, (2, 5), stride=(1, 2), pad=(0, 3), init="he"), Conv(3, 5, stride=2, pad=1)],
    outputs=[
        Output(Conv(4, 3), (3, 8, 7), (4, 6, 5), 4 * 3 * 9 * 30),
        Output(Conv(4, (3, 1), stride=2, pad=(1, 0)), (3, 7, 7), (4, 4, 4), 4 * 3 * 3 * 16),
        Output(Conv(4, 2, stride=(3, 1)), (3, 9, 9), (4, 3, 8), 4 * 3 * 4 * 24),
    ],
    refused=REFUSED,
    drawn=drawn,
    often=6,
    torch_modules=lambda nn: [
        (nn.Conv2d(3, 8, 3, padding=1, bias=False), (3, 8, 8)),
        (nn.Conv2d(3, 4, (3, 2), stride=2), (3, 8, 7)),
    ],
    onnx_operators=["Conv"],
    onnx_node_tests=[
        "basic_conv_with_padding",
        "basic_conv_without_padding",
        "conv_with_strides_padding",
        "conv_with_strides_no_padding",
        "conv_with_strides_and_asymmetric_padding",
        "conv_with_autopad_same",
    ],
)
