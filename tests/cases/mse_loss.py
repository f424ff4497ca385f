"""Cases of the mean squared error."""

from tests.cases.softmax_loss import losses, lost, one_hot, scored
from tests.layer_cases import LayerCases, plant

from pellucid.layers import mse_loss

SCORES = scored(mse_loss)

CASES = LayerCases(
    kind="mse_loss",
    calls=[*losses("mse_loss"), lost("mse_loss", 5, 7, numbers=True)],
    planted={
        "mse: without 2": plant(SCORES, lambda d, s: d * (s - one_hot(s)) / 12, 0),
        "mse: not divided by C": plant(SCORES, lambda d, s: d * 2 * (s - one_hot(s)) / 4, 0),
    },
)
