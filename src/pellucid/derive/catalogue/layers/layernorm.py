"""Layer normalization."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.catalogue.layers.batchnorm import THREE_PATHS
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import EPS_NOTE, arrays
from pellucid.derive.explanation import Explanation
from pellucid.layers import layernorm_forward
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "layernorm"]


def layernorm(x: Array, gamma: Array, beta: Array, eps: float = 1e-5) -> Array:
    """Each row with zero mean and unit variance over its features, then scaled and shifted by feature."""
    mean = x.mean(axis=1, keepdims=True)
    centered = x - mean
    squared = centered**2
    var = squared.mean(axis=1, keepdims=True)
    std = np.sqrt(var + eps)
    inv_std = 1 / std
    x_hat = centered * inv_std
    scaled = gamma * x_hat
    return scaled + beta


DERIVATIONS = (
    Derivation(
        "layernorm",
        layernorm,
        "x=N,D gamma=D beta=D",
        pair_by_hand("layernorm"),
        numbers=arrays([[1, 1, 3, 3], [2, 8, 8, 2]], [1, 2, 1, 2], [0, 1, 0, 1]),
        numbers_function=lambda x, gamma, beta: layernorm(x, gamma, beta, 0.0),
        numbers_note=EPS_NOTE,
    ),
)
ALIASES = {"ln": "layernorm", "layer_normalization": "layernorm"}


def sizes_of_rows() -> tuple[str, ...]:
    """Say what the number of features D does to a row's statistics, in numbers from 2,000 rows of noise, mean 0 and spread 1."""
    lines = [
        "What the hidden size D does: a row's mean and spread are estimated from its D features alone, so few features make them "
        "noisy. Computed now, from 2,000 rows of noise with mean 0 and spread 1, what 9 of 10 rows (and entries) have:",
        "      D      mean              spread           |x_hat|",
    ]
    for features in (1, 2, 4, 16, 64, 256):
        x = np.random.default_rng(0).standard_normal((2000, features))
        _, cache = layernorm_forward(x, np.ones(features), np.zeros(features))
        columns = map(_nine_of_ten, (x.mean(axis=1), x.std(axis=1), np.abs(cache.x_hat)))
        lines.append(f"  {features:5}   {'    '.join(columns)}")
    out, _ = layernorm_forward(np.array([[-3.0], [0.5], [100.0]]), np.array([2.0]), np.array([7.0]))
    given = ", ".join(f"{value:g}" for value in out[:, 0])
    return (
        *lines,
        "With D = 1, x is its own mean, so x_hat is 0 and the output is beta: with gamma 2 and beta 7 the rows -3, 0.5 and 100 "
        f"give {given}. With D = 2, x_hat is +1 and -1 for almost every row: only which entry is larger gets through.",
    )


def _nine_of_ten(values: Array) -> str:
    low, high = np.quantile(values, (0.05, 0.95))
    return f"{low:5.2f} to {high:5.2f}"


EXPLANATION = Explanation(
    name="layernorm",
    title="Layer normalization",
    formula=(
        "as batch normalization, with mean and var over the features of a row",
        "dx = inv_std * (g - mean(g) - x_hat * mean(g * x_hat)),   means over the features",
    ),
    shapes="x (N, D), gamma, beta (D,), mean, var (N, 1)",
    why=f"{THREE_PATHS} Rows do not depend on each other, so training and inference compute the same.\n\n"
    "Why gamma and beta are (D,) although the statistics are per row: statistics are computed from the data and may differ from "
    "row to row. gamma and beta are learned and must fit every row there will ever be, at any batch size, so they cannot have "
    "an entry per row. They have one per feature, since features, unlike rows, have a meaning of their own: each gets back "
    "the scale and offset that the next layer needs. They are broadcast over the rows, so their gradients are summed over the "
    "rows (axis 0), while the means in dx run over the features (axis 1).",
    computed=sizes_of_rows,
    mistakes=(
        "layernorm_forward:axis-0",
        "layernorm_forward:eps-outside-root",
        "layernorm_backward:axis-0",
        "layernorm_backward:paths-forgotten",
        "layernorm_backward:dgamma-wrong-axis",
    ),
    source="Ba, Kiros & Hinton 2016",
    studies=("layer-norm", "norms"),
)
