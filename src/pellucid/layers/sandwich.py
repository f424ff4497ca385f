"""Sandwiches: layers so often used together that they have a name, and, in a fast table, a kernel of their own.

Each is the composition of its parts and nothing else; its backward is theirs in reverse. A cache is the tuple of the parts'.

    affine_relu                 affine, relu
    affine_norm_relu_dropout    affine, a normalization (or none), relu, dropout
    conv_relu                   conv, relu
    conv_bn_relu                conv, spatial batch normalization, relu
    conv_relu_pool              conv, relu, maxpool

Shapes are those of the parts. Source: CS231n (2021), assignment 2, for the names.
"""

from typing import Any, NamedTuple

from pellucid.layers.activations.relu import ReluCache, relu_backward, relu_forward
from pellucid.layers.affine import AffineCache, affine_backward, affine_forward
from pellucid.layers.batchnorm import (
    SpatialBatchNormCache,
    batchnorm_backward_simplified,
    batchnorm_forward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
)
from pellucid.layers.conv import ConvCache, conv_backward, conv_forward
from pellucid.layers.dropout import DropoutCache, DropoutKey, dropout_backward, dropout_forward
from pellucid.layers.maxpool import MaxPoolCache, maxpool_backward, maxpool_forward
from pellucid.layers.pair import Pair
from pellucid.shapes import Array

__all__ = [
    "AffineNormReluDropoutCache",
    "AffineReluCache",
    "ConvBnReluCache",
    "ConvReluCache",
    "ConvReluPoolCache",
    "affine_norm_relu_dropout_backward",
    "affine_norm_relu_dropout_forward",
    "affine_relu_backward",
    "affine_relu_forward",
    "conv_bn_relu_backward",
    "conv_bn_relu_forward",
    "conv_relu_backward",
    "conv_relu_forward",
    "conv_relu_pool_backward",
    "conv_relu_pool_forward",
]


class AffineReluCache(NamedTuple):
    affine: AffineCache
    relu: ReluCache


class AffineNormReluDropoutCache(NamedTuple):
    affine: AffineCache
    norm: Any  # the cache of the normalization
    relu: ReluCache
    dropout: DropoutCache
    norm_pair: Pair


class ConvReluCache(NamedTuple):
    conv: ConvCache
    relu: ReluCache


class ConvBnReluCache(NamedTuple):
    conv: ConvCache
    norm: SpatialBatchNormCache
    relu: ReluCache


class ConvReluPoolCache(NamedTuple):
    conv: ConvCache
    relu: ReluCache
    pool: MaxPoolCache


def affine_relu_forward(x: Array, w: Array, b: Array) -> tuple[Array, AffineReluCache]:
    """Return relu(affine(x)) (N, M) and the cache."""
    hidden, affine = affine_forward(x, w, b)
    out, relu = relu_forward(hidden)
    return out, AffineReluCache(affine, relu)


def affine_relu_backward(dout: Array, cache: AffineReluCache) -> tuple[Array, Array, Array]:
    """Return dx, dw, db."""
    return affine_backward(relu_backward(dout, cache.relu), cache.affine)


def affine_norm_relu_dropout_forward(
    x: Array,
    w: Array,
    b: Array,
    gamma: Array,
    beta: Array,
    *,
    keep: float,
    key: DropoutKey | tuple[int, int, int],
    norm: Pair = Pair(batchnorm_forward, batchnorm_backward_simplified),  # noqa: B008 (an immutable pair of functions)
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


def conv_relu_forward(
    x: Array, w: Array, b: Array, *, stride: int | tuple[int, int] = 1, pad: int | tuple[int, int] = 0
) -> tuple[Array, ConvReluCache]:
    """Return relu(conv(x)) (N, F, H', W') and the cache."""
    hidden, conv = conv_forward(x, w, b, stride=stride, pad=pad)
    out, relu = relu_forward(hidden)
    return out, ConvReluCache(conv, relu)


def conv_relu_backward(dout: Array, cache: ConvReluCache) -> tuple[Array, Array, Array]:
    """Return dx, dw, db."""
    return conv_backward(relu_backward(dout, cache.relu), cache.conv)


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
) -> tuple[Array, ConvBnReluCache]:
    """Return relu(spatial_batchnorm(conv(x))) (N, F, H', W') and the cache (training)."""
    hidden, conv = conv_forward(x, w, b, stride=stride, pad=pad)
    normalized, norm = spatial_batchnorm_forward(hidden, gamma, beta, eps=eps)
    out, relu = relu_forward(normalized)
    return out, ConvBnReluCache(conv, norm, relu)


def conv_bn_relu_backward(dout: Array, cache: ConvBnReluCache) -> tuple[Array, Array, Array, Array, Array]:
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
