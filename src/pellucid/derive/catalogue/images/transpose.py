"""Axes in another order."""

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import IMAGE
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "transposed"]


def transposed(x: Array) -> Array:
    """An image with its channels last."""
    return x.transpose(0, 2, 3, 1)


DERIVATIONS = (
    Derivation("transpose", transposed, "x=N,C,H,W", pair_by_hand("transpose", order=(1, 2, 0)), numbers=(IMAGE,)),
)
ALIASES = {"permute": "transpose", "channel_shuffle": "transpose", "pixel_shuffle": "transpose"}
EXPLANATION = Explanation(
    name="transpose",
    title="Transpose",
    formula=(
        "out[n, i_order[0], i_order[1], ...] = x[n, i_0, i_1, ...]",
        "dx = dout with the inverse order",
    ),
    shapes="x (N, d0, d1, ...), out (N, d_order[0], d_order[1], ...)",
    why="Every number moves to one place, so each gradient moves back from there: the inverse order, which differs from "
    "the order itself as soon as three axes turn. A channel shuffle is Reshape((G, C/G, H, W)), "
    "Transpose((1, 0, 2, 3)) and a reshape back.",
    mistakes=("the same order used again for dx, which is correct only where two axes are exchanged",),
    source="the chain rule; Zhang et al. 2018",
)
