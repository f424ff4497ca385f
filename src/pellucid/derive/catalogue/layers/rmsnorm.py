"""Root-mean-square normalization."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import EPS_NOTE, arrays
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "rmsnorm"]


def rmsnorm(x: Array, gamma: Array, eps: float = 1e-5) -> Array:
    """Each row divided by the root of the mean of its squares, then scaled by feature."""
    squared = x**2
    mean = squared.mean(axis=1, keepdims=True)
    rms = np.sqrt(mean + eps)
    inv_rms = 1 / rms
    x_hat = x * inv_rms
    return gamma * x_hat


DERIVATIONS = (
    Derivation(
        "rmsnorm",
        rmsnorm,
        "x=N,D gamma=D",
        pair_by_hand("rmsnorm"),
        numbers=arrays([[1, 1, 1, 1], [2, 2, 0, 0]], [1, 2, 1, 2]),
        numbers_function=lambda x, gamma: rmsnorm(x, gamma, 0.0),
        numbers_note=EPS_NOTE,
    ),
)
EXPLANATION = Explanation(
    name="rmsnorm",
    title="Root-mean-square normalization",
    formula=(
        "x_hat = x / sqrt(mean(x**2) + eps)    out = gamma * x_hat",
        "dx = inv_rms * (g - x_hat * mean(g * x_hat)),   g = dout * gamma, means over the features",
    ),
    shapes="x (N, D), gamma (D,)",
    why="A feature reaches the outputs through its own x_hat and through the mean of the squares, which the whole row"
    " shares: two paths, "
    "whose gradients are added. No mean is subtracted, so layer normalization's third path is missing.",
    mistakes=(
        "the path through the mean of the squares forgotten: dx = inv_rms * g",
        "the mean of g subtracted, as in layer normalization",
        "eps added outside the root",
    ),
    source="Zhang & Sennrich 2019",
)
