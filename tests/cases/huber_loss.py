"""Cases of the Huber loss."""

import numpy as np
from tests.cases.softmax_loss import LABELS, losses, lost, one_hot
from tests.layer_cases import LayerCases, normal, plant

from pellucid.layers import huber_loss

# Errors on both sides of delta = 1.
SCORES = (lambda scores: (huber_loss(scores, LABELS)[0], scores)), (3 * normal((4, 3))[0],)


def clipped(s, delta=1.0):
    return np.clip(s - one_hot(s), -delta, delta)


CASES = LayerCases(
    kind="huber_loss",
    calls=[
        *losses("huber_loss"),
        lost("huber_loss", 5, 7, numbers=True),
        lost("huber_loss", 5, 7, numbers=True, delta=0.3),
    ],
    planted={
        "huber: not clipped": plant(SCORES, lambda d, s: d * (s - one_hot(s)) / 12, 0),
        "huber: sign everywhere": plant(SCORES, lambda d, s: d * np.sign(s - one_hot(s)) / 12, 0),
        "huber: twice the error": plant(SCORES, lambda d, s: d * 2 * clipped(s) / 12, 0),
    },
)
