"""Cases of the convolution with groups, dilation and padding by side."""

import numpy as np
from tests.cases.conv import convolved
from tests.layer_cases import IMAGE, LayerCases, Output, edit, normal, plant

from pellucid.layers import general_conv_backward, general_conv_forward
from pellucid.nets import Affine, Conv, Network

WINDOWS = [  # x, w, settings
    ((1, 1, 1, 1), (1, 1, 1, 1), {}),
    ((2, 3, 9, 8), (3, 1, 3, 3), {"groups": 3, "pad": 1}),  # depthwise
    ((1, 33, 6, 7), (33, 1, 3, 2), {"groups": 33, "stride": (2, 1), "pad": "same"}),
    ((2, 17, 9, 8), (17, 1, 3, 3), {"groups": 17, "dilation": (2, 3), "pad": ((1, 4), (0, 7))}),
    ((2, 70, 5, 4), (70, 1, 5, 3), {"groups": 70, "stride": 2, "dilation": 2, "pad": 4}),  # taps that never lie inside
    ((3, 4, 7, 5), (6, 2, 2, 3), {"groups": 2, "stride": 2, "pad": ((0, 1), (2, 0))}),
    ((1, 6, 9, 10), (9, 2, 3, 2), {"groups": 3, "dilation": (1, 2), "pad": (2, 1)}),
    ((2, 3, 11, 8), (5, 3, 3, 3), {"dilation": (2, 3)}),
    ((1, 2, 8, 9), (4, 1, 3, 3), {"groups": 2, "dilation": 2, "stride": 2, "pad": "same"}),
    ((1, 3, 31, 6), (4, 3, 4, 2), {"pad": "same"}),
    ((2, 8, 8, 8), (16, 8, 3, 3), {"pad": "same", "dilation": 2}),
]


def with_channels(c):
    yield convolved("general_conv", (2, c, 5, 4), (c, 1, 3, 3), groups=c, pad=1)
    yield convolved("general_conv", (2, c, 5, 4), (1 + 5 * c % 65, c, 2, 2), dilation=2)


def drawn(draw, shape):
    if len(shape) != 3:
        return None
    groups = draw.either(shape[0], 1)
    kernel, dilation = draw.pair(), draw.pair()
    return Conv(
        groups * draw.size(2),
        kernel,
        stride=draw.pair(),
        pad="same",
        init=draw.init(),
        dilation=dilation,
        groups=groups,
    )


INPUTS = normal((2, 4, 5, 6), (6, 2, 2, 3), (6,))
PLAIN = (lambda x, w, b: general_conv_forward(x, w, b, groups=2, dilation=2, pad=((0, 1), (2, 0))), INPUTS)


def edited(**changes):
    return edit(general_conv_backward, **changes)


def with_settings(place, **changes):
    """The gradient at a place, from a cache with other settings of the same shapes."""

    def gradient(g, dout, cache):
        return general_conv_backward(dout, cache._replace(**changes))[place]

    return gradient


def swapped(w):
    """The groups' filters exchanged."""
    return np.concatenate([w[3:], w[:3]])


PLANTED = {
    "grouped conv: dx of the other group's filters": plant(
        PLAIN, edited(g0=lambda g, d, c: general_conv_backward(d, c._replace(w=swapped(c.w)))[0]), 0
    ),
    "grouped conv: dw of the other group's channels": plant(
        PLAIN, edited(g1=lambda g, d, c: general_conv_backward(d, c._replace(x=c.x[:, [2, 3, 0, 1]]))[1]), 1
    ),
    "grouped conv: padding on the other sides": plant(
        PLAIN,
        edited(g0=with_settings(0, pads=((1, 0), (0, 2))), g1=with_settings(1, pads=((1, 0), (0, 2)))),
        *(0, 1),
    ),
    "grouped conv: db of one image": plant(PLAIN, edited(g2=lambda g, d, c: d[0].sum(axis=(1, 2))), 2),
}

CASES = LayerCases(
    kind="general_conv",
    calls=[convolved("general_conv", x, w, **settings) for x, w, settings in WINDOWS],
    with_channels=with_channels,
    planted=PLANTED,
    networks={
        "depthwise conv": (
            [
                Conv(8, 3, (2, 1), ((0, 1), (1, 2)), dilation=(1, 2), groups=4),
                Conv(8, (3, 3), (1, 1), "same", groups=8),
                Affine(3),
            ],
            IMAGE,
        ),
        "dilated conv": (
            [Conv(5, (3, 2), (1, 1), (2, 1), dilation=(2, 1)), Conv(4, (2, 2), (2, 2), "same"), Affine(3)],
            IMAGE,
        ),
    },
    descriptions=[
        Conv(4, (2, 3), (1, 2), ((0, 1), (2, 3)), "he", (2, 1), 2),
        Conv(4, 2, pad="same"),
    ],
    outputs=[
        Output(Conv(6, 3, groups=3), (3, 8, 7), (6, 6, 5), 6 * 9 * 30),
        Output(Conv(4, 3, dilation=2), (3, 8, 7), (4, 4, 3), 4 * 3 * 9 * 12),
        Output(Conv(4, 4, pad="same"), (3, 8, 7), (4, 8, 7), 4 * 3 * 16 * 56),
        Output(Conv(4, 3, 2, "same"), (3, 8, 7), (4, 4, 4), 4 * 3 * 9 * 16),
        Output(Conv(4, 2, pad=((1, 0), (0, 2))), (3, 8, 7), (4, 8, 8), 4 * 3 * 4 * 64),
    ],
    refused={
        "groups that do not divide": (
            lambda: Network([Conv(4, 3, groups=2)], (3, 8, 8)),
            ["conv1 does not fit", "Conv: groups must divide the 3 channels and the 4 filters; got 2"],
        ),
        "no groups": (lambda: Conv(4, 3, groups=0), ["Conv: groups must be a whole number of at least 1"]),
        "no dilation": (lambda: Conv(4, 3, dilation=0), ["Conv: dilation must be at least 1"]),
        "a pad of another name": (
            lambda: Conv(4, 3, pad="valid"),
            ["Conv: pad must be numbers or 'same'; got 'valid'"],
        ),
        "three sides": (
            lambda: Conv(4, 3, pad=((1, 2), (0, 1, 2))),
            ["Conv: pad by side must be ((top, bottom), (left, right))"],
        ),
        "a negative side": (lambda: Conv(4, 3, pad=((1, -2), (0, 1))), ["Conv: pad must be at least 0"]),
        "a dilated window too large": (
            lambda: Network([Conv(4, 3, dilation=4)], (3, 8, 8)),
            ["the window covers 9x9, the image with its padding is 8x8"],
        ),
    },
    drawn=drawn,
    torch_modules=lambda nn: [
        (nn.Conv2d(4, 8, 3, padding="same", groups=4), (4, 8, 8)),
        (nn.Conv2d(4, 6, 3, padding=2, dilation=2, groups=2, bias=False), (4, 8, 8)),
        (nn.Conv2d(4, 6, (4, 2), padding="same", dilation=(1, 3)), (4, 8, 8)),
    ],
)
