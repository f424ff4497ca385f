"""Convolution, batch normalization by channel, ReLU."""

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.catalogue.activations.relu import relu
from pellucid.derive.catalogue.layers.batchnorm import spatial_batchnorm
from pellucid.derive.catalogue.layers.conv import conv
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import IMAGE, KERNEL, ONE_CHANNEL
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "conv_bn_relu"]


def conv_bn_relu(x: Array, w: Array, b: Array, gamma: Array, beta: Array, stride: int = 1, pad: int = 1) -> Array:
    """relu(batchnorm(conv(x)))."""
    hidden = conv(x, w, b, stride, pad)
    normalized = spatial_batchnorm(hidden, gamma, beta)
    return relu(normalized)


DERIVATIONS = (
    Derivation(
        "conv_bn_relu",
        conv_bn_relu,
        "x=N,C,H,W w=F,C,HH,WW b=F gamma=F beta=F",
        pair_by_hand("conv_bn_relu", stride=1, pad=1),
        numbers=(IMAGE, KERNEL, ONE_CHANNEL, ONE_CHANNEL * 2, ONE_CHANNEL),
    ),
)
