"""Cases of the focal loss of a sigmoid."""

from tests.cases.bce_loss import marked, sigmoid
from tests.cases.softmax_loss import losses, one_hot, scored
from tests.layer_cases import LayerCases, plant

from pellucid.layers import binary_focal_loss

SCORES = scored(binary_focal_loss)

CASES = LayerCases(
    kind="binary_focal_loss",
    calls=[
        *losses("binary_focal_loss"),
        marked("binary_focal_loss", 5, 7),
        marked("binary_focal_loss", 5, 7, gamma=0.5),
        marked("binary_focal_loss", 5, 7, gamma=0.0),
    ],
    planted={
        "binary focal: cross-entropy's gradient": plant(SCORES, lambda d, s: d * (sigmoid(s) - one_hot(s)) / 12, 0),
        "binary focal: the factor taken for a constant": plant(
            SCORES,
            lambda d, s: d * abs(sigmoid(s) - one_hot(s)) ** 2 * (sigmoid(s) - one_hot(s)) / 12,
            0,
        ),
    },
)
