"""Instance normalization: each channel of each image gets zero mean and unit variance over its own pixels.

    x_hat = (x - mean) / sqrt(var + eps)        out = gamma * x_hat + beta          mean, var over the pixels of a channel

It is group normalization with as many groups as channels, and its backward is that one's: with g = dout * gamma and means
over pixels,

    dx = inv_std * (g - mean(g) - x_hat * mean(g * x_hat))

gamma and beta were broadcast over images and pixels, so their gradients are summed over them. No running statistics:
training and inference are one function. Shapes: x, out (N, C, H, W); gamma, beta (C,). Source: Ulyanov, Vedaldi & Lempitsky
2016.
"""

from dataclasses import dataclass

from pellucid.layers.batchnorm import scale_and_shift
from pellucid.layers.description import Description, Lowered, Shape, image_sizes
from pellucid.layers.groupnorm import GroupNormCache, check_groupnorm_forward, groupnorm_backward, groupnorm_forward
from pellucid.layers.kind import LayerKind, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, check_number, check_shapes

__all__ = ["InstanceNorm", "instancenorm_backward", "instancenorm_forward"]


def instancenorm_forward(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> tuple[Array, GroupNormCache]:
    """Return out (N, C, H, W) and the cache."""
    check_instancenorm_forward("instancenorm_forward", x, gamma, beta, eps)
    return groupnorm_forward(x, gamma, beta, groups=x.shape[1], eps=eps)


def instancenorm_backward(dout: Array, cache: GroupNormCache) -> tuple[Array, Array, Array]:
    """Return dx (N, C, H, W), dgamma (C,), dbeta (C,)."""
    check_shapes("instancenorm_backward", x_hat=(cache.x_hat, "N C H W"), dout=(dout, "N C H W"))
    return groupnorm_backward(dout, cache)


def check_instancenorm_forward(who: str, x: Array, gamma: Array, beta: Array, eps: float) -> None:
    """Raise ShapeError where the arguments of an instance norm's forward do not fit."""
    check_shapes(who, x=(x, "N C H W"), gamma=(gamma, "C"), beta=(beta, "C"))
    check_groupnorm_forward(who, x, gamma, beta, max(x.shape[1], 1), eps)


INSTANCENORM = declare(LayerKind("instancenorm", Pair(instancenorm_forward, instancenorm_backward), fuses_relu=True))


@dataclass(frozen=True)
class InstanceNorm(Description):
    """Instance normalization: each channel of each image over its own pixels, then scaled and shifted by channel."""

    eps: float = 1e-5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("InstanceNorm", "eps", self.eps, above=0)

    def lowered(self, shape: Shape) -> Lowered:
        channels, *_ = image_sizes("InstanceNorm", shape)
        return Lowered(INSTANCENORM, shape, {"eps": self.eps}, scale_and_shift(channels))
