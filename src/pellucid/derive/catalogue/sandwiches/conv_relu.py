"""Convolution, then ReLU."""

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.catalogue.activations.relu import relu
from pellucid.derive.catalogue.layers.conv import conv
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import IMAGE, KERNEL, ONE_CHANNEL
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "conv_relu"]


def conv_relu(x: Array, w: Array, b: Array, stride: int = 1, pad: int = 1) -> Array:
    """relu(conv(x))."""
    return relu(conv(x, w, b, stride, pad))


DERIVATIONS = (
    Derivation(
        "conv_relu",
        conv_relu,
        "x=N,C,H,W w=F,C,HH,WW b=F",
        pair_by_hand("conv_relu", stride=1, pad=1),
        numbers=(IMAGE, KERNEL, ONE_CHANNEL),
    ),
)
