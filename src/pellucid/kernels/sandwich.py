"""The native sandwiches: the factories of `layers/sandwich.py`, given native layers and, where there is one, the fused kernel."""

from typing import NamedTuple

from pellucid.kernels.activations.relu import relu_backward, relu_forward
from pellucid.kernels.affine import affine_backward, affine_forward
from pellucid.kernels.batchnorm import (
    NativeBatchNormCache,
    batchnorm_backward,
    batchnorm_forward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
)
from pellucid.kernels.conv import conv_backward, conv_forward, conv_relu_backward, conv_relu_forward
from pellucid.kernels.declaration import declare_entry
from pellucid.kernels.dropout import dropout_backward, dropout_forward
from pellucid.kernels.pool import maxpool_backward, maxpool_forward
from pellucid.layers import ConvCache, Pair, ReluCache
from pellucid.layers.sandwich import make_affine_norm_relu_dropout, make_conv_bn_relu, make_conv_relu_pool, published

__all__ = [
    "NativeConvBnReluCache",
    "affine_norm_relu_dropout_backward",
    "affine_norm_relu_dropout_forward",
    "conv_bn_relu_backward",
    "conv_bn_relu_forward",
    "conv_relu_pool_backward",
    "conv_relu_pool_forward",
]


class NativeConvBnReluCache(NamedTuple):
    conv: ConvCache
    norm: NativeBatchNormCache
    relu: ReluCache


_affine, _conv = Pair(affine_forward, affine_backward), Pair(conv_forward, conv_backward)
_relu, _maxpool = Pair(relu_forward, relu_backward), Pair(maxpool_forward, maxpool_backward)
_dropout, _batchnorm = Pair(dropout_forward, dropout_backward), Pair(batchnorm_forward, batchnorm_backward)
_spatial_batchnorm = Pair(spatial_batchnorm_forward, spatial_batchnorm_backward)
_conv_relu = Pair(conv_relu_forward, conv_relu_backward)  # one kernel forward

affine_norm_relu_dropout_forward, affine_norm_relu_dropout_backward = published(
    __name__, make_affine_norm_relu_dropout(_affine, _batchnorm, _relu, _dropout)
)
conv_bn_relu_forward, conv_bn_relu_backward = published(
    __name__, make_conv_bn_relu(_conv, _spatial_batchnorm, _relu, NativeConvBnReluCache)
)
conv_relu_pool_forward, conv_relu_pool_backward = published(__name__, make_conv_relu_pool(_conv_relu, _maxpool))

declare_entry("affine_norm_relu_dropout", Pair(affine_norm_relu_dropout_forward, affine_norm_relu_dropout_backward))
declare_entry("conv_bn_relu", Pair(conv_bn_relu_forward, conv_bn_relu_backward))
declare_entry("conv_relu_pool", Pair(conv_relu_pool_forward, conv_relu_pool_backward))
