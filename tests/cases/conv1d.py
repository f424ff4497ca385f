"""Cases of the convolution of sequences."""

from tests.layer_cases import LayerCases, Output, call, edit, normal, plant

from pellucid.layers import conv1d_backward, conv1d_forward
from pellucid.nets import Affine, Conv1d, Network, ReLU


def convolved(x, w, **settings):
    return call("conv1d", x, w, (w[0],), **settings)


INPUTS = (lambda x, w, b: conv1d_forward(x, w, b, stride=2, pad=(1, 0)), normal((2, 3, 8), (4, 3, 3), (4,)))


def edited(**changes):
    return edit(conv1d_backward, **changes)


CASES = LayerCases(
    kind="conv1d",
    calls=[
        convolved((1, 1, 1), (1, 1, 1)),
        convolved((2, 3, 31), (17, 3, 4), pad="same"),
        convolved((3, 17, 9), (4, 17, 3), stride=2, pad=(0, 2)),
        convolved((1, 4, 12), (6, 2, 3), groups=2, dilation=3, pad=1),
        convolved((2, 33, 7), (33, 1, 3), groups=33, pad=1),
        convolved((2, 3, 12), (4, 3, 3), dilation=2, stride=3),
    ],
    with_channels=lambda c: [convolved((2, c, 9), (3, c, 3), pad=1)],
    planted={
        "conv1d: dx of a turned window": plant(
            INPUTS, edited(g0=lambda g, d, c: conv1d_backward(d, c._replace(w=c.w[..., ::-1]))[0]), 0
        ),
        "conv1d: dw divided by N": plant(INPUTS, edited(g1=lambda g, d, c: g / len(d)), 1),
        "conv1d: db of one sequence": plant(INPUTS, edited(g2=lambda g, d, c: d[0].sum(axis=1)), 2),
    },
    networks={
        "conv1d": ([Conv1d(5, 3, 2, (1, 0)), ReLU(), Conv1d(5, 2, groups=5, pad="same"), Affine(3)], (4, 9)),
        "dilated conv1d": ([Conv1d(5, 3, dilation=2, pad=2), Conv1d(2, 3, stride=2, pad="same"), Affine(3)], (4, 9)),
    },
    descriptions=[Conv1d(4, 3, 2, (1, 2), "he", 2, 2), Conv1d(4, 2, pad="same")],
    outputs=[Output(Conv1d(4, 3, 2, 1), (3, 8), (4, 4), 4 * 3 * 3 * 4)],
    refused={
        "a sequence of images": (
            lambda: Network([Conv1d(2, 3)], (3, 4, 4)),
            ["Conv1d: its input must be a sequence (C, L)"],
        ),
        "a sequence too short": (
            lambda: Network([Conv1d(2, 5)], (3, 4)),
            ["the window covers 1x5, the image with its padding is 1x4"],
        ),
        "a kernel of two axes": (lambda: Conv1d(2, (3, 3)), ["Conv1d: kernel must be a whole number"]),
        "other ends": (lambda: Conv1d(2, 3, pad="valid"), ["Conv1d: pad must be numbers or 'same'"]),
    },
    torch_modules=lambda nn: [
        (nn.Conv1d(4, 6, 3, padding=1, groups=2), (4, 8)),
        (nn.Conv1d(4, 6, 3, padding="same", dilation=2, bias=False), (4, 8)),
    ],
)
