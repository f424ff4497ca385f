"""Max pooling of sequences."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "maxpool1d"]


def maxpool1d(x: Array) -> Array:
    """The larger of each two neighbours."""
    n, channels, length = x.shape
    windows = x.reshape(n, channels, length // 2, 2)
    return windows.max(axis=3)


DERIVATIONS = (
    Derivation(
        "maxpool1d",
        maxpool1d,
        "x=N,C,W",
        pair_by_hand("maxpool1d", size=2),
        numbers=(np.array([[[1.0, 4, 3, 2, 0, 5]]]),),
    ),
)
EXPLANATION = Explanation(
    name="maxpool1d",
    title="Max pooling of sequences",
    formula=(
        "out[n, c, i] = max over s of x[n, c, i*stride - pad + s]",
        "dx: the largest entry receives dout; where windows overlap, the sum",
    ),
    shapes="x (N, C, L), out (N, C, L')",
    why="A maximum passes the gradient to the largest entry, and among equal ones to the first. A window as long as the "
    "sequence keeps the largest value of each channel, wherever it stands, as networks for texts do.",
    mistakes=("the gradient assigned instead of added where windows overlap",),
    source="Collobert et al. 2011",
)
