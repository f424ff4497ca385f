"""Adaptive max pooling: maxima of shares of the image."""

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import image
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "adaptive_maxpool"]


def adaptive_maxpool(x: Array) -> Array:
    """An image of half the height and half the width, as an example of a size that divides."""
    n, c, h, w = x.shape
    shares = x.reshape(n, c, h // 2, 2, w // 2, 2).transpose(0, 1, 2, 4, 3, 5)
    entries = shares.reshape(n, c, h // 2, w // 2, 4)
    return entries.max(axis=4)


def by_hand(dout: Array, x: Array) -> tuple[Array, ...]:
    """The library's backward, for the size of this example."""
    size = x.shape[2] // 2, x.shape[3] // 2
    return pair_by_hand("adaptive_maxpool", output_size=size)(dout, x)


NUMBERS = image([[1, 2, 0, 3], [4, 3, 1, 2]])
DERIVATIONS = (Derivation("adaptive_maxpool", adaptive_maxpool, "x=N,C,H,W", by_hand, numbers=(NUMBERS,)),)
EXPLANATION = Explanation(
    name="adaptive_maxpool",
    title="Adaptive max pooling",
    formula=(
        "out[i, j] = max of x[h, w] over floor(i H / H') <= h < ceil((i + 1) H / H'), and so for w",
        "dx: the largest entry of a share receives dout; an entry that wins several shares, the sum",
    ),
    shapes="x (N, C, H, W), out (N, C, H', W')",
    why="Each output is one entry of the image, which receives its gradient. Where H' does not divide H, neighbouring "
    "shares have a row in common, and one entry may win both.",
    mistakes=("assigned instead of added where one entry wins several shares",),
    source="PyTorch's AdaptiveMaxPool2d; He et al. 2015",
)
