"""Cases of the softmax loss, and what those of the other losses are made of."""

import numpy as np
from tests.layer_cases import Call, LayerCases, normal, plant

from pellucid.layers import softmax_loss


def lost(layer, rows, classes, *, weighted=False, numbers=False, **settings):
    """A call of a loss: scores, labels (or targets that are numbers), weights of the rows where they are asked for."""

    def make(rng):
        scores = 3 * rng.standard_normal((rows, classes))
        targets = rng.standard_normal((rows, classes)) if numbers else rng.integers(0, classes, rows)
        weights = {"weights": rng.uniform(0, 2, rows)} if weighted else {}
        return (scores, targets), {**weights, **settings}

    flags = f"{' weighted' if weighted else ''}{' numbers' if numbers else ''}{settings or ''}"
    return Call(layer, f"{rows}x{classes}{flags}", make)


def softly_lost(layer, rows, classes, **settings):
    """A call of a loss with soft targets: shares of the classes, which sum to 1."""

    def make(rng):
        shares = rng.uniform(0, 1, (rows, classes)) * (rng.uniform(0, 1, (rows, classes)) < 0.5)  # some are 0
        shares[:, :1] += 0.1  # there may be no class
        return (3 * rng.standard_normal((rows, classes)), shares / shares.sum(axis=1, keepdims=True)), settings

    return Call(layer, f"{rows}x{classes} soft{settings or ''}", make)


def losses(layer):
    sizes = [(1, 1), (1, 10), (31, 17), (33, 32)]
    return [*(lost(layer, rows, classes) for rows, classes in sizes), lost(layer, 5, 7, weighted=True)]


LABELS = np.array([0, 2, 1, 2])


def scored(loss):
    """The loss of four rows as a forward, whose cache is the scores, and its input."""
    return (lambda scores: (loss(scores, LABELS)[0], scores)), normal((4, 3))


def softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def one_hot(scores):
    return np.eye(scores.shape[1])[LABELS]


SCORES = scored(softmax_loss)

CASES = LayerCases(
    kind="softmax_loss",
    calls=[
        *losses("softmax_loss"),
        lost("softmax_loss", 5, 7, label_smoothing=0.1),
        softly_lost("softmax_loss", 31, 17),
        softly_lost("softmax_loss", 5, 7, label_smoothing=0.1, weights=np.arange(5.0)),
    ],
    with_channels=lambda c: [lost("softmax_loss", 3, c)],
    planted={
        "softmax: not divided by N": plant(SCORES, lambda d, s: d * (softmax(s) - one_hot(s)), 0),
        "softmax: divided by N twice": plant(SCORES, lambda d, s: d * (softmax(s) - one_hot(s)) / 16, 0),
        "softmax: divided by N C": plant(SCORES, lambda d, s: d * (softmax(s) - one_hot(s)) / 12, 0),
        "softmax: label not subtracted": plant(SCORES, lambda d, s: d * softmax(s) / 4, 0),
        "softmax: upstream left out": plant(SCORES, lambda d, s: (softmax(s) - one_hot(s)) / 4, 0),
    },
)
