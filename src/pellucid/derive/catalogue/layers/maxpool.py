"""Max pooling."""

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import IMAGE
from pellucid.derive.explanation import Explanation
from pellucid.derive.windows import Size, height_and_width, strided_windows
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "maxpool"]


def maxpool(x: Array, size: Size = 2, stride: Size | None = None) -> Array:
    """The maximum of each window of each channel."""
    windows = strided_windows(x, height_and_width(size), height_and_width(size if stride is None else stride))
    entries = windows.reshape(*windows.shape[:4], -1)
    return entries.max(axis=4)


DERIVATIONS = (
    Derivation(
        "maxpool",
        maxpool,
        "x=N,C,H,W",
        pair_by_hand("maxpool", size=2),
        numbers=(IMAGE,),
        numbers_function=lambda x: maxpool(x, 2, 1),
    ),
)
EXPLANATION = Explanation(
    name="maxpool",
    title="Max pooling",
    formula=(
        "out = the largest entry of each window",
        "dx: the largest entry receives dout; where windows overlap, the sum",
    ),
    shapes="x (N, C, H, W), out (N, C, H', W')",
    why="A maximum passes the gradient to the largest entry. Among equal entries the first counts here; giving it to all of them "
    "is another convention.",
    mistakes=(
        "max_pool_backward_naive:pool-not-summed",
        "max_pool_backward_naive:pool-winner-index",
        "max_pool_forward_naive:pool-size-for-stride",
        "max_pool_forward_naive:pool-not-below-0",
    ),
    source="Ranzato et al. 2007",
)
