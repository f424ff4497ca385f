"""Cases of Mish."""

import numpy as np
from tests.layer_cases import ROW, SHAPES, LayerCases, call, normal, plant

from pellucid.layers import mish_forward
from pellucid.nets import Affine, Mish

NORMAL = (mish_forward, normal((4, 5)))

CASES = LayerCases(
    kind="mish",
    calls=[*(call("mish", shape) for shape in SHAPES)],
    with_channels=lambda c: [call("mish", (2, c, 5, 4))],
    elementwise={},
    planted={
        "mish: without the path through tanh": plant(NORMAL, lambda dout, c: dout * np.tanh(np.log1p(np.exp(c.x))), 0),
        "mish: without the sigmoid": plant(
            NORMAL,
            lambda dout, c: dout * (np.tanh(np.log1p(np.exp(c.x))) + c.x * (1 - np.tanh(np.log1p(np.exp(c.x))) ** 2)),
            0,
        ),
    },
    networks={"mish": ([Mish(), Affine(3)], ROW)},
    descriptions=[Mish()],
    drawn=lambda draw, shape: Mish(),
    torch_modules=lambda nn: [(nn.Mish(), (4,))],
    onnx_operators=["Mish"],
    onnx_node_tests=["mish"],
)
