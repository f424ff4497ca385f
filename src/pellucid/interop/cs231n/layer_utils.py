"""`cs231n.layer_utils`: the course's sandwich layers. A star import includes the single layers."""

from typing import Any

from pellucid.interop.cs231n import fast_layers, layers
from pellucid.interop.cs231n.fast_layers import *  # noqa: F403
from pellucid.interop.cs231n.layers import *  # noqa: F403
from pellucid.shapes import Array

__all__ = [
    *layers.__all__,
    *fast_layers.__all__,
    "affine_relu_backward",
    "affine_relu_forward",
    "conv_bn_relu_backward",
    "conv_bn_relu_forward",
    "conv_relu_backward",
    "conv_relu_forward",
    "conv_relu_pool_backward",
    "conv_relu_pool_forward",
]

Param = dict[str, Any]


def affine_relu_forward(x: Array, w: Array, b: Array) -> tuple[Array, Any]:
    """Return relu(affine(x)) and a cache."""
    hidden, affine = layers.affine_forward(x, w, b)
    out, relu = layers.relu_forward(hidden)
    return out, (affine, relu)


def affine_relu_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return dx, dw, db."""
    affine, relu = cache
    return layers.affine_backward(layers.relu_backward(dout, relu), affine)


def conv_relu_forward(x: Array, w: Array, b: Array, conv_param: Param) -> tuple[Array, Any]:
    """Return relu(conv(x)) and a cache."""
    hidden, conv = fast_layers.conv_forward_fast(x, w, b, conv_param)
    out, relu = layers.relu_forward(hidden)
    return out, (conv, relu)


def conv_relu_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return dx, dw, db."""
    conv, relu = cache
    return fast_layers.conv_backward_fast(layers.relu_backward(dout, relu), conv)


def conv_bn_relu_forward(
    x: Array, w: Array, b: Array, gamma: Array, beta: Array, conv_param: Param, bn_param: Param
) -> tuple[Array, Any]:
    """Return relu(spatial batch norm(conv(x))) and a cache."""
    hidden, conv = fast_layers.conv_forward_fast(x, w, b, conv_param)
    normalized, norm = layers.spatial_batchnorm_forward(hidden, gamma, beta, bn_param)
    out, relu = layers.relu_forward(normalized)
    return out, (conv, norm, relu)


def conv_bn_relu_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array, Array, Array]:
    """Return dx, dw, db, dgamma, dbeta."""
    conv, norm, relu = cache
    dhidden, dgamma, dbeta = layers.spatial_batchnorm_backward(layers.relu_backward(dout, relu), norm)
    return *fast_layers.conv_backward_fast(dhidden, conv), dgamma, dbeta


def conv_relu_pool_forward(x: Array, w: Array, b: Array, conv_param: Param, pool_param: Param) -> tuple[Array, Any]:
    """Return max pool(relu(conv(x))) and a cache."""
    active, conv_relu = conv_relu_forward(x, w, b, conv_param)
    out, pool = fast_layers.max_pool_forward_fast(active, pool_param)
    return out, (conv_relu, pool)


def conv_relu_pool_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return dx, dw, db."""
    conv_relu, pool = cache
    return conv_relu_backward(fast_layers.max_pool_backward_fast(dout, pool), conv_relu)
