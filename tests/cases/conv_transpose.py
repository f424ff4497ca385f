"""Cases of the transposed convolution."""

from tests.layer_cases import IMAGE, LayerCases, Output, call, edit, normal, plant

from pellucid.layers import conv_transpose_backward, conv_transpose_forward
from pellucid.nets import Affine, ConvTranspose, Network


def spread(x, w, **settings):
    return call("conv_transpose", x, w, (w[1],), **settings)


INPUTS = normal((2, 2, 3, 4), (2, 3, 3, 2), (3,))
PADDED = (lambda x, w, b: conv_transpose_forward(x, w, b, stride=2, pad=(1, 0), output_padding=1), INPUTS)


def edited(**changes):
    return edit(conv_transpose_backward, **changes)


def with_turned_window(g, dout, cache):
    return conv_transpose_backward(dout, cache._replace(w=cache.w[:, :, ::-1, ::-1]))[0]


CASES = LayerCases(
    kind="conv_transpose",
    calls=[
        spread((1, 1, 1, 1), (1, 1, 1, 1)),
        spread((2, 3, 4, 5), (3, 17, 3, 2), stride=2, pad=1),
        spread((1, 17, 6, 31), (17, 3, 2, 3), stride=(1, 3), pad=(0, 1), output_padding=(0, 2)),
        spread((3, 2, 3, 3), (2, 4, 2, 2), stride=3),
        spread((1, 1, 2, 31), (1, 2, 2, 2), stride=(1, 2)),
        spread((2, 3, 5, 4), (3, 2, 4, 4), stride=2, pad=1, output_padding=1),
        call("conv_transpose", (2, 6, 5, 4), (6, 2, 3, 2), (6,), stride=2, groups=3),
        call("conv_transpose", (1, 17, 3, 4), (17, 1, 2, 2), (17,), pad=1, groups=17),
        call("conv_transpose", (2, 4, 3, 5), (4, 3, 3, 2), (6,), stride=(1, 2), pad=1, groups=2, dilation=(2, 3)),
    ],
    with_channels=lambda c: [spread((2, c, 5, 4), (c, 3, 3, 3), stride=2, pad=1)],
    planted={
        "transposed conv: dx of a turned window": plant(PADDED, edited(g0=with_turned_window), 0),
        "transposed conv: dw of the last image": plant(
            PADDED, edited(g1=lambda g, d, c: conv_transpose_backward(d[-1:], c._replace(x=c.x[-1:]))[1]), 1
        ),
        "transposed conv: db of one image": plant(PADDED, edited(g2=lambda g, d, c: d[0].sum(axis=(1, 2))), 2),
        "transposed conv: padding exchanged": plant(PADDED, edited(g1=lambda g, d, c: g[:, :, ::-1]), 1),
    },
    networks={
        "conv transpose": (
            [
                ConvTranspose(5, (3, 2), (2, 1), (1, 0), (1, 0)),
                ConvTranspose(2, (2, 2), (2, 2), (0, 0), (0, 0)),
                Affine(3),
            ],
            IMAGE,
        ),
        "dilated conv transpose": ([ConvTranspose(6, (3, 2), 2, 1, dilation=(2, 3)), Affine(3)], IMAGE),
        "grouped conv transpose": ([ConvTranspose(6, 3, 2, groups=2), Affine(3)], IMAGE),
    },
    descriptions=[
        ConvTranspose(3, (2, 5), (1, 2), (0, 3), (0, 1), "he"),
        ConvTranspose(3, 3, stride=2, pad=1, output_padding=1),
        ConvTranspose(4, 3, groups=2),
        ConvTranspose(4, 3, dilation=(1, 2)),
    ],
    outputs=[
        Output(ConvTranspose(4, 2, stride=2), (3, 5, 4), (4, 10, 8), 3 * 4 * 4 * 20),
        Output(ConvTranspose(4, 2, groups=2), (6, 5, 4), (4, 6, 5), 6 * 2 * 4 * 20),
        Output(ConvTranspose(4, 3, 2, 1, 1), (3, 5, 4), (4, 10, 8), 3 * 4 * 9 * 20),
    ],
    refused={
        "transposed features": (
            lambda: Network([ConvTranspose(2, 3)], (4,)),
            ["convtranspose1 does not fit", "must be an image"],
        ),
        "nothing left": (
            lambda: Network([ConvTranspose(2, 3, pad=2)], (3, 2, 2)),
            ["ConvTranspose: pad (2, 2) leaves nothing of the output"],
        ),
        "more than a stride": (
            lambda: Network([ConvTranspose(2, 3, 2, output_padding=2)], (3, 2, 2)),
            ["ConvTranspose: output_padding must be less than stride (2, 2); got 2"],
        ),
        "groups that do not divide": (
            lambda: Network([ConvTranspose(4, 3, groups=2)], (3, 2, 2)),
            ["ConvTranspose: groups must divide the 3 channels and the 4 filters; got 2"],
        ),
        "no filters to spread": (lambda: ConvTranspose(0, 3), ["ConvTranspose: filters must be a whole number"]),
    },
    drawn=lambda draw, shape: (
        ConvTranspose(draw.size(), draw.pair(), draw.pair(2), 0, 0, draw.init())
        if len(shape) == 3 and shape[1] * shape[2] <= 6
        else None
    ),
    often=2,
    torch_modules=lambda nn: [
        (nn.ConvTranspose2d(3, 5, 3, stride=2, padding=1, output_padding=1), (3, 4, 5)),
        (nn.ConvTranspose2d(3, 5, 2, stride=2, bias=False), (3, 4, 5)),
        (nn.ConvTranspose2d(6, 4, 3, 2, 1, output_padding=1, groups=2), (6, 4, 5)),
    ],
    onnx_operators=["ConvTranspose"],
    onnx_node_tests=["convtranspose", "convtranspose_pads"],
)
