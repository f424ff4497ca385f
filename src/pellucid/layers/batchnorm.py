"""Batch normalization: each feature gets zero mean and unit variance over the batch.

    x_hat = (x - mean) / sqrt(var + eps)        out = gamma * x_hat + beta

eps stands under the root: sqrt(var + eps), not sqrt(var) + eps. The variance is biased (divided by N).
Training uses the batch's own statistics (`batchnorm_forward`), inference the running ones (`batchnorm_infer`); they are two
functions, and no call moves the running statistics but `update_running_stats`.

Shapes: x, out (N, D); gamma, beta, mean, var (D,). Spatial form: x, out (N, C, H, W); gamma, beta (C,): every pixel of a
channel is one more row, so it is the same function on (N*H*W, C). Source: Ioffe & Szegedy 2015, Algorithms 1 and 2.

Backward, node by node: see `batchnorm_backward`. In closed form, with g = dout * gamma and means over the batch,

    dx = inv_std * (g - mean(g) - x_hat * mean(g * x_hat))

since mean and var depend on every row: mean(g) is the path through the mean, the last term the path through the variance.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.layers.description import Description, Lowered, Parameter, Shape
from pellucid.layers.kind import LayerKind, Running, declare
from pellucid.layers.pair import Pair
from pellucid.shapes import Array, ShapeError, check_number, check_shapes

__all__ = [
    "BatchNorm",
    "BatchNormCache",
    "RunningStats",
    "SpatialBatchNormCache",
    "batchnorm_backward",
    "batchnorm_backward_simplified",
    "batchnorm_forward",
    "batchnorm_infer",
    "initial_running_stats",
    "spatial_batchnorm_backward",
    "spatial_batchnorm_forward",
    "spatial_batchnorm_infer",
    "update_running_stats",
]


class BatchNormCache(NamedTuple):
    x_hat: Array  # (N, D) normalized input
    gamma: Array  # (D,)
    inv_std: Array  # (D,) 1 / sqrt(var + eps)
    mean: Array  # (D,) kept for update_running_stats
    var: Array  # (D,) biased: divides by N


class SpatialBatchNormCache(NamedTuple):
    rows: BatchNormCache  # of the (N*H*W, C) form
    shape: tuple[int, int, int, int]  # (N, C, H, W)


class RunningStats(NamedTuple):
    mean: Array  # (D,)
    var: Array  # (D,) biased


def batchnorm_forward(x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5) -> tuple[Array, BatchNormCache]:
    """Normalize with this batch's own mean and variance (training). Return out (N, D) and the cache."""
    sizes = check_shapes("batchnorm_forward", x=(x, "N D"), gamma=(gamma, "D"), beta=(beta, "D"))
    check_eps("batchnorm_forward", eps)
    if sizes["N"] == 0:
        raise ShapeError("batchnorm_forward: x must hold at least one row to have a mean; it is empty")
    mean = x.mean(axis=0)
    centered = x - mean
    var = (centered**2).mean(axis=0)
    inv_std = 1 / np.sqrt(var + eps)
    x_hat = centered * inv_std
    return gamma * x_hat + beta, BatchNormCache(x_hat, gamma, inv_std, mean, var)


