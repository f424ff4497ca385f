"""Cases of ELU."""

import numpy as np
from tests.layer_cases import ROW, SHAPES, LayerCases, call, normal, plant

from pellucid.layers import elu_forward
from pellucid.nets import ELU, Affine

NORMAL = (elu_forward, normal((4, 5)))

CASES = LayerCases(
    kind="elu",
    calls=[*(call("elu", shape) for shape in SHAPES), call("elu", (3, 5), alpha=0.3)],
    with_channels=lambda c: [call("elu", (2, c, 5, 4))],
    elementwise={"alpha": 0.5},
    planted={
        "elu: a negative slope": plant(
            NORMAL, lambda dout, c: np.where(c.x > 0, dout, dout * c.alpha * np.expm1(c.x)), 0
        ),
        "elu: as relu": plant(NORMAL, lambda dout, c: np.where(c.x > 0, dout, 0), 0),
    },
    networks={"elu": ([ELU(0.5), Affine(3)], ROW)},
    descriptions=[ELU(0.5)],
    refused={
        "an alpha as text": (lambda: ELU("1"), ["ELU: alpha must be a number; got '1'"]),
        "an alpha that is no number": (lambda: ELU(np.nan), ["ELU: alpha must be"]),
    },
    drawn=lambda draw, shape: ELU(draw.either(0.5, 1.0)),
    torch_modules=lambda nn: [(nn.ELU(0.5), (4,))],
    onnx_operators=["Elu"],
    onnx_node_tests=["elu", "elu_example", "elu_default"],
)
