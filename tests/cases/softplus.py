"""Cases of softplus."""

import numpy as np
from tests.layer_cases import ROW, SHAPES, LayerCases, call, normal, plant

from pellucid.layers import softplus_forward
from pellucid.nets import Affine, Softplus

NORMAL = (softplus_forward, normal((4, 5)))

CASES = LayerCases(
    kind="softplus",
    calls=[*(call("softplus", shape) for shape in SHAPES)],
    with_channels=lambda c: [call("softplus", (2, c, 5, 4))],
    elementwise={},
    planted={
        "softplus: sigmoid of -x": plant(NORMAL, lambda dout, c: dout / (1 + np.exp(c.x)), 0),
    },
    networks={"softplus": ([Softplus(), Affine(3)], ROW)},
    descriptions=[Softplus()],
    drawn=lambda draw, shape: Softplus(),
    torch_modules=lambda nn: [(nn.Softplus(), (4,))],
    onnx_operators=["Softplus"],
    onnx_node_tests=["softplus", "softplus_example"],
)