def batchnorm_backward(dout: Array, cache: BatchNormCache) -> tuple[Array, Array, Array]:
    """Return dx (N, D), dgamma (D,), dbeta (D,): node by node over the graph, each intermediate named.

        x -> mean -> centered = x - mean -> squared -> var -> std = sqrt(var + eps) -> inv_std = 1 / std
        x_hat = centered * inv_std -> scaled = gamma * x_hat -> out = scaled + beta

    What was broadcast forward is summed backward; where a value is used twice, its gradients add.
    """
    x_hat, gamma, inv_std, *_ = cache
    rows, _ = check_shapes("batchnorm_backward", x_hat=(x_hat, "N D"), dout=(dout, "N D")).values()
    centered = x_hat / inv_std
    # out = scaled + beta; beta was broadcast over the rows
    dscaled = dout
    dbeta = dout.sum(axis=0)
    # scaled = gamma * x_hat; gamma was broadcast over the rows
    dx_hat = dscaled * gamma
    dgamma = (dscaled * x_hat).sum(axis=0)
    # x_hat = centered * inv_std; inv_std was broadcast over the rows
    dcentered = dx_hat * inv_std
    dinv_std = (dx_hat * centered).sum(axis=0)
    # inv_std = 1 / std
    dstd = -dinv_std * inv_std**2
    # std = sqrt(var + eps)
    dvar = dstd * 0.5 * inv_std
    # var = sum over rows of squared / N: every row receives the same share
    dsquared = np.broadcast_to(dvar / rows, x_hat.shape)
    # squared = centered ** 2: centered was used twice, so this adds to what came through x_hat
    dcentered = dcentered + dsquared * 2 * centered
    # centered = x - mean; mean was broadcast over the rows
    dmean = -dcentered.sum(axis=0)
    # mean = sum over rows of x / N; x was used twice
    dx = dcentered + dmean / rows
    return dx, dgamma, dbeta


def batchnorm_backward_simplified(dout: Array, cache: BatchNormCache) -> tuple[Array, Array, Array]:
    """Return dx, dgamma, dbeta by the closed form: the same values in fewer passes over the data."""
    x_hat, gamma, inv_std, *_ = cache
    check_shapes("batchnorm_backward_simplified", x_hat=(x_hat, "N D"), dout=(dout, "N D"))
    dx_hat = dout * gamma
    through_mean = dx_hat.mean(axis=0)
    through_var = x_hat * (dx_hat * x_hat).mean(axis=0)
    return inv_std * (dx_hat - through_mean - through_var), (dout * x_hat).sum(axis=0), dout.sum(axis=0)


def batchnorm_infer(x: Array, gamma: Array, beta: Array, stats: RunningStats, *, eps: float = 1e-5) -> Array:
    """Normalize with the running statistics (inference): each row by itself, whatever else is in the batch."""
    mean, var = stats
    check_shapes(
        "batchnorm_infer", x=(x, "N D"), gamma=(gamma, "D"), beta=(beta, "D"), mean=(mean, "D"), var=(var, "D")
    )
    check_eps("batchnorm_infer", eps)
    scale = gamma / np.sqrt(var + eps)
    return (x - mean) * scale + beta


def initial_running_stats(features: int, dtype: npt.DTypeLike = np.float32) -> RunningStats:
    """Return mean 0 and variance 1 for each feature: inference then leaves x as it is."""
    return RunningStats(np.zeros(features, dtype), np.ones(features, dtype))


def update_running_stats(
    stats: RunningStats, cache: BatchNormCache | SpatialBatchNormCache, decay: float = 0.9
) -> RunningStats:
    """Return decay * stats + (1 - decay) * the batch's statistics, in new arrays.

    PyTorch calls 1 - decay its momentum, and averages the unbiased variance; here it is the biased one, as in the paper's
    training step and the course.
    """
    if not 0 <= decay <= 1:
        raise ShapeError(f"update_running_stats: decay must lie in [0, 1]; got {decay}")
    rows = cache.rows if isinstance(cache, SpatialBatchNormCache) else cache
    check_shapes("update_running_stats", mean=(stats.mean, "D"), var=(stats.var, "D"), batch_mean=(rows.mean, "D"))
    return RunningStats(
        decay * stats.mean + (1 - decay) * rows.mean,
        decay * stats.var + (1 - decay) * rows.var,
    )


def spatial_batchnorm_forward(
    x: Array, gamma: Array, beta: Array, *, eps: float = 1e-5
) -> tuple[Array, SpatialBatchNormCache]:
    """Normalize each channel over batch, height and width (training). Return out (N, C, H, W) and the cache."""
    check_shapes("spatial_batchnorm_forward", x=(x, "N C H W"), gamma=(gamma, "C"), beta=(beta, "C"))
    check_eps("spatial_batchnorm_forward", eps)
    if x.size == 0:
        raise ShapeError(f"spatial_batchnorm_forward: x must hold at least one pixel to have a mean; got {x.shape}")
    out, cache = batchnorm_forward(pixels_as_rows(x), gamma, beta, eps=eps)
    return rows_as_pixels(out, x.shape), SpatialBatchNormCache(cache, x.shape)


