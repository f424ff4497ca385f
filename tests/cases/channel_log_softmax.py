"""Cases of LogSoftmax over channels."""

import numpy as np
from tests.layer_cases import IMAGE, ROW, SHAPES, LayerCases, call, normal, plant

from pellucid.layers import channel_log_softmax_forward
from pellucid.nets import Affine, LogSoftmax

NORMAL = (channel_log_softmax_forward, normal((4, 5)))

CASES = LayerCases(
    kind="channel_log_softmax",
    calls=[*(call("channel_log_softmax", shape) for shape in SHAPES[2:])],
    with_channels=lambda c: [call("channel_log_softmax", (2, c, 5, 4))],
    planted={
        "log-softmax: each of its own": plant(NORMAL, lambda dout, c: dout * (1 - np.exp(c.out)), 0),
        "log-softmax: without the sum": plant(NORMAL, lambda dout, c: dout, 0),
    },
    networks={
        "channel log softmax of an image": ([LogSoftmax(), Affine(3)], IMAGE),
        "channel log softmax": ([LogSoftmax(), Affine(3)], ROW),
    },
    descriptions=[LogSoftmax()],
    drawn=lambda draw, shape: LogSoftmax(),
    torch_modules=lambda nn: [(nn.LogSoftmax(dim=1), (4,))],
)
