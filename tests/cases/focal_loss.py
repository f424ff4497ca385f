"""Cases of the focal loss of a softmax."""

from tests.cases.softmax_loss import LABELS, losses, lost, one_hot, scored, softmax
from tests.layer_cases import LayerCases, plant

from pellucid.layers import focal_loss

SCORES = scored(focal_loss)


def q_squared(s):
    return (1 - softmax(s)[range(4), LABELS])[:, None] ** 2


CASES = LayerCases(
    kind="focal_loss",
    calls=[*losses("focal_loss"), lost("focal_loss", 5, 7, gamma=0.5), lost("focal_loss", 5, 7, gamma=0.0)],
    planted={
        "focal: the factor taken for a constant": plant(
            SCORES, lambda d, s: d * q_squared(s) * (softmax(s) - one_hot(s)) / 4, 0
        ),
        "focal: cross-entropy's gradient": plant(SCORES, lambda d, s: d * (softmax(s) - one_hot(s)) / 4, 0),
    },
)
