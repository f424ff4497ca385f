"""Convolution of sequences: images of height 1. See `layers/convolutions/conv1d.py` for the mathematics."""

from pellucid.kernels.convolutions.general_conv import general_conv_backward, general_conv_forward
from pellucid.kernels.declaration import declare_entry
from pellucid.layers import Pair
from pellucid.layers.convolutions.conv1d import make_conv1d
from pellucid.layers.sandwich import published

__all__ = ["conv1d_backward", "conv1d_forward"]

conv1d_forward, conv1d_backward = _pair = published(
    __name__, make_conv1d(Pair(general_conv_forward, general_conv_backward))
)
declare_entry("conv1d", _pair)
