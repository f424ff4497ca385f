"""Cases of the mean absolute error."""

import numpy as np
from tests.cases.softmax_loss import losses, lost, one_hot, scored
from tests.layer_cases import LayerCases, plant

from pellucid.layers import mae_loss

SCORES = scored(mae_loss)

CASES = LayerCases(
    kind="mae_loss",
    calls=[*losses("mae_loss"), lost("mae_loss", 5, 7, numbers=True)],
    planted={
        "mae: the error for its sign": plant(SCORES, lambda d, s: d * (s - one_hot(s)) / 12, 0),
        "mae: not divided by C": plant(SCORES, lambda d, s: d * np.sign(s - one_hot(s)) / 4, 0),
    },
)
