"""Instance normalization."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.catalogue.layers.batchnorm import THREE_PATHS
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import EPS_NOTE
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "instancenorm"]


def instancenorm(x: Array, gamma: Array, beta: Array, eps: float = 1e-5) -> Array:
    """Each channel of each image with zero mean and unit variance over its pixels, then scaled and shifted by channel."""
    mean = x.mean(axis=(2, 3), keepdims=True)
    centered = x - mean
    squared = centered**2
    var = squared.mean(axis=(2, 3), keepdims=True)
    std = np.sqrt(var + eps)
    inv_std = 1 / std
    x_hat = centered * inv_std
    scaled = gamma[:, None, None] * x_hat
    return scaled + beta[:, None, None]


DERIVATIONS = (
    Derivation(
        "instancenorm",
        instancenorm,
        "x=N,C,H,W gamma=C beta=C",
        pair_by_hand("instancenorm"),
        numbers=(np.array([[1.0, 1, 3, 3], [2, 8, 8, 2]]).reshape(1, 2, 2, 2), np.array([1.0, 2]), np.zeros(2)),
        numbers_function=lambda x, gamma, beta: instancenorm(x, gamma, beta, 0.0),
        numbers_note=EPS_NOTE,
    ),
)
EXPLANATION = Explanation(
    name="instancenorm",
    title="Instance normalization",
    formula=("as batch normalization, with mean and var over the pixels of one channel of one image",),
    shapes="x (N, C, H, W), gamma, beta (C,)",
    why=f"{THREE_PATHS} gamma and beta were broadcast over images and pixels, so their gradients are summed over them. It is group "
    "normalization with a group for each channel.",
    mistakes=(
        "means over the batch as well, as in batch normalization",
        "dgamma not summed over the images",
    ),
    source="Ulyanov, Vedaldi & Lempitsky 2016",
)
