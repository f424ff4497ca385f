"""`cs231n.fast_layers`: convolution and pooling by Pellucid's kernels (or NumPy if they are not built); nothing to compile."""

from typing import Any

from pellucid.interop.cs231n import layers, tiles
from pellucid.interop.cs231n.arrays import of_one_dtype
from pellucid.kernels import fastest_layers
from pellucid.shapes import Array, check_pair

__all__ = [
    "conv_backward_fast",
    "conv_backward_im2col",
    "conv_backward_strides",
    "conv_forward_fast",
    "conv_forward_im2col",
    "conv_forward_strides",
    "max_pool_backward_fast",
    "max_pool_backward_im2col",
    "max_pool_backward_reshape",
    "max_pool_forward_fast",
    "max_pool_forward_im2col",
    "max_pool_forward_reshape",
]


def conv_forward_fast(x: Array, w: Array, b: Array, conv_param: dict[str, Any]) -> tuple[Array, Any]:
    """Convolve x (N, C, H, W) with w (F, C, HH, WW); `conv_param` holds stride and pad."""
    return layers.conv_forward(fastest_layers().conv, x, w, b, conv_param)


def conv_backward_fast(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return dx, dw, db."""
    return layers.conv_backward(fastest_layers().conv, dout, cache)


def max_pool_forward_fast(x: Array, pool_param: dict[str, Any]) -> tuple[Array, Any]:
    """Return the maximum of each window of x (N, C, H, W); `pool_param` holds pool_height, pool_width, stride."""
    (images,) = of_one_dtype(x)
    size = pool_param["pool_height"], pool_param["pool_width"]
    stride = check_pair("max_pool_forward", "stride", pool_param["stride"], minimum=1)
    if tiles.fits(images, size, stride):
        return tiles.forward(images, size, stride)
    return layers.max_pool_forward(fastest_layers().maxpool, images, pool_param)


def max_pool_backward_fast(dout: Array, cache: Any) -> Array:
    """Return dx."""
    if tiles.supports(cache):
        return tiles.backward(of_one_dtype(dout)[0], cache)
    return layers.max_pool_backward(fastest_layers().maxpool, dout, cache)


# The course has several implementations of the same function; here there is one.
conv_forward_im2col = conv_forward_strides = conv_forward_fast
conv_backward_im2col = conv_backward_strides = conv_backward_fast
max_pool_forward_im2col = max_pool_forward_reshape = max_pool_forward_fast
max_pool_backward_im2col = max_pool_backward_reshape = max_pool_backward_fast