def spatial_batchnorm_backward(dout: Array, cache: SpatialBatchNormCache) -> tuple[Array, Array, Array]:
    """Return dx (N, C, H, W), dgamma (C,), dbeta (C,)."""
    check_shapes("spatial_batchnorm_backward", dout=(dout, " ".join(map(str, cache.shape))))
    dx, dgamma, dbeta = batchnorm_backward_simplified(pixels_as_rows(dout), cache.rows)
    return rows_as_pixels(dx, cache.shape), dgamma, dbeta


def spatial_batchnorm_infer(x: Array, gamma: Array, beta: Array, stats: RunningStats, *, eps: float = 1e-5) -> Array:
    """Normalize each channel with the running statistics (inference)."""
    check_shapes("spatial_batchnorm_infer", x=(x, "N C H W"), gamma=(gamma, "C"), beta=(beta, "C"))
    check_eps("spatial_batchnorm_infer", eps)
    return rows_as_pixels(batchnorm_infer(pixels_as_rows(x), gamma, beta, stats, eps=eps), x.shape)


def pixels_as_rows(x: Array) -> Array:
    """(N, C, H, W) -> (N*H*W, C). The channel axis must move last before reshaping, or channels would mix."""
    return x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1]) if x.size else x.reshape(0, x.shape[1])


def rows_as_pixels(rows: Array, shape: tuple[int, ...]) -> Array:
    """(N*H*W, C) -> (N, C, H, W), a view with channels-last memory."""
    n, c, h, w = shape
    return rows.reshape(n, h, w, c).transpose(0, 3, 1, 2)


def check_eps(who: str, eps: float) -> None:
    """Refuse an eps that is not a positive number: a constant feature would divide by zero."""
    if not 0 < eps < np.inf:
        raise ShapeError(f"{who}: eps must be positive and finite; got {eps}")


RUNNING = Running(RunningStats, update_running_stats)
BATCHNORM = declare(
    LayerKind(
        "batchnorm",
        Pair(batchnorm_forward, batchnorm_backward_simplified),
        infer=batchnorm_infer,
        running=RUNNING,
        fuses_relu=True,
        fuses_relu6=True,
        folds_into=("affine",),
    )
)
SPATIAL_BATCHNORM = declare(
    LayerKind(
        "spatial_batchnorm",
        Pair(spatial_batchnorm_forward, spatial_batchnorm_backward),
        infer=spatial_batchnorm_infer,
        running=RUNNING,
        fuses_relu=True,
        fuses_relu6=True,
        folds_into=("conv", "general_conv"),
    )
)


@dataclass(frozen=True)
class BatchNorm(Description):
    """Batch normalization of features, or of the channels of an image. `decay` is that of the running statistics."""

    eps: float = 1e-5
    decay: float = 0.9

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("BatchNorm", "eps", self.eps, above=0)
        check_number("BatchNorm", "decay", self.decay, minimum=0, maximum=1)

    def lowered(self, shape: Shape) -> Lowered:
        if len(shape) not in (1, 3):
            raise ShapeError(f"BatchNorm: its input must be features (D,) or an image (C, H, W); got {shape}")
        features = shape[0]
        layer = BATCHNORM if len(shape) == 1 else SPATIAL_BATCHNORM
        state = {"mean": Parameter((features,), 0.0), "var": Parameter((features,), 1.0)}
        return Lowered(layer, shape, {"eps": self.eps}, scale_and_shift(features), state)


def scale_and_shift(features: int) -> dict[str, Parameter]:
    """Return the parameters of a normalization: gamma, which starts at 1, and beta, which starts at 0."""
    return {"gamma": Parameter((features,), 1.0), "beta": Parameter((features,), 0.0)}
