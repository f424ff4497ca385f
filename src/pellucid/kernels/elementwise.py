"""What the elementwise layers share: one number in, one number out, in one pass over arrays of any shape.

Results lie in memory as the input does: channels last, or in C order.
"""

import numpy as np

from pellucid.kernels.binding import native
from pellucid.kernels.memory import as_logical, dense_like, is_channels_last
from pellucid.kernels.threads import default_threads
from pellucid.layers.activations import check_upstream
from pellucid.shapes import Array, check_dtypes

__all__ = ["elementwise_backward", "elementwise_forward"]


def elementwise_forward(kernel: str, x: Array, *options: float) -> Array:
    """Return what the kernel of that name computes from x."""
    check_dtypes(kernel, x=x)
    last = is_channels_last(x)
    dense = dense_like(x, last)
    out = np.empty_like(dense)
    getattr(native(), kernel)(dense.reshape(-1), *options, out.reshape(-1), default_threads())
    return as_logical(out) if last else out


def elementwise_backward(kernel: str, dout: Array, cached: Array, *options: float) -> Array:
    """Return dx; `cached` is the forward's input or output, whichever the kernel reads."""
    check_upstream(kernel, dout, cached)
    last = is_channels_last(cached)
    dense = dense_like(cached, last)
    dx = np.empty_like(dense)
    arrays = dense_like(dout, last).reshape(-1), dense.reshape(-1)
    getattr(native(), kernel)(*arrays, *options, dx.reshape(-1), default_threads())
    return as_logical(dx) if last else dx
