"""Convolution, ReLU, max pooling."""

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.catalogue.layers.maxpool import maxpool
from pellucid.derive.catalogue.sandwiches.conv_relu import conv_relu
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import IMAGE, KERNEL, ONE_CHANNEL
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "conv_relu_pool"]


def conv_relu_pool(x: Array, w: Array, b: Array, stride: int = 1, pad: int = 1) -> Array:
    """maxpool(relu(conv(x)))."""
    active = conv_relu(x, w, b, stride, pad)
    return maxpool(active)


DERIVATIONS = (
    Derivation(
        "conv_relu_pool",
        conv_relu_pool,
        "x=N,C,H,W w=F,C,HH,WW b=F",
        pair_by_hand("conv_relu_pool", stride=1, pad=1),
        numbers=(IMAGE, KERNEL, ONE_CHANNEL),
    ),
)
