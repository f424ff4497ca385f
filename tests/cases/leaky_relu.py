"""Cases of leaky ReLU."""

import numpy as np
from tests.layer_cases import ROW, SHAPES, LayerCases, Output, call, distinct, plant

from pellucid.layers import leaky_relu_forward
from pellucid.nets import GELU, Affine, AvgPool, Conv, GlobalAvgPool, GroupNorm, LayerNorm, LeakyReLU

DISTINCT = (leaky_relu_forward, (distinct(4, 5),))

CASES = LayerCases(
    kind="leaky_relu",
    calls=[*(call("leaky_relu", shape) for shape in SHAPES), call("leaky_relu", (3, 5), slope=0.3)],
    with_channels=lambda c: [call("leaky_relu", (2, c, 5, 4))],
    elementwise={"slope": 0.3},
    planted={
        "leaky relu: slope left out": plant(DISTINCT, lambda dout, c: np.where(c.x > 0, dout, 0), 0),
        "leaky relu: negative slope": plant(DISTINCT, lambda dout, c: np.where(c.x > 0, dout, -0.01 * dout), 0),
    },
    networks={
        "leaky relu": ([LeakyReLU(0.2), Affine(3)], ROW),
        "norms and pools": (
            [
                *(Conv(8, 3), GroupNorm(2), LeakyReLU(), AvgPool(2)),
                *(Conv(5, 1), LayerNorm(), GELU(), GlobalAvgPool(), Affine(3)),
            ],
            (3, 9, 8),
        ),
    },
    descriptions=[LeakyReLU(0.2)],
    outputs=[Output(LeakyReLU(), (3, 7), (3, 7), 0)],
    refused={
        "a slope as text": (lambda: LeakyReLU("0.1"), ["slope"]),
        "a slope that is no number": (lambda: LeakyReLU(np.nan), ["slope"]),
    },
    drawn=lambda draw, shape: LeakyReLU(draw.either(0.01, 0.3)),
    torch_modules=lambda nn: [(nn.LeakyReLU(0.1), (4,))],
    onnx_operators=["LeakyRelu"],
    onnx_node_tests=["leakyrelu_example", "leakyrelu", "leakyrelu_default"],
)
