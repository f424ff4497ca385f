"""ScaleShift: a learned factor and a learned shift."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "scale_shift"]


def scale_shift(x: Array, scale: Array, shift: Array) -> Array:
    """Each feature times its factor, plus its shift."""
    scaled = scale * x
    return scaled + shift


DERIVATIONS = (
    Derivation(
        "scale_shift",
        scale_shift,
        "x=N,C scale=C shift=C",
        pair_by_hand("scale_shift"),
        numbers=(np.array([[1.0, -2], [-3, 4]]), np.array([0.5, 2]), np.array([1.0, -1])),
    ),
)
EXPLANATION = Explanation(
    name="scale_shift",
    title="ScaleShift and shift",
    formula=("out = scale * x + shift", "dx = scale * dout", "dscale = sum of dout * x", "dshift = sum of dout"),
    shapes="x (N, C, ...), out as x; scale and shift (C,), (1,) or (C, ...)",
    why="Each entry was multiplied by its factor, so its gradient is, too. Factor and shift were broadcast over rows (and pixels), "
    "so their gradients are summed over them.",
    mistakes=("dscale or dshift averaged over the batch instead of summed", "dx without the factor"),
    source="Touvron et al. 2021 (LayerScale)",
)
