"""Cases of binary cross-entropy."""

import numpy as np
from tests.cases.softmax_loss import losses, one_hot, scored
from tests.layer_cases import Call, LayerCases, plant

from pellucid.layers import bce_loss


def marked(layer, rows, columns, **settings):
    """A call with indicators: scores, and 0 and 1 for each entry."""

    def make(rng):
        return (3 * rng.standard_normal((rows, columns)), rng.integers(0, 2, (rows, columns))), settings

    return Call(layer, f"{rows}x{columns} indicators {settings or ''}", make)


def sigmoid(scores):
    return 1 / (1 + np.exp(-scores))


SCORES = scored(bce_loss)

CASES = LayerCases(
    kind="bce_loss",
    calls=[*losses("bce_loss"), marked("bce_loss", 5, 7), marked("bce_loss", 33, 1)],
    planted={
        "bce: not divided by C": plant(SCORES, lambda d, s: d * (sigmoid(s) - one_hot(s)) / 4, 0),
        "bce: target not subtracted": plant(SCORES, lambda d, s: d * sigmoid(s) / 12, 0),
        "bce: derivative of the sigmoid left in": plant(
            SCORES, lambda d, s: d * (sigmoid(s) - one_hot(s)) * sigmoid(s) * (1 - sigmoid(s)) / 12, 0
        ),
    },
)
