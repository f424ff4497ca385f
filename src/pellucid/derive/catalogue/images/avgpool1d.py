"""Average pooling of sequences."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "avgpool1d"]


def avgpool1d(x: Array) -> Array:
    """The mean of each two neighbours."""
    n, channels, length = x.shape
    windows = x.reshape(n, channels, length // 2, 2)
    return windows.mean(axis=3)


DERIVATIONS = (
    Derivation(
        "avgpool1d",
        avgpool1d,
        "x=N,C,W",
        pair_by_hand("avgpool1d", size=2),
        numbers=(np.array([[[1.0, 4, 3, 2, 0, 5]]]),),
    ),
)
EXPLANATION = Explanation(
    name="avgpool1d",
    title="Average pooling of sequences",
    formula=(
        "out[n, c, i] = 1 / count[i] * sum over s of x[n, c, i*stride - pad + s]",
        "dx: every entry of a window receives dout / count; where windows overlap, the sum",
    ),
    shapes="x (N, C, L), out (N, C, L')",
    why="A mean gives each of its terms an equal share of the gradient. count is how many numbers the window covers, "
    "which padding changes at the ends.",
    mistakes=("divided by the window's size where padding does not count",),
    source="LeCun et al. 1998",
)
