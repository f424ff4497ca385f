"""Cases of inverted dropout."""

import numpy as np
from tests.layer_cases import ROW, SHAPES, Call, LayerCases, normal, plant

from pellucid.layers import dropout_forward
from pellucid.nets import Affine, Dropout

KEEPS = [0.5, 0.1, 1.0] * 2
INPUTS = (lambda x: dropout_forward(x, 0.7, (1, 2, 3)), normal((4, 5)))


def dropped(layer, shape, keep):
    return Call(layer, f"{shape} keep={keep}", lambda rng: ((rng.standard_normal(shape), keep, (3, 1, 4)), {}))


CASES = LayerCases(
    kind="dropout",
    calls=[dropped("dropout", shape, keep) for shape, keep in zip(SHAPES, KEEPS, strict=True)],
    with_channels=lambda c: [dropped("dropout", (2, c, 5, 4), 0.6)],
    planted={
        "dropout: without 1 / keep": plant(INPUTS, lambda dout, c: dout * c.mask, 0),
        "dropout: keep for 1 / keep": plant(INPUTS, lambda dout, c: dout * c.mask * c.keep, 0),
        "dropout: 1 / (1 - keep)": plant(INPUTS, lambda dout, c: dout * c.mask / (1 - c.keep), 0),
        "dropout: no mask": plant(INPUTS, lambda dout, c: dout / c.keep, 0),
        "dropout: another mask": plant(INPUTS, lambda dout, c: dropout_forward(dout, c.keep, (1, 2, 4))[0], 0),
    },
    networks={"dropout": ([Dropout(keep=0.6), Affine(3)], ROW)},
    descriptions=[Dropout(keep=0.3)],
    refused={
        "keep 0": (lambda: Dropout(0), ["Dropout: keep must lie in (0, 1]; got 0"]),
        "keep nan": (lambda: Dropout(np.nan), ["Dropout: keep must lie in (0, 1]; got nan"]),
        "keep as text": (lambda: Dropout("0.5"), ["keep"]),
    },
    drawn=lambda draw, shape: Dropout(keep=draw.either(0.5, 0.8, 1.0)),
    torch_modules=lambda nn: [(nn.Dropout(0.25), (4,))],
)
