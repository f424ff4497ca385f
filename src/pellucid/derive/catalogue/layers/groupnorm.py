"""Group normalization."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.catalogue.layers.batchnorm import THREE_PATHS
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import EPS_NOTE
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "groupnorm"]


def groupnorm(x: Array, gamma: Array, beta: Array, groups: int = 2, eps: float = 1e-5) -> Array:
    """Each group of channels of one image with zero mean and unit variance, then scaled and shifted by channel."""
    n, c, h, w = x.shape
    grouped = x.reshape(n, groups, c // groups * h * w)
    mean = grouped.mean(axis=2, keepdims=True)
    centered = grouped - mean
    squared = centered**2
    var = squared.mean(axis=2, keepdims=True)
    std = np.sqrt(var + eps)
    inv_std = 1 / std
    normalized = centered * inv_std
    x_hat = normalized.reshape(x.shape)
    scaled = gamma[:, None, None] * x_hat
    return scaled + beta[:, None, None]


DERIVATIONS = (
    Derivation(
        "groupnorm",
        groupnorm,
        "x=N,C,H,W gamma=C beta=C",
        pair_by_hand("groupnorm", groups=2),
        numbers=(np.array([[1.0, 1, 3, 3], [2, 8, 8, 2]]).reshape(1, 2, 1, 4), np.array([1.0, 2]), np.zeros(2)),
        numbers_function=lambda x, gamma, beta: groupnorm(x, gamma, beta, 2, 0.0),
        numbers_note=EPS_NOTE,
    ),
)
ALIASES = {"spatial_groupnorm": "groupnorm"}
EXPLANATION = Explanation(
    name="groupnorm",
    title="Group normalization",
    formula=("as batch normalization, with mean and var over a group of channels of one image",),
    shapes="x (N, C, H, W), gamma, beta (C,); groups divide C",
    why=f"{THREE_PATHS} gamma and beta were broadcast over images and pixels, so their gradients are summed over them.",
    mistakes=(
        "spatial_groupnorm_forward:group-size-for-count",
        "spatial_groupnorm_forward:groups-interleaved",
        "spatial_groupnorm_forward:gamma-with-new-axes",
        "spatial_groupnorm_backward:wrong-divisor",
    ),
    source="Wu & He 2018",
    studies=("norms",),
)
