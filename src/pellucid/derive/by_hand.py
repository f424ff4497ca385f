"""What the library's hand-written backward passes give, asked for like a derived one: by_hand(dout, *inputs) -> gradients."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid import layers
from pellucid.derive import definitions
from pellucid.shapes import Array

__all__ = [
    "ByHand",
    "batchnorm_by_hand",
    "dropout_by_hand",
    "labels_for",
    "loss_by_hand",
    "mask_for",
    "mse_by_hand",
    "pair_by_hand",
    "sandwich_with_dropout_by_hand",
    "smoothed_loss",
    "weighted_labels_for",
]

ByHand = Callable[..., tuple[Array, ...]]  # (dout, *inputs) -> gradients of the arrays that learn


def pair_by_hand(name: str, **options: Any) -> ByHand:
    """The library's backward of a layer."""
    table = layers.REFERENCE.pair(name)

    def by_hand(dout: Array, *inputs: Array) -> tuple[Array, ...]:
        _, cache = table.forward(*inputs, **options)
        returned = table.backward(dout, cache)
        return returned if isinstance(returned, tuple) else (returned,)

    return by_hand


def batchnorm_by_hand(dout: Array, x: Array, gamma: Array, beta: Array) -> tuple[Array, ...]:
    """Node by node, as `batchnorm_backward` is written."""
    _, cache = layers.batchnorm_forward(x, gamma, beta)
    return layers.batchnorm_backward(dout, cache)


def dropout_by_hand(name: str) -> ByHand:
    """Dropout by name, with the mask as an input and keep 0.5."""

    def by_hand(dout: Array, x: Array, mask: Array) -> tuple[Array, ...]:
        cache = layers.DropoutCache(mask, 0.5)
        return (layers.REFERENCE.pair(name).backward(dout, cache),)

    return by_hand


def loss_by_hand(loss: Callable[..., tuple[float, Array]]) -> ByHand:
    """A loss: its gradient times the upstream number."""

    def by_hand(dout: Array, scores: Array, *given: Array) -> tuple[Array, ...]:
        return (dout * loss(scores, *given)[1],)

    return by_hand


def smoothed_loss(scores: Array, labels: Array, weights: Array) -> tuple[float, Array]:
    """The softmax loss with label smoothing 0.1 and a weight for each row."""
    return layers.softmax_loss(scores, labels, label_smoothing=0.1, weights=weights)


def mse_by_hand(dout: Array, scores: Array, targets: Array) -> tuple[Array, ...]:
    """The squared error; the targets receive the gradient with its sign turned, which the library leaves out."""
    gradient = dout * layers.mse_loss(scores, targets)[1]
    return gradient, -gradient  # the library takes targets as given; the graph says what they would receive


def sandwich_with_dropout_by_hand(
    dout: Array, x: Array, w: Array, b: Array, gamma: Array, beta: Array, mask: Array
) -> tuple[Array, ...]:
    """The sandwich of affine, batch norm, relu and dropout."""
    _, cache = layers.affine_norm_relu_dropout_forward(x, w, b, gamma, beta, keep=0.5, key=(0, 0, 0))
    assert np.array_equal(cache.dropout.mask, mask)
    return layers.affine_norm_relu_dropout_backward(dout, cache)


def labels_for(rows: str, classes: str) -> Callable[[dict[str, int]], tuple[Array, ...]]:
    """Labels 1, 2, ... for so many rows and classes."""
    return lambda sizes: (np.arange(1, sizes[rows] + 1) % sizes[classes],)


def weighted_labels_for(rows: str, classes: str) -> Callable[[dict[str, int]], tuple[Array, ...]]:
    """The same, and weights 1, 2, ... of the rows: whole numbers, which are given and do not learn."""
    return lambda sizes: (*labels_for(rows, classes)(sizes), np.arange(1, sizes[rows] + 1))


def mask_for(*axes: str) -> Callable[[dict[str, int]], tuple[Array, ...]]:
    """A dropout mask of these axes."""
    return lambda sizes: (definitions.mask_of(tuple(sizes[a] for a in axes), 0.5),)
