"""The sandwiches of the native layers: each the composition of its parts. See `layers/sandwich.py`."""

from typing import NamedTuple

from pellucid.kernels.activations import relu_backward, relu_forward
from pellucid.kernels.affine import affine_backward, affine_forward
from pellucid.kernels.batchnorm import (
    NativeBatchNormCache,
    batchnorm_backward,
    batchnorm_forward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
)
from pellucid.kernels.conv import conv_backward, conv_forward, conv_relu_backward, conv_relu_forward
from pellucid.kernels.dropout import dropout_backward, dropout_forward
from pellucid.kernels.pool import maxpool_backward, maxpool_forward
from pellucid.layers import (
    AffineNormReluDropoutCache,
    ConvCache,
    ConvReluCache,
    ConvReluPoolCache,
    DropoutKey,
    Pair,
    ReluCache,
)
from pellucid.shapes import Array

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


def affine_norm_relu_dropout_forward(
    x: Array,
    w: Array,
    b: Array,
    gamma: Array,
    beta: Array,
    *,
    keep: float,
    key: DropoutKey | tuple[int, int, int],
    norm: Pair = Pair(batchnorm_forward, batchnorm_backward),  # noqa: B008 (an immutable pair of functions)
) -> tuple[Array, AffineNormReluDropoutCache]:
    """Return dropout(relu(norm(affine(x)))) (N, M) and the cache.

    `norm` is the pair of a normalization of (N, M): batch normalization unless given, or `Pair(layernorm_forward,
    layernorm_backward)`. keep = 1 drops nothing.
    """
    hidden, affine = affine_forward(x, w, b)
    normalized, norm_cache = norm.forward(hidden, gamma, beta)
    active, relu = relu_forward(normalized)
    out, dropout = dropout_forward(active, keep, key)
    return out, AffineNormReluDropoutCache(affine, norm_cache, relu, dropout, norm)


def affine_norm_relu_dropout_backward(
    dout: Array, cache: AffineNormReluDropoutCache
) -> tuple[Array, Array, Array, Array, Array]:
    """Return dx, dw, db, dgamma, dbeta."""
    dnormalized = relu_backward(dropout_backward(dout, cache.dropout), cache.relu)
    dhidden, dgamma, dbeta = cache.norm_pair.backward(dnormalized, cache.norm)
    return *affine_backward(dhidden, cache.affine), dgamma, dbeta


def conv_bn_relu_forward(
    x: Array,
    w: Array,
    b: Array,
    gamma: Array,
    beta: Array,
    *,
    stride: int | tuple[int, int] = 1,
    pad: int | tuple[int, int] = 0,
    eps: float = 1e-5,
) -> tuple[Array, NativeConvBnReluCache]:
    """Return relu(spatial_batchnorm(conv(x))) (N, F, H', W') and the cache (training)."""
    hidden, conv = conv_forward(x, w, b, stride=stride, pad=pad)
    normalized, norm = spatial_batchnorm_forward(hidden, gamma, beta, eps=eps)
    out, relu = relu_forward(normalized)
    return out, NativeConvBnReluCache(conv, norm, relu)


def conv_bn_relu_backward(dout: Array, cache: NativeConvBnReluCache) -> tuple[Array, Array, Array, Array, Array]:
    """Return dx, dw, db, dgamma, dbeta."""
    dhidden, dgamma, dbeta = spatial_batchnorm_backward(relu_backward(dout, cache.relu), cache.norm)
    return *conv_backward(dhidden, cache.conv), dgamma, dbeta


def conv_relu_pool_forward(
    x: Array,
    w: Array,
    b: Array,
    *,
    stride: int | tuple[int, int] = 1,
    pad: int | tuple[int, int] = 0,
    pool_size: int | tuple[int, int] = 2,
    pool_stride: int | tuple[int, int] | None = None,
) -> tuple[Array, ConvReluPoolCache]:
    """Return maxpool(relu(conv(x))) and the cache."""
    active, (conv, relu) = conv_relu_forward(x, w, b, stride=stride, pad=pad)
    out, pool = maxpool_forward(active, size=pool_size, stride=pool_stride)
    return out, ConvReluPoolCache(conv, relu, pool)


def conv_relu_pool_backward(dout: Array, cache: ConvReluPoolCache) -> tuple[Array, Array, Array]:
    """Return dx, dw, db."""
    return conv_relu_backward(maxpool_backward(dout, cache.pool), ConvReluCache(cache.conv, cache.relu))
