"""Softmax loss (cross-entropy), plain and with label smoothing and weights of rows."""

from typing import Any

import numpy as np

from pellucid.derive.by_hand import ByHand, loss_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import labels_for
from pellucid.derive.explanation import Explanation
from pellucid.layers import softmax_loss
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "log_softmax", "softmax", "softmax_smoothed"]


def softmax(scores: Array, labels: Array) -> Any:
    """Cross-entropy: the mean of minus the logarithm of the probability given to the label."""
    log_p = log_softmax(scores)
    rows = np.arange(len(scores))
    chosen = log_p[rows, labels]
    likelihood = chosen.mean()
    return -likelihood


def softmax_smoothed(scores: Array, labels: Array, weights: Array, label_smoothing: float = 0.1) -> Any:
    """Cross-entropy with a share of the label spread over all classes; each row counts with its weight."""
    log_p = log_softmax(scores)
    rows = np.arange(len(scores))
    chosen = log_p[rows, labels]
    everywhere = log_p.mean(axis=1)
    likelihood = (1 - label_smoothing) * chosen + label_smoothing * everywhere
    weighted = weights * likelihood
    total = weighted.sum()
    return -total / weights.sum()


def log_softmax(scores: Array) -> Array:
    """The logarithm of each class's probability; the maximum is subtracted so that exp does not overflow."""
    highest = scores.max(axis=1, keepdims=True)
    shifted = scores - highest
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=1, keepdims=True)
    log_total = np.log(total)
    return shifted - log_total


def smoothed_by_hand(dout: Array, scores: Array, labels: Array, weights: Array) -> tuple[Array, ...]:
    """The library's loss with label smoothing 0.1 and a weight for each row."""
    by_hand: ByHand = loss_by_hand(softmax_loss, label_smoothing=0.1, weights=weights)
    return by_hand(dout, scores, labels)


def labels_and_weights(sizes: dict[str, int]) -> tuple[Array, ...]:
    """Labels, and weights 1, 2, ... of the rows: integers, to which no gradient flows."""
    return (*labels_for("N", "M")(sizes), np.arange(1, sizes["N"] + 1))


SCORES, LABELS = np.array([[1.0, 2, 3], [3, 0, 0]]), np.array([2, 0])
DERIVATIONS = (
    Derivation(
        "softmax", softmax, "scores=N,M", loss_by_hand(softmax_loss), labels_for("N", "M"), numbers=(SCORES, LABELS)
    ),
    Derivation(
        "softmax_smoothed",
        softmax_smoothed,
        "scores=N,M",
        smoothed_by_hand,
        labels_and_weights,
        numbers=(SCORES, LABELS, np.array([1, 3])),
    ),
)
ALIASES = {"softmax_loss": "softmax", "cross_entropy": "softmax", "categorical_crossentropy": "softmax"}
EXPLANATION = Explanation(
    name="softmax",
    title="Softmax loss (cross-entropy)",
    formula=("p = exp(scores - max) / sum    loss = mean of -log p[label]", "dscores = (p - one-hot label) / N"),
    shapes="scores (N, C), labels (N,)",
    why="The logarithm undoes the exponential, so the gradient is the difference between predicted probabilities and the label. "
    "The maximum is subtracted so that exp does not overflow; its own gradient cancels, since shifting all scores changes nothing.",
    mistakes=(
        "softmax_loss:softmax-no-shift",
        "softmax_loss:gradient-not-averaged",
        "softmax_loss:softmax-whole-columns",
        "softmax_loss:log-of-0",
    ),
    source="Bridle 1990",
    studies=("learning-rate",),
    covers=("softmax_smoothed",),
)
