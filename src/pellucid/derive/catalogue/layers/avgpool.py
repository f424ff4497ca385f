"""Average pooling, by window and of whole channels."""

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import IMAGE, image
from pellucid.derive.explanation import Explanation
from pellucid.derive.windows import Size, height_and_width, strided_windows
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "avgpool", "global_avgpool"]


def avgpool(x: Array, size: Size = 2, stride: Size | None = None) -> Array:
    """The mean of each window of each channel."""
    windows = strided_windows(x, height_and_width(size), height_and_width(size if stride is None else stride))
    return windows.mean(axis=(4, 5))


def global_avgpool(x: Array) -> Array:
    """The mean of each channel."""
    return x.mean(axis=(2, 3))


DERIVATIONS = (
    Derivation(
        "avgpool",
        avgpool,
        "x=N,C,H,W",
        pair_by_hand("avgpool", size=2),
        numbers=(IMAGE,),
        numbers_function=lambda x: avgpool(x, 2, 1),
    ),
    Derivation(
        "global_avgpool",
        global_avgpool,
        "x=N,C,H,W",
        pair_by_hand("global_avgpool"),
        numbers=(image([[1, 2], [3, 6]]),),
    ),
)
EXPLANATION = Explanation(
    name="avgpool",
    title="Average pooling",
    formula=(
        "out = the mean of each window; global: of each channel",
        "dx: every entry of a window receives dout / entries; where windows overlap, the sum",
    ),
    shapes="x (N, C, H, W), out (N, C, H', W'); global: (N, C)",
    why="Each entry had an equal share in the mean, so it receives an equal share of the gradient.",
    mistakes=("dout not divided by the number of entries", "assigned instead of added where windows overlap"),
    source="LeCun et al. 1998; global: Lin, Chen & Yan 2013",
    covers=("global_avgpool",),
)
