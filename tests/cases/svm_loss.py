"""Cases of the multiclass hinge loss."""

import numpy as np
from tests.cases.softmax_loss import LABELS, losses, one_hot, scored
from tests.layer_cases import LayerCases, plant

from pellucid.layers import svm_loss


def margins(scores):
    found = np.maximum(0, scores - scores[np.arange(4), LABELS][:, None] + 1)
    found[np.arange(4), LABELS] = 0
    return found


def margins_for_their_sign(d, s):
    return d * (margins(s) - one_hot(s) * margins(s).sum(axis=1, keepdims=True)) / 4


SCORES = scored(svm_loss)

CASES = LayerCases(
    kind="svm_loss",
    calls=losses("svm_loss"),
    planted={
        "svm: label's row counted once": plant(SCORES, lambda d, s: d * ((margins(s) > 0) - one_hot(s)) / 4, 0),
        "svm: label's row not counted": plant(SCORES, lambda d, s: d * (margins(s) > 0) / 4, 0),
        "svm: margins for their sign": plant(SCORES, margins_for_their_sign, 0),
    },
)
