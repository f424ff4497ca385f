"""Local response normalization: each number is divided by a power of what its neighbours among the channels hold.

    scale[c] = k + alpha / size * sum of x[j]**2 over the channels j with |j - c| <= (size - 1) / 2
    out[c]   = x[c] / scale[c]**beta

at every pixel by itself; channels that do not exist count as 0. Shapes: x (N, C, ...), out as x. size is odd, so that a
channel is in the middle of its neighbours.

Backward. x[j] reaches out[j] as the numerator, and the scale of every channel c near it, whose derivative is 2 alpha / size
* x[j]:

    dx[j] = dout[j] / scale[j]**beta - 2 alpha beta / size * x[j] * sum of dout[c] x[c] / scale[c]**(beta + 1) over the same c

It was used before batch normalization (AlexNet) and is here for networks of that time. Source: Krizhevsky, Sutskever &
Hinton 2012, section 3.3; alpha divided by size is PyTorch's and ONNX's form.
"""

from dataclasses import dataclass
from typing import NamedTuple

from pellucid.layers.activations.elementwise import check_upstream
from pellucid.layers.description import Description, Lowered, Shape
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_number, check_shapes, check_whole

__all__ = [
    "LocalResponseNorm",
    "LocalResponseNormCache",
    "local_response_norm_backward",
    "local_response_norm_forward",
]


class LocalResponseNormCache(NamedTuple):
    x: Array  # (N, C, ...)
    scale: Array  # (N, C, ...)
    size: int
    alpha: float
    beta: float


def local_response_norm_forward(
    x: Array, *, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> tuple[Array, LocalResponseNormCache]:
    """Return out (N, C, ...) and the cache."""
    who = "local_response_norm_forward"
    check_shapes(who, x=(x, "N C ..."))
    check_settings(who, size, alpha, beta, k)
    number = x.dtype.type
    scale = number(k) + number(alpha / size) * sum_of_neighbours(x**2, size)
    return x * scale ** number(-beta), LocalResponseNormCache(x, scale, size, alpha, beta)


def local_response_norm_backward(dout: Array, cache: LocalResponseNormCache) -> Array:
    """Return dx (N, C, ...)."""
    x, scale, size, alpha, beta = cache
    check_upstream("local_response_norm_backward", dout, x)
    number = x.dtype.type
    share = dout * scale ** number(-beta)
    return share - number(2 * alpha * beta / size) * x * sum_of_neighbours(share * x / scale, size)


def sum_of_neighbours(values: Array, size: int) -> Array:
    """Return for each channel of (N, C, ...) the sum over itself and the (size - 1) / 2 channels on either side."""
    channels, reach = values.shape[1], size // 2
    total = values.copy()
    for distance in range(1, min(reach, channels - 1) + 1):
        total[:, distance:] += values[:, :-distance]
        total[:, :-distance] += values[:, distance:]
    return total


def check_settings(who: str, size: int, alpha: float, beta: float, k: float) -> None:
    """Raise ShapeError where a setting has no meaning."""
    if check_whole(who, "size", size) % 2 == 0:
        raise ShapeError(f"{who}: size must be odd, so that a channel is in the middle of its neighbours; got {size}")
    check_number(who, "alpha", alpha, minimum=0)
    check_number(who, "beta", beta)
    check_number(who, "k", k, above=0)


LOCAL_RESPONSE_NORM = declare(
    LayerKind("local_response_norm", Pair(local_response_norm_forward, local_response_norm_backward))
)


@dataclass(frozen=True)
class LocalResponseNorm(Description):
    """Each number divided by a power of its neighbours among the channels: x / (k + alpha / size * sum of squares)**beta."""

    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_settings("LocalResponseNorm", self.size, self.alpha, self.beta, self.k)

    def lowered(self, shape: Shape) -> Lowered:
        if not shape:
            raise ShapeError("LocalResponseNorm: its input must have channels; a sample has shape ()")
        options = {"size": self.size, "alpha": self.alpha, "beta": self.beta, "k": self.k}
        return Lowered(LOCAL_RESPONSE_NORM, shape, options)
