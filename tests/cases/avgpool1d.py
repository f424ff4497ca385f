"""Cases of average pooling of sequences."""

import numpy as np
from tests.layer_cases import LayerCases, Output, call, normal, plant

from pellucid.layers import avgpool1d_forward
from pellucid.nets import Affine, AvgPool1d, Conv1d, Network

INPUTS = (lambda x: avgpool1d_forward(x, size=2), normal((1, 2, 6)))

CASES = LayerCases(
    kind="avgpool1d",
    calls=[
        call("avgpool1d", (1, 1, 1), size=1),
        call("avgpool1d", (2, 3, 31), size=2),
        call("avgpool1d", (3, 17, 9), size=3, stride=2, pad=1),
        call("avgpool1d", (1, 33, 8), size=3, stride=2, pad=1, ceil_mode=True, count_include_pad=False),
    ],
    with_channels=lambda c: [call("avgpool1d", (2, c, 9), size=2, stride=1)],
    planted={
        "mean of sequences: not divided": plant(INPUTS, lambda d, c: np.repeat(d, 2, axis=2), 0),
        "mean of sequences: the first receives it": plant(
            INPUTS, lambda d, c: np.stack([d, 0 * d], axis=3).reshape(1, 2, 6), 0
        ),
    },
    networks={
        "avgpool of a sequence": (
            [Conv1d(5, 3), AvgPool1d(2), AvgPool1d(2, 1, 1, True, False), Affine(3)],
            (4, 9),
        ),
    },
    descriptions=[AvgPool1d(3, 2, 1, True, False), AvgPool1d(2)],
    outputs=[Output(AvgPool1d(2), (3, 7), (3, 3), 0), Output(AvgPool1d(3, 2, 1), (3, 8), (3, 4), 0)],
    refused={
        "a mean of features": (
            lambda: Network([AvgPool1d(2)], (4,)),
            ["avgpool1d1 does not fit", "AvgPool1d: its input must be a sequence (C, L); got (4,)"],
        ),
        "a mean that counts neither": (
            lambda: AvgPool1d(2, count_include_pad=None),
            ["AvgPool1d: count_include_pad must be True or False; got None"],
        ),
    },
    torch_modules=lambda nn: [
        (nn.Sequential(nn.AvgPool1d(2), nn.Flatten()), (3, 8)),
        (nn.AvgPool1d(3, 2, 1, ceil_mode=True, count_include_pad=False), (3, 8)),
    ],
    onnx_node_tests=["averagepool_1d_default"],
)
