"""Affine, batch normalization, ReLU, dropout."""

import numpy as np

from pellucid import layers
from pellucid.derive.catalogue.activations.relu import relu
from pellucid.derive.catalogue.layers.affine import affine
from pellucid.derive.catalogue.layers.batchnorm import batchnorm
from pellucid.derive.catalogue.layers.dropout import dropout
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import SMALL_MASK, arrays, mask_for
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "affine_norm_relu_dropout"]


def affine_norm_relu_dropout(
    x: Array, w: Array, b: Array, gamma: Array, beta: Array, mask: Array, keep: float = 0.5
) -> Array:
    """dropout(relu(batchnorm(affine(x))))."""
    hidden = affine(x, w, b)
    normalized = batchnorm(hidden, gamma, beta)
    active = relu(normalized)
    return dropout(active, mask, keep)


def by_hand(dout: Array, x: Array, w: Array, b: Array, gamma: Array, beta: Array, mask: Array) -> tuple[Array, ...]:
    """The library's backward pass; its mask is drawn from the same key as the example's."""
    _, cache = layers.affine_norm_relu_dropout_forward(x, w, b, gamma, beta, keep=0.5, key=(0, 0, 0))
    if not np.array_equal(cache.dropout.mask, mask):
        raise ValueError("affine_norm_relu_dropout: the mask of the example is not the one the layer draws")
    return layers.affine_norm_relu_dropout_backward(dout, cache)


DERIVATIONS = (
    Derivation(
        "affine_norm_relu_dropout",
        affine_norm_relu_dropout,
        "x=N,D w=D,M b=M gamma=M beta=M",
        by_hand,
        mask_for("N", "M"),
        numbers=(*arrays([[1, 2], [3, 4]], [[1, 0], [-1, 3]], [1, 2], [1, 2], [0, 1]), SMALL_MASK),
    ),
)
