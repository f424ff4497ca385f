"""Instance normalization: the kernel of group normalization with a group for each channel."""

from pellucid.kernels.declaration import declare_native
from pellucid.kernels.groupnorm import NativeGroupNormCache, PlannedGroupNorm, groupnorm_backward, groupnorm_forward
from pellucid.kernels.planned_layer import LayerContext
from pellucid.layers import Pair
from pellucid.layers.groupnorm import GroupNormCache
from pellucid.layers.normalizations.instancenorm import check_instancenorm_forward
from pellucid.shapes import Array, check_shapes

__all__ = ["instancenorm_backward", "instancenorm_forward"]


def instancenorm_forward(
    x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5
) -> tuple[Array, NativeGroupNormCache | GroupNormCache]:
    """Return out (N, C, H, W), channels last in memory, and the cache."""
    check_instancenorm_forward("instancenorm_forward", x, gamma, beta, eps)
    return groupnorm_forward(x, gamma, beta, groups=x.shape[1], eps=eps)


def instancenorm_backward(dout: Array, cache: NativeGroupNormCache | GroupNormCache) -> tuple[Array, Array, Array]:
    """Return dx (N, C, H, W), dgamma (C,), dbeta (C,)."""
    x = cache.x_hat if isinstance(cache, GroupNormCache) else cache.x.transpose(0, 3, 1, 2)
    check_shapes("instancenorm_backward", x=(x, "N C H W"), dout=(dout, "N C H W"))
    return groupnorm_backward(dout, cache)


class _InstanceNorm(PlannedGroupNorm):
    def groups(self, context: LayerContext) -> int:
        return int(context.inputs[0][2])


declare_native("instancenorm", Pair(instancenorm_forward, instancenorm_backward), _InstanceNorm())
