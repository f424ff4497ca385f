"""PReLU: x where it is positive, a learned slope times x elsewhere."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "prelu"]


def prelu(x: Array, slope: Array) -> Array:
    """x where it is positive, slope * x elsewhere; slope belongs to channels."""
    leak = slope * x
    return np.where(x > 0, x, leak)


DERIVATIONS = (
    Derivation(
        "prelu",
        prelu,
        "x=N,C slope=C",
        pair_by_hand("prelu"),
        numbers=(np.array([[1.0, -2], [-3, 4]]), np.array([0.25, 0.5])),
    ),
)
EXPLANATION = Explanation(
    name="prelu",
    title="PReLU",
    formula=(
        "out = x where x > 0, else slope * x",
        "dx = dout where x > 0, else slope * dout",
        "dslope = sum of dout * x over the entries of the slope's channel where x <= 0",
    ),
    shapes="x (N, C, ...), out as x; slope (C,), or (1,) where one is shared by all channels",
    why="As in leaky ReLU, each entry was multiplied by 1 or by the slope. The slope was broadcast over all rows and pixels "
    "of its channel, so its gradient is summed over them, and where it is shared, over the channels too.",
    mistakes=(
        "dslope not masked: positive entries, which no slope multiplied, are added, too",
        "dslope averaged over the batch instead of summed",
    ),
    source="He, Zhang, Ren & Sun 2015, section 2.1",
)
