"""Adaptive average pooling: means of shares of the image."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import IMAGE
from pellucid.derive.explanation import Explanation
from pellucid.layers.resizing.adaptive_avgpool import averaging
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "adaptive_avgpool"]


def adaptive_avgpool(x: Array, output_size: tuple[int, int] = (5, 7)) -> Array:
    """A product with a matrix of means from either side: of columns, then of rows."""
    down, across = (averaging(*sizes, np.float64) for sizes in zip(x.shape[2:], output_size, strict=True))
    rows = np.einsum("nchw,jw->nchj", x, across)
    return np.einsum("nchj,ih->ncij", rows, down)


DERIVATIONS = (
    Derivation(
        "adaptive_avgpool",
        adaptive_avgpool,
        "x=N,C,H,W",
        pair_by_hand("adaptive_avgpool", output_size=(5, 7)),
        numbers=(IMAGE,),
        numbers_function=lambda x: adaptive_avgpool(x, (2, 1)),
    ),
)
EXPLANATION = Explanation(
    name="adaptive_avgpool",
    title="Adaptive average pooling",
    formula=(
        "out[i, j] = mean of x[h, w] over floor(i H / H') <= h < ceil((i + 1) H / H'), and so for w",
        "dx: every entry of a share receives dout / entries; where shares overlap, the sum",
    ),
    shapes="x (N, C, H, W), out (N, C, H', W')",
    why="The mean over rows and columns is linear in x: a matrix from either side, out = A x B^T. The gradient passes"
    " through their "
    "transposes, dx = A^T dout B. Where H' does not divide H, a row belongs to two shares and receives from both.",
    mistakes=(
        "every share divided by H / H', though shares may differ in size",
        "assigned instead of added where shares overlap",
    ),
    source="PyTorch's AdaptiveAvgPool2d; He et al. 2015",
)
