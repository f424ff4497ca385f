"""Cases of SELU."""

import numpy as np
from tests.layer_cases import ROW, SHAPES, LayerCases, call, normal, plant

from pellucid.layers import selu_forward
from pellucid.nets import SELU, Affine

NORMAL = (selu_forward, normal((4, 5)))

CASES = LayerCases(
    kind="selu",
    calls=[*(call("selu", shape) for shape in SHAPES)],
    with_channels=lambda c: [call("selu", (2, c, 5, 4))],
    elementwise={},
    planted={
        "selu: no scale on the left": plant(
            NORMAL, lambda dout, c: np.where(c.x > 0, 1.0507 * dout, 1.67326 * np.exp(c.x) * dout), 0
        ),
        "selu: no scale on the right": plant(
            NORMAL, lambda dout, c: np.where(c.x > 0, dout, 1.7581 * np.exp(c.x) * dout), 0
        ),
    },
    networks={"selu": ([SELU(), Affine(3)], ROW)},
    descriptions=[SELU()],
    drawn=lambda draw, shape: SELU(),
    torch_modules=lambda nn: [(nn.SELU(), (4,))],
    onnx_operators=["Selu"],
    onnx_node_tests=["selu_default"],
)
