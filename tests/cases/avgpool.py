"""Cases of average pooling."""

import numpy as np
from tests.cases.maxpool import drawn_pool, pooled
from tests.layer_cases import IMAGE, LayerCases, Output, call, normal, plant

from pellucid.layers import avgpool_backward, avgpool_forward
from pellucid.nets import Affine, AvgPool, Network

INPUTS = (lambda x: avgpool_forward(x, size=3, stride=2), normal((1, 2, 5, 7)))


def assigned(dout, c):
    dx = np.zeros(c.shape)
    (sh, sw), (kh, kw) = c.stride, c.size
    for i, j in np.ndindex(dout.shape[2:]):
        dx[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw] = dout[:, :, i, j][:, :, None, None] / 9
    return dx


CASES = LayerCases(
    kind="avgpool",
    calls=pooled("avgpool"),
    with_channels=lambda c: [call("avgpool", (2, c, 5, 4), size=(3, 2), stride=(1, 2))],
    planted={
        "average pool: not divided": plant(INPUTS, lambda d, c: 9 * avgpool_backward(d, c), 0),
        "average pool: divided by one side": plant(INPUTS, lambda d, c: 3 * avgpool_backward(d, c), 0),
        "average pool: = for += where windows overlap": plant(INPUTS, assigned, 0),
    },
    networks={"avgpool": ([AvgPool(3, stride=2), Affine(3)], IMAGE)},
    descriptions=[AvgPool(3), AvgPool((2, 3), (1, 2))],
    outputs=[Output(AvgPool(3, (1, 2)), (3, 7, 8), (3, 5, 3), 0)],
    refused={
        "mean pool on features": (
            lambda: Network([AvgPool(2)], (4,)),
            ["avgpool1 does not fit", "AvgPool: its input must be"],
        ),
        "a pool of nothing": (lambda: AvgPool(0), ["AvgPool: size must be at least 1; got 0"]),
    },
    drawn=drawn_pool(AvgPool),
    often=3,
    torch_modules=lambda nn: [(nn.AvgPool2d(2, 1), (3, 8, 7))],
    onnx_operators=["AveragePool"],
    onnx_node_tests=["averagepool_2d_precomputed_strides", "averagepool_2d_default", "averagepool_2d_strides"],
)
