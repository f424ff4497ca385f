"""Sandwiches: layers so often used together that they have a name, and, in a fast table, a kernel of their own.

Each is the composition of its parts and nothing else; its backward is theirs in reverse. A cache is the tuple of the parts'. The
factories below compose any table's parts: the reference's here, the native ones in `kernels/sandwich.py`.

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
    "make_affine_norm_relu_dropout",
    "make_affine_relu",
    "make_conv_bn_relu",
    "make_conv_relu",
    "make_conv_relu_pool",
    "published",
]

Size = int | tuple[int, int]
Gradients = tuple[Array, Array, Array]  # dx, dw, db
NormGradients = tuple[Array, Array, Array, Array, Array]  # and dgamma, dbeta


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


def make_affine_relu(affine: Pair, relu: Pair) -> Pair:
    """Compose affine, then relu."""

    def affine_relu_forward(x: Array, w: Array, b: Array) -> tuple[Array, AffineReluCache]:
        """Return relu(affine(x)) (N, M) and the cache."""
        hidden, affine_cache = affine.forward(x, w, b)
        out, relu_cache = relu.forward(hidden)
        return out, AffineReluCache(affine_cache, relu_cache)

    def affine_relu_backward(dout: Array, cache: AffineReluCache) -> Gradients:
        """Return dx, dw, db."""
        return affine.backward(relu.backward(dout, cache.relu), cache.affine)

    return Pair(affine_relu_forward, affine_relu_backward)


def make_affine_norm_relu_dropout(affine: Pair, batchnorm: Pair, relu: Pair, dropout: Pair) -> Pair:
    """Compose affine, a normalization (batch normalization unless a call names another), relu, dropout."""

    def affine_norm_relu_dropout_forward(
        x: Array,
        w: Array,
        b: Array,
        gamma: Array,
        beta: Array,
        *,
        keep: float,
        key: DropoutKey | tuple[int, int, int],
        norm: Pair = batchnorm,
    ) -> tuple[Array, AffineNormReluDropoutCache]:
        """Return dropout(relu(norm(affine(x)))) (N, M) and the cache.

        `norm` is the pair of a normalization of (N, M): batch normalization unless given, or `Pair(layernorm_forward,
        layernorm_backward)`. keep = 1 drops nothing.
        """
        hidden, affine_cache = affine.forward(x, w, b)
        normalized, norm_cache = norm.forward(hidden, gamma, beta)
        active, relu_cache = relu.forward(normalized)
        out, dropout_cache = dropout.forward(active, keep, key)
        return out, AffineNormReluDropoutCache(affine_cache, norm_cache, relu_cache, dropout_cache, norm)

    def affine_norm_relu_dropout_backward(dout: Array, cache: AffineNormReluDropoutCache) -> NormGradients:
        """Return dx, dw, db, dgamma, dbeta."""
        dnormalized = relu.backward(dropout.backward(dout, cache.dropout), cache.relu)
        dhidden, dgamma, dbeta = cache.norm_pair.backward(dnormalized, cache.norm)
        return *affine.backward(dhidden, cache.affine), dgamma, dbeta

    return Pair(affine_norm_relu_dropout_forward, affine_norm_relu_dropout_backward)


def make_conv_relu(conv: Pair, relu: Pair) -> Pair:
    """Compose conv, then relu."""

    def conv_relu_forward(
        x: Array, w: Array, b: Array, *, stride: Size = 1, pad: Size = 0
    ) -> tuple[Array, ConvReluCache]:
        """Return relu(conv(x)) (N, F, H', W') and the cache."""
        hidden, conv_cache = conv.forward(x, w, b, stride=stride, pad=pad)
        out, relu_cache = relu.forward(hidden)
        return out, ConvReluCache(conv_cache, relu_cache)

    def conv_relu_backward(dout: Array, cache: ConvReluCache) -> Gradients:
        """Return dx, dw, db."""
        return conv.backward(relu.backward(dout, cache.relu), cache.conv)

    return Pair(conv_relu_forward, conv_relu_backward)


def make_conv_bn_relu(conv: Pair, batchnorm: Pair, relu: Pair, cache_type: type = ConvBnReluCache) -> Pair:
    """Compose conv, spatial batch normalization, relu."""

    def conv_bn_relu_forward(
        x: Array, w: Array, b: Array, gamma: Array, beta: Array, *, stride: Size = 1, pad: Size = 0, eps: float = 1e-5
    ) -> tuple[Array, cache_type]:  # type: ignore[valid-type]  # the table's own: a NamedTuple (conv, norm, relu)
        """Return relu(spatial_batchnorm(conv(x))) (N, F, H', W') and the cache (training)."""
        hidden, conv_cache = conv.forward(x, w, b, stride=stride, pad=pad)
        normalized, norm_cache = batchnorm.forward(hidden, gamma, beta, eps=eps)
        out, relu_cache = relu.forward(normalized)
        return out, cache_type(conv_cache, norm_cache, relu_cache)

    def conv_bn_relu_backward(dout: Array, cache: cache_type) -> NormGradients:  # type: ignore[valid-type]
        """Return dx, dw, db, dgamma, dbeta."""
        conv_cache, norm_cache, relu_cache = cache  # type: ignore[attr-defined]
        dhidden, dgamma, dbeta = batchnorm.backward(relu.backward(dout, relu_cache), norm_cache)
        return *conv.backward(dhidden, conv_cache), dgamma, dbeta

    return Pair(conv_bn_relu_forward, conv_bn_relu_backward)


def make_conv_relu_pool(conv_relu: Pair, maxpool: Pair) -> Pair:
    """Compose conv_relu, then maxpool."""

    def conv_relu_pool_forward(
        x: Array,
        w: Array,
        b: Array,
        *,
        stride: Size = 1,
        pad: Size = 0,
        pool_size: Size = 2,
        pool_stride: Size | None = None,
    ) -> tuple[Array, ConvReluPoolCache]:
        """Return maxpool(relu(conv(x))) and the cache."""
        active, (conv_cache, relu_cache) = conv_relu.forward(x, w, b, stride=stride, pad=pad)
        out, pool_cache = maxpool.forward(active, size=pool_size, stride=pool_stride)
        return out, ConvReluPoolCache(conv_cache, relu_cache, pool_cache)

    def conv_relu_pool_backward(dout: Array, cache: ConvReluPoolCache) -> Gradients:
        """Return dx, dw, db."""
        return conv_relu.backward(maxpool.backward(dout, cache.pool), ConvReluCache(cache.conv, cache.relu))

    return Pair(conv_relu_pool_forward, conv_relu_pool_backward)


def published(module: str, pair: Pair) -> Pair:
    """Return the pair, its functions known by their own names in `module`, so that they can be pickled."""
    for function in pair:
        function.__module__, function.__qualname__ = module, function.__name__
    return pair


_affine, _conv = Pair(affine_forward, affine_backward), Pair(conv_forward, conv_backward)
_relu, _maxpool = Pair(relu_forward, relu_backward), Pair(maxpool_forward, maxpool_backward)
_dropout, _batchnorm = Pair(dropout_forward, dropout_backward), Pair(batchnorm_forward, batchnorm_backward_simplified)
_spatial_batchnorm = Pair(spatial_batchnorm_forward, spatial_batchnorm_backward)

affine_relu_forward, affine_relu_backward = published(__name__, make_affine_relu(_affine, _relu))
affine_norm_relu_dropout_forward, affine_norm_relu_dropout_backward = published(
    __name__, make_affine_norm_relu_dropout(_affine, _batchnorm, _relu, _dropout)
)
conv_relu_forward, conv_relu_backward = _conv_relu = published(__name__, make_conv_relu(_conv, _relu))
conv_bn_relu_forward, conv_bn_relu_backward = published(__name__, make_conv_bn_relu(_conv, _spatial_batchnorm, _relu))
conv_relu_pool_forward, conv_relu_pool_backward = published(__name__, make_conv_relu_pool(_conv_relu, _maxpool))
