"""Cases of PReLU."""

import numpy as np
from tests.layer_cases import IMAGE, ROW, LayerCases, Output, call, distinct, edit, plant

from pellucid.layers import prelu_backward, prelu_forward
from pellucid.nets import Affine, Conv, Flatten, PReLU

DISTINCT = (prelu_forward, (distinct(4, 5), np.linspace(0.1, 0.5, 5)))
SHARED = (prelu_forward, (distinct(2, 3, 4), np.array([0.2])))

CASES = LayerCases(
    kind="prelu",
    calls=[
        *(call("prelu", shape, shape[1:2]) for shape in [(1, 1), (1, 32), (33, 17), (2, 3, 5, 4), (3, 17, 2, 31)]),
        *(call("prelu", shape, (1,)) for shape in [(4, 7), (2, 3, 5, 4)]),
    ],
    with_channels=lambda c: [call("prelu", (2, c, 5, 4), (c,)), call("prelu", (3, c), (c,))],
    planted={
        "prelu: slope left out": plant(
            DISTINCT, edit(prelu_backward, g0=lambda g, dout, c: np.where(c.x > 0, dout, 0)), 0
        ),
        "prelu: dslope of every entry": plant(
            DISTINCT, edit(prelu_backward, g1=lambda g, dout, c: (dout * c.x).sum(axis=0)), 1
        ),
        "prelu: dslope averaged": plant(DISTINCT, edit(prelu_backward, g1=lambda g, dout, c: g / len(dout)), 1),
        "prelu: shared dslope of one channel": plant(
            SHARED,
            edit(
                prelu_backward, g1=lambda g, dout, c: np.where(c.x > 0, 0, dout * c.x)[:, :1].sum(keepdims=True)[0, 0]
            ),
            1,
        ),
    },
    networks={
        "prelu of an image": ([Conv(4, 3), PReLU(), Flatten(), Affine(3)], IMAGE),
        "prelu of features": ([Affine(5), PReLU(0.1), Affine(4), PReLU(shared=True), Affine(3)], ROW),
    },
    descriptions=[PReLU(0.1), PReLU(0.3, shared=True)],
    outputs=[Output(PReLU(), (3, 7, 2), (3, 7, 2), 0)],
    refused={
        "a slope as text": (lambda: PReLU("0.1"), ["slope"]),
        "a slope that is not a number": (lambda: PReLU(np.nan), ["slope"]),
        "shared as a number": (lambda: PReLU(shared=1), ["shared must be True or False"]),
    },
    drawn=lambda draw, shape: PReLU(draw.either(0.01, 0.3), draw.either(True, False)),
    torch_modules=lambda nn: [(nn.PReLU(), (4,)), (nn.PReLU(3, init=0.1), (3, 5, 4))],
    onnx_operators=["PRelu"],
)
