"""Transposed convolution."""

import numpy as np

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "conv_transpose"]


def conv_transpose(x: Array, w: Array, b: Array, stride: int = 2) -> Array:
    """A convolution of the image spread out with zeros in between, with windows turned by half a turn."""
    n, channels, h, width = x.shape
    rows, columns = w.shape[2:]
    blocks = np.pad(x[:, :, :, None, :, None], ((0, 0), (0, 0), (0, 0), (0, stride - 1), (0, 0), (0, stride - 1)))
    spread = blocks.reshape(n, channels, h * stride, width * stride)[
        :, :, : h * stride - stride + 1, : width * stride - stride + 1
    ]
    around = np.pad(spread, ((0, 0), (0, 0), (rows - 1, rows - 1), (columns - 1, columns - 1)))
    windows = np.lib.stride_tricks.sliding_window_view(around, (rows, columns), axis=(2, 3))
    products = np.einsum("nchwrs,cfrs->nfhw", windows, w[:, :, ::-1, ::-1])
    return products + b[:, None, None]


DERIVATIONS = (
    Derivation(
        "conv_transpose",
        conv_transpose,
        "x=N,C,D,M w=C,F,HH,WW b=F",
        pair_by_hand("conv_transpose", stride=2),
        numbers=(np.array([[[[1.0, 2]]]]), np.array([[[[1.0, 0], [2, 1]]]]), np.zeros(1)),
    ),
)
ALIASES = {"deconvolution": "conv_transpose", "transposed_conv": "conv_transpose"}
EXPLANATION = Explanation(
    name="conv_transpose",
    title="Transposed convolution",
    formula=(
        "out_pad[n, f, h*stride + r, w*stride + s] += sum over c of x[n, c, h, w] w[c, f, r, s]",
        "dx: the convolution of dout with w    dw: dout's windows times x    db = dout.sum(axis=(0, 2, 3))",
    ),
    shapes="x (N, C, H, W), w (C, F, HH, WW), b (F,), out (N, F, (H - 1) stride - 2 pad + HH, ...)",
    why="It adds windows where a convolution reads them: the forward is that convolution's backward, so the backward "
    "is its forward.",
    mistakes=(
        "the window turned, or not: the derivation turns it, since it convolves; the layer does not",
        "C and F exchanged in w, whose first axis is the input's",
        "output_padding added on all sides instead of below and to the right",
    ),
    source="Zeiler et al. 2010; Dumoulin & Visin 2016",
)
