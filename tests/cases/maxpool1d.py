"""Cases of max pooling of sequences."""

import numpy as np
from tests.layer_cases import LayerCases, Output, call, distinct, plant

from pellucid.layers import maxpool1d_forward
from pellucid.nets import Affine, Conv1d, MaxPool1d, Network

INPUTS = (lambda x: maxpool1d_forward(x, size=2), (distinct(1, 2, 6),))

CASES = LayerCases(
    kind="maxpool1d",
    calls=[
        call("maxpool1d", (1, 1, 1), size=1),
        call("maxpool1d", (2, 3, 31), size=2),
        call("maxpool1d", (3, 17, 9), size=3, stride=2, pad=1),
        call("maxpool1d", (1, 33, 8), size=3, stride=2, ceil_mode=True),
    ],
    with_channels=lambda c: [call("maxpool1d", (2, c, 9), size=2, stride=1)],
    planted={
        "max pool of sequences: both receive it": plant(INPUTS, lambda d, c: np.repeat(d, 2, axis=2), 0),
        "max pool of sequences: the first receives it": plant(
            INPUTS, lambda d, c: np.stack([d, 0 * d], axis=3).reshape(1, 2, 6), 0
        ),
    },
    networks={
        "maxpool of a sequence": ([Conv1d(5, 3), MaxPool1d(2), MaxPool1d(2, 1, 1, True), Affine(3)], (4, 9)),
    },
    descriptions=[MaxPool1d(3, 2, 1, True), MaxPool1d(2)],
    outputs=[
        Output(MaxPool1d(2), (3, 7), (3, 3), 0),
        Output(MaxPool1d(3, 2, 1), (3, 8), (3, 4), 0),
        Output(MaxPool1d(3, 2, ceil_mode=True), (3, 8), (3, 4), 0),
    ],
    refused={
        "a sequence pool of an image": (
            lambda: Network([MaxPool1d(2)], (3, 4, 4)),
            ["maxpool1d1 does not fit", "MaxPool1d: its input must be a sequence (C, L); got (3, 4, 4)"],
        ),
        "a sequence pool of two axes": (lambda: MaxPool1d((2, 2)), ["MaxPool1d: size must be a whole number"]),
        "a sequence pool padded too much": (lambda: MaxPool1d(3, pad=2), ["MaxPool1d: pad must be at most half"]),
        "a sequence pool longer than it": (lambda: Network([MaxPool1d(5)], (3, 4)), ["maxpool1d1 does not fit"]),
    },
    torch_modules=lambda nn: [
        (nn.Sequential(nn.MaxPool1d(2), nn.Flatten()), (3, 8)),
        (nn.MaxPool1d(3, 2, 1, ceil_mode=True), (3, 8)),
    ],
    onnx_node_tests=["maxpool_1d_default"],
)
