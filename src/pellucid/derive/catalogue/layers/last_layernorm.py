"""Layer normalization over the last axis."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import EPS_NOTE, arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "last_layernorm"]


def last_layernorm(x: Array, gamma: Array, beta: Array, eps: float = 1e-5) -> Array:
    """Each row of the last axis with zero mean and unit variance, then scaled and shifted."""
    mean = x.mean(axis=2, keepdims=True)
    centered = x - mean
    squared = centered**2
    var = squared.mean(axis=2, keepdims=True)
    std = np.sqrt(var + eps)
    x_hat = centered / std
    scaled = gamma * x_hat
    return scaled + beta


DERIVATIONS = (
    Derivation(
        "last_layernorm",
        last_layernorm,
        "x=N,H,D gamma=D beta=D",
        pair_by_hand("last_layernorm"),
        numbers=arrays([[[1, 1, 3, 3], [2, 8, 8, 2]]], [1, 2, 1, 2], [0, 1, 0, 1]),
        numbers_function=lambda x, gamma, beta: last_layernorm(x, gamma, beta, 0.0),
        numbers_note=EPS_NOTE,
    ),
)
EXPLANATION = Explanation(
    name="last_layernorm",
    title="Layer normalization over the last axis",
    formula=(
        "as layer normalization, with mean and var over the last axis of each token or pixel",
        "dx = inv_std * (g - mean(g) - x_hat * mean(g * x_hat)),   means over the last axis",
    ),
    shapes="x (N, ..., D), gamma, beta (D,)",
    why="Mean and variance depend on every entry of their row, so dx has two paths more than the direct one. gamma and "
    "beta serve every row, so their gradients are summed over samples and places.",
    mistakes=("dgamma summed over the samples only", "means over the whole sample instead of its last axis"),
    source="Ba, Kiros & Hinton 2016; Liu et al. 2022 (pixels)",
)
