"""Cases of GELU, in its exact form."""

import numpy as np
from tests.layer_cases import ROW, SHAPES, LayerCases, call, normal, plant

from pellucid.layers import gelu_forward
from pellucid.nets import GELU, Affine

NORMAL = (gelu_forward, normal((4, 5)))

CASES = LayerCases(
    kind="gelu",
    calls=[call("gelu", shape) for shape in SHAPES],
    with_channels=lambda c: [call("gelu", (2, c, 5, 4))],
    elementwise={},
    planted={
        "gelu: without x p(x)": plant(NORMAL, lambda dout, c: dout * c.below, 0),
        "gelu: derivative of the approximation": plant(
            NORMAL, lambda dout, c: dout * (1 / (1 + np.exp(-1.702 * c.x))), 0
        ),
    },
    networks={"gelu": ([GELU(), Affine(3)], ROW)},
    descriptions=[GELU()],
    drawn=lambda draw, shape: GELU(),
    torch_modules=lambda nn: [(nn.GELU(), (4,))],
    onnx_operators=["Gelu"],
    onnx_node_tests=["gelu_default_1", "gelu_default_2"],
)
