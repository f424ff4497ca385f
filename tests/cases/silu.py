"""Cases of SiLU."""

import numpy as np
from tests.layer_cases import ROW, SHAPES, LayerCases, call, normal, plant

from pellucid.layers import silu_forward
from pellucid.nets import Affine, SiLU

NORMAL = (silu_forward, normal((4, 5)))

CASES = LayerCases(
    kind="silu",
    calls=[*(call("silu", shape) for shape in SHAPES)],
    with_channels=lambda c: [call("silu", (2, c, 5, 4))],
    elementwise={},
    planted={
        "silu: without the path through the sigmoid": plant(NORMAL, lambda dout, c: dout / (1 + np.exp(-c.x)), 0),
        "silu: without the factor": plant(
            NORMAL, lambda dout, c: dout * c.x * np.exp(-c.x) / (1 + np.exp(-c.x)) ** 2, 0
        ),
    },
    networks={"silu": ([SiLU(), Affine(3)], ROW)},
    descriptions=[SiLU()],
    drawn=lambda draw, shape: SiLU(),
    torch_modules=lambda nn: [(nn.SiLU(), (4,))],
)
