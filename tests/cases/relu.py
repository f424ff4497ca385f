"""Cases of ReLU."""

import numpy as np
from tests.layer_cases import ROW, SHAPES, LayerCases, call, distinct, plant

from pellucid.layers import relu_forward
from pellucid.nets import Affine, Conv, Flatten, ReLU, Residual

DISTINCT = (relu_forward, (distinct(4, 5),))

CASES = LayerCases(
    kind="relu",
    calls=[call("relu", shape) for shape in SHAPES],
    with_channels=lambda c: [call("relu", (2, c, 5, 4))],
    elementwise={},
    planted={
        "relu: mask of dout": plant(DISTINCT, lambda dout, c: np.where(dout > 0, dout, 0), 0),
        "relu: no mask": plant(DISTINCT, lambda dout, c: dout, 0),
        "relu: mask only": plant(DISTINCT, lambda dout, c: (c.out > 0).astype(float), 0),
        "relu: mask reversed": plant(DISTINCT, lambda dout, c: np.where(c.out > 0, 0, dout), 0),
    },
    networks={
        "relu": ([ReLU(), Affine(3)], ROW),
        "a relu that two read": ([Conv(4, 3, pad=1), ReLU(), Residual([ReLU()]), Flatten(), Affine(3)], (2, 5, 5)),
        "two relus": ([Affine(7), ReLU(), ReLU(), Affine(3)], (4,)),
    },
    descriptions=[ReLU()],
    drawn=lambda draw, shape: ReLU(),
    torch_modules=lambda nn: [(nn.ReLU(), (4,))],
    onnx_operators=["Relu"],
    onnx_node_tests=["relu"],
)
