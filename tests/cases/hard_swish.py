"""Cases of hard swish."""

import numpy as np
from tests.layer_cases import ROW, SHAPES, LayerCases, call, normal, plant

from pellucid.layers import hard_swish_forward
from pellucid.nets import Affine, HardSwish

NORMAL = (hard_swish_forward, normal((4, 5)))

CASES = LayerCases(
    kind="hard_swish",
    calls=[*(call("hard_swish", shape) for shape in SHAPES)],
    with_channels=lambda c: [call("hard_swish", (2, c, 5, 4))],
    elementwise={},
    planted={
        "hard swish: without the path through the sigmoid": plant(
            NORMAL, lambda dout, c: dout * np.clip(c.x / 6 + 0.5, 0, 1), 0
        ),
        "hard swish: x / 6": plant(NORMAL, lambda dout, c: np.where(abs(c.x) < 3, dout * (c.x / 6 + 0.5), dout), 0),
    },
    networks={"hard swish": ([HardSwish(), Affine(3)], ROW)},
    descriptions=[HardSwish()],
    drawn=lambda draw, shape: HardSwish(),
    torch_modules=lambda nn: [(nn.Hardswish(), (4,))],
    onnx_operators=["HardSwish"],
    onnx_node_tests=["hardswish"],
)
