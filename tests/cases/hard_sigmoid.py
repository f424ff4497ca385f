"""Cases of the hard sigmoid."""

import numpy as np
from tests.layer_cases import ROW, SHAPES, LayerCases, call, normal, plant

from pellucid.layers import hard_sigmoid_forward
from pellucid.nets import Affine, HardSigmoid

NORMAL = (hard_sigmoid_forward, normal((4, 5)))

CASES = LayerCases(
    kind="hard_sigmoid",
    calls=[*(call("hard_sigmoid", shape) for shape in SHAPES)],
    with_channels=lambda c: [call("hard_sigmoid", (2, c, 5, 4))],
    elementwise={},
    planted={
        "hard sigmoid: slope 1": plant(NORMAL, lambda dout, c: np.where(abs(c.x) < 3, dout, 0), 0),
        "hard sigmoid: slope 0.2": plant(NORMAL, lambda dout, c: np.where(abs(c.x) < 3, 0.2 * dout, 0), 0),
    },
    networks={"hard sigmoid": ([HardSigmoid(), Affine(3)], ROW)},
    descriptions=[HardSigmoid()],
    drawn=lambda draw, shape: HardSigmoid(),
    torch_modules=lambda nn: [(nn.Hardsigmoid(), (4,))],
    onnx_operators=["HardSigmoid"],
    onnx_node_tests=[],
)
