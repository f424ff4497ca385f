"""Batch normalization, by feature and by channel."""

import numpy as np

from pellucid import layers
from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import EPS_NOTE, ONE_CHANNEL, arrays, image
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "THREE_PATHS", "batchnorm", "spatial_batchnorm"]


def batchnorm(x: Array, gamma: Array, beta: Array, eps: float = 1e-5) -> Array:
    """Each feature with zero mean and unit variance over the batch, then scaled and shifted."""
    mean = x.mean(axis=0)
    centered = x - mean
    squared = centered**2
    var = squared.mean(axis=0)
    std = np.sqrt(var + eps)
    inv_std = 1 / std
    x_hat = centered * inv_std
    scaled = gamma * x_hat
    return scaled + beta


def spatial_batchnorm(x: Array, gamma: Array, beta: Array, eps: float = 1e-5) -> Array:
    """Batch normalization of (N, C, H, W) by channel."""
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    centered = x - mean
    squared = centered**2
    var = squared.mean(axis=(0, 2, 3), keepdims=True)
    std = np.sqrt(var + eps)
    inv_std = 1 / std
    x_hat = centered * inv_std
    scaled = gamma[:, None, None] * x_hat
    return scaled + beta[:, None, None]


def by_hand(dout: Array, x: Array, gamma: Array, beta: Array) -> tuple[Array, ...]:
    """The backward pass node by node; the table's is the simplified one."""
    _, cache = layers.batchnorm_forward(x, gamma, beta)
    return layers.batchnorm_backward(dout, cache)


DERIVATIONS = (
    Derivation(
        "batchnorm",
        batchnorm,
        "x=N,D gamma=D beta=D",
        by_hand,
        numbers=arrays([[1, 2], [1, 8], [3, 8], [3, 2]], [1, 2], [0, 1]),  # means 2 and 5, deviations 1 and 3
        numbers_function=lambda x, gamma, beta: batchnorm(x, gamma, beta, 0.0),
        numbers_note=EPS_NOTE,
    ),
    Derivation(
        "spatial_batchnorm",
        spatial_batchnorm,
        "x=N,C,H,W gamma=C beta=C",
        pair_by_hand("spatial_batchnorm"),
        numbers=(image([[1, 3], [3, 1]]), ONE_CHANNEL * 2, ONE_CHANNEL),
        numbers_function=lambda x, gamma, beta: spatial_batchnorm(x, gamma, beta, 0.0),
        numbers_note=EPS_NOTE,
    ),
)
THREE_PATHS = (
    "Mean and variance depend on every entry, so the gradient reaches x on three paths: directly, through the mean and through the "
    "variance. With g = dout * gamma they add up to inv_std * (g - mean(g) - x_hat * mean(g * x_hat)). "
    "Shifting or scaling x leaves x_hat unchanged, so dx has no component along either."
)
ALIASES = {"bn": "batchnorm", "batch_normalization": "batchnorm"}
EXPLANATION = Explanation(
    name="batchnorm",
    title="Batch normalization",
    formula=(
        "x_hat = (x - mean) / sqrt(var + eps)    out = gamma * x_hat + beta    mean, var over the batch",
        "dx = inv_std * (g - mean(g) - x_hat * mean(g * x_hat)),   g = dout * gamma",
    ),
    shapes="x (N, D), gamma, beta (D,); images (N, C, H, W): gamma, beta (C,), statistics over N, H, W",
    why=f"{THREE_PATHS} gamma and beta were broadcast over the rows, so their gradients are summed over them.",
    mistakes=(
        "batchnorm_forward:eps-outside-root",
        "batchnorm_forward:momentum-reversed",
        "batchnorm_forward:test-uses-batch",
        "batchnorm_backward:paths-forgotten",
        "spatial_batchnorm_forward:no-transpose",
    ),
    source="Ioffe & Szegedy 2015",
    studies=("init-scale", "batch-size", "bn-regularises", "eps-place"),
    covers=("spatial_batchnorm",),
)
