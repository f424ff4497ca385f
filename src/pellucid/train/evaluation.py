"""Evaluation: scores, loss and accuracy of a network at inference."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from pellucid.layers import Layers, Loss, kind_of
from pellucid.nets import Network
from pellucid.nets.execute import loss_of
from pellucid.plan import Plan
from pellucid.shapes import Array
from pellucid.train.samples import Samples

__all__ = ["Evaluation", "evaluate", "first_output"]


class Evaluation(NamedTuple):
    """The scores of every sample, with their loss and accuracy."""

    loss: (
        float | None
    )  # mean (weighted if the samples are), without regularization; None where a file only names its function
    accuracy: float  # share of correct predictions, each row counted by its own weight; NaN if the targets are numbers
    scores: Array  # (N, C), of the rows whose weight is above 0
    metrics: Mapping[str, float] = MappingProxyType({})  # those that were asked for; for numbers also rmse, mae and r2
    targets: Array = np.zeros(0)  # (N,) or (N, K), as the loss reads them

    def __repr__(self) -> str:
        """Return the results in one line, without the arrays."""
        accuracy = [] if math.isnan(self.accuracy) else [f"accuracy {self.accuracy:.2%}"]
        metrics = [f"{name} {value:.4g}" for name, value in self.metrics.items()]
        loss = "loss unknown (give loss=function)" if self.loss is None else f"loss {self.loss:.4f}"
        return ", ".join([f"Evaluation of {len(self.scores):,} samples: {loss}", *accuracy, *metrics])


def evaluate(
    net: Network,
    samples: Samples,
    *,
    loss: Loss,
    label_smoothing: float,
    layers: Layers,
    batch_size: int = 256,
) -> Evaluation:
    """Run inference over the samples. A loss that is the name of somebody's own function, as a file records it, is left out."""
    known = callable(loss) or kind_of(loss) is not None  # a file holds the name of one's own function, not the function
    plan = Plan.inference(net, min(batch_size, samples.count or batch_size), layers=layers)
    total, weight_sum, correct, counted = 0.0, 0.0, 0.0, 0.0
    parts, targets = [], []
    for x, y, weights, rows in samples.plain_batches(batch_size):
        scores = first_output(plan.predict(x))
        if known:
            value, _ = loss_of(scores, y, loss=loss, label_smoothing=label_smoothing, weights=weights, layers=layers)
            weight = float(len(y) if weights is None else weights.sum())
            total += value * weight
            weight_sum += weight
        own = np.ones(len(y)) if samples.own is None else samples.own[rows]
        correct, counted = correct + float(own @ samples.correct(scores, y)), counted + float(own.sum())
        parts.append(scores)
        targets.append(y)
    every = np.concatenate(parts)
    accuracy = correct / counted if samples.labelled else float("nan")
    return Evaluation(total / weight_sum if known else None, accuracy, every, targets=np.concatenate(targets))


def first_output(predicted: Any) -> Array:
    """Return the scores: what a network predicts, or the first of several outputs, which the loss is of."""
    found: Array = predicted[0] if isinstance(predicted, tuple) else predicted
    return found
