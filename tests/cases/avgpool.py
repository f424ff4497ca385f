"""Cases of average pooling."""

import numpy as np
from tests.cases.maxpool import drawn_pool, pooled
from tests.layer_cases import IMAGE, LayerCases, Output, call, normal, plant

from pellucid.layers import avgpool_backward, avgpool_forward
from pellucid.nets import Affine, AvgPool, Network

INPUTS = (lambda x: avgpool_forward(x, size=3, stride=2), normal((1, 2, 5, 7)))

PADDED = (lambda x: avgpool_forward(x, size=3, stride=2, pad=1, count_include_pad=False), normal((1, 2, 5, 7)))


def assigned(dout, c):
    dx = np.zeros(c.shape)
    (sh, sw), (kh, kw) = c.windows.stride, c.windows.size
    for i, j in np.ndindex(dout.shape[2:]):
        dx[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw] = dout[:, :, i, j][:, :, None, None] / 9
    return dx


CASES = LayerCases(
    kind="avgpool",
    calls=[
        *pooled("avgpool"),
        call("avgpool", (1, 3, 6, 7), size=3, stride=2, pad=1, ceil_mode=True, count_include_pad=False),
        call("avgpool", (2, 17, 5, 33), size=(2, 5), stride=(1, 4), pad=(1, 2), count_include_pad=False),
    ],
    with_channels=lambda c: [call("avgpool", (2, c, 5, 4), size=(3, 2), stride=(1, 2))],
    planted={
        "average pool: not divided": plant(INPUTS, lambda d, c: 9 * avgpool_backward(d, c), 0),
        "average pool: divided by one side": plant(INPUTS, lambda d, c: 3 * avgpool_backward(d, c), 0),
        "average pool: = for += where windows overlap": plant(INPUTS, assigned, 0),
        "average pool: padding counted": plant(
            PADDED, lambda d, c: avgpool_backward(d, c._replace(count_include_pad=True)), 0
        ),
    },
    networks={
        "avgpool": ([AvgPool(3, stride=2), Affine(3)], IMAGE),
        "padded avgpool": (
            [AvgPool((3, 2), (2, 2), (1, 1), True), AvgPool((3, 3), (1, 2), (1, 0), False, False), Affine(3)],
            IMAGE,
        ),
    },
    descriptions=[AvgPool(3), AvgPool((2, 3), (1, 2)), AvgPool(3, 2, 1, True, False)],
    outputs=[
        Output(AvgPool(3, (1, 2)), (3, 7, 8), (3, 5, 3), 0),
        Output(AvgPool(3, 2, 1), (3, 7, 8), (3, 4, 4), 0),
        Output(AvgPool(3, 2, 1, ceil_mode=True), (3, 7, 8), (3, 4, 5), 0),
    ],
    refused={
        "mean pool on features": (
            lambda: Network([AvgPool(2)], (4,)),
            ["avgpool1 does not fit", "AvgPool: its input must be"],
        ),
        "a count that is no bool": (
            lambda: AvgPool(2, count_include_pad=1),
            ["AvgPool: count_include_pad must be True or False"],
        ),
        "a pool of nothing": (lambda: AvgPool(0), ["AvgPool: size must be at least 1; got 0"]),
    },
    drawn=drawn_pool(AvgPool),
    often=3,
    torch_modules=lambda nn: [(nn.AvgPool2d(2, 1), (3, 8, 7)), (nn.AvgPool2d(3, 2, 1, True, False), (3, 8, 7))],
    onnx_operators=["AveragePool"],
    onnx_node_tests=[
        "averagepool_2d_precomputed_strides",
        "averagepool_2d_default",
        "averagepool_2d_strides",
        "averagepool_2d_precomputed_pads",
        "averagepool_2d_precomputed_pads_count_include_pad",
        "averagepool_2d_precomputed_same_upper",
        "averagepool_2d_ceil",
        "averagepool_2d_ceil_last_window_starts_on_pad",
    ],
)
