"""`cs231n.layers`: the course's layer functions, computed by Pellucid's reference layers; those called naive, by nested loops."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pellucid import layers as reference
from pellucid.interop.cs231n.arrays import as_dtype, of_one_dtype
from pellucid.layers import DropoutCache, RunningStats
from pellucid.layers.pair import Pair
from pellucid.shapes import Array

__all__ = [
    "affine_backward",
    "affine_forward",
    "batchnorm_backward",
    "batchnorm_backward_alt",
    "batchnorm_forward",
    "conv_backward_naive",
    "conv_forward_naive",
    "dropout_backward",
    "dropout_forward",
    "layernorm_backward",
    "layernorm_forward",
    "max_pool_backward_naive",
    "max_pool_forward_naive",
    "relu_backward",
    "relu_forward",
    "softmax_loss",
    "spatial_batchnorm_backward",
    "spatial_batchnorm_forward",
    "spatial_groupnorm_backward",
    "spatial_groupnorm_forward",
    "svm_loss",
]

Param = dict[str, Any]
CONV_LOOPS = Pair(reference.conv_forward_loops, reference.conv_backward_loops)
MAXPOOL_LOOPS = Pair(reference.maxpool_forward_loops, reference.maxpool_backward_loops)


class ModeCache(NamedTuple):
    """The cache of a layer with a training and a test mode."""

    train: Any  # the layer's cache; None after a forward in test mode


class GroupNormCache(NamedTuple):
    norm: reference.GroupNormCache
    shape: tuple[int, ...]  # the shape of gamma: (1, C, 1, 1) or (C,)


def affine_forward(x: Array, w: Array, b: Array) -> tuple[Array, Any]:
    """Return x w + b, each row of x flattened, and a cache."""
    return reference.affine_forward(*of_one_dtype(x, w, b))


def affine_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return dx (shaped like x), dw, db."""
    return reference.affine_backward(as_dtype(dout, cache.x), cache)


def relu_forward(x: Array) -> tuple[Array, Any]:
    """Return max(0, x) and a cache."""
    return reference.relu_forward(*of_one_dtype(x))


def relu_backward(dout: Array, cache: Any) -> Array:
    """Return dx."""
    return reference.relu_backward(as_dtype(dout, cache[0]), cache)


def softmax_loss(x: Array, y: Array) -> tuple[float, Array]:
    """Return the mean cross-entropy of scores x (N, C) against labels y (N,), and dx."""
    (scores,) = of_one_dtype(x)
    return reference.softmax_loss(scores, np.asarray(y))


def svm_loss(x: Array, y: Array) -> tuple[float, Array]:
    """Return the mean multiclass hinge loss of scores x (N, C) against labels y (N,), and dx."""
    (scores,) = of_one_dtype(x)
    return reference.svm_loss(scores, np.asarray(y))


def batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: Param) -> tuple[Array, Any]:
    """Normalize x (N, D) by `bn_param`: mode 'train' or 'test', eps 1e-5, momentum 0.9, running_mean, running_var (updated)."""
    return by_mode(reference.batchnorm_forward, reference.batchnorm_infer, x, gamma, beta, bn_param)


def batchnorm_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return dx, dgamma, dbeta, step by step through the graph."""
    return reference.batchnorm_backward(as_dtype(dout, trained(cache).x_hat), cache.train)


def batchnorm_backward_alt(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return dx, dgamma, dbeta by the closed form."""
    return reference.batchnorm_backward_simplified(as_dtype(dout, trained(cache).x_hat), cache.train)


def layernorm_forward(x: Array, gamma: Array, beta: Array, ln_param: Param) -> tuple[Array, Any]:
    """Normalize each row of x (N, D); `ln_param` may hold eps (1e-5)."""
    return reference.layernorm_forward(*of_one_dtype(x, gamma, beta), eps=ln_param.get("eps", 1e-5))


def layernorm_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return dx, dgamma, dbeta."""
    return reference.layernorm_backward(as_dtype(dout, cache.x_hat), cache)


def dropout_forward(x: Array, dropout_param: Param) -> tuple[Array, Any]:
    """Keep each entry with probability p and divide it by p (mode 'train'); return x unchanged (mode 'test').

    If `dropout_param` has a seed, NumPy's global generator is seeded with it before the mask is drawn.
    """
    (x,) = of_one_dtype(x)
    keep, mode = dropout_param["p"], checked_mode("dropout_forward", dropout_param)
    if not 0 < keep <= 1:
        raise ValueError(f"dropout_forward: p is the probability of keeping an entry, in (0, 1]; got {keep!r}")
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])  # noqa: NPY002 (the course's behaviour)
    if mode == "test":
        return x.copy(), DropoutCache(np.ones(x.shape, bool), 1.0)
    mask = np.random.rand(*x.shape) < keep  # noqa: NPY002
    return x * mask / keep, DropoutCache(mask, keep)


def dropout_backward(dout: Array, cache: Any) -> Array:
    """Return dx."""
    (upstream,) = of_one_dtype(dout)
    return reference.dropout_backward(upstream, cache)


def conv_forward_naive(x: Array, w: Array, b: Array, conv_param: Param) -> tuple[Array, Any]:
    """Convolve x (N, C, H, W) with w (F, C, HH, WW) in nested loops; `conv_param` holds stride and pad."""
    return conv_forward(CONV_LOOPS, x, w, b, conv_param)


def conv_backward_naive(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return dx, dw, db, in nested loops."""
    return conv_backward(CONV_LOOPS, dout, cache)


def max_pool_forward_naive(x: Array, pool_param: Param) -> tuple[Array, Any]:
    """Return the maximum of each window of x (N, C, H, W) in nested loops; `pool_param` holds pool_height, pool_width, stride."""
    return max_pool_forward(MAXPOOL_LOOPS, x, pool_param)


def max_pool_backward_naive(dout: Array, cache: Any) -> Array:
    """Return dx, in nested loops."""
    return max_pool_backward(MAXPOOL_LOOPS, dout, cache)


def spatial_batchnorm_forward(x: Array, gamma: Array, beta: Array, bn_param: Param) -> tuple[Array, Any]:
    """Normalize each channel of x (N, C, H, W); `bn_param` as in `batchnorm_forward`."""
    return by_mode(reference.spatial_batchnorm_forward, reference.spatial_batchnorm_infer, x, gamma, beta, bn_param)


def spatial_batchnorm_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return dx, dgamma (C,), dbeta (C,)."""
    return reference.spatial_batchnorm_backward(as_dtype(dout, trained(cache).rows.x_hat), cache.train)


def spatial_groupnorm_forward(x: Array, gamma: Array, beta: Array, G: int, gn_param: Param) -> tuple[Array, Any]:
    """Normalize the channels of x (N, C, H, W) in G groups; gamma and beta (1, C, 1, 1), or (C,); `gn_param` may hold eps."""
    x, gamma, beta = of_one_dtype(x, gamma, beta)
    flat = gamma.reshape(-1), beta.reshape(-1)
    out, cache = reference.groupnorm_forward(x, *flat, groups=G, eps=gn_param.get("eps", 1e-5))
    return out, GroupNormCache(cache, gamma.shape)


def spatial_groupnorm_backward(dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return dx, dgamma, dbeta; the last two in the shape of gamma."""
    dx, dgamma, dbeta = reference.groupnorm_backward(as_dtype(dout, cache.norm.x_hat), cache.norm)
    return dx, dgamma.reshape(cache.shape), dbeta.reshape(cache.shape)


def conv_forward(pair: Pair, x: Array, w: Array, b: Array, conv_param: Param) -> tuple[Array, Any]:
    """Convolve by a pair of functions."""
    return pair.forward(*of_one_dtype(x, w, b), stride=conv_param["stride"], pad=conv_param["pad"])


def conv_backward(pair: Pair, dout: Array, cache: Any) -> tuple[Array, Array, Array]:
    """Return dx, dw, db by a pair of functions."""
    dx, dw, db = pair.backward(as_dtype(dout, cache.x), cache)
    return dx, dw, db


def max_pool_forward(pair: Pair, x: Array, pool_param: Param) -> tuple[Array, Any]:
    """Pool by a pair of functions."""
    size = pool_param["pool_height"], pool_param["pool_width"]
    return pair.forward(*of_one_dtype(x), size=size, stride=pool_param["stride"])


def max_pool_backward(pair: Pair, dout: Array, cache: Any) -> Array:
    """Return dx by a pair of functions."""
    return pair.backward(*of_one_dtype(dout), cache)


def by_mode(
    forward: Callable[..., tuple[Array, Any]],
    infer: Callable[..., Array],
    x: Array,
    gamma: Array,
    beta: Array,
    bn_param: Param,
) -> tuple[Array, ModeCache]:
    """Run a batch normalization in the mode given by `bn_param`, and update the running statistics in it."""
    x, gamma, beta = of_one_dtype(x, gamma, beta)
    mode, eps = checked_mode("batchnorm_forward", bn_param), bn_param.get("eps", 1e-5)
    features = x.shape[1] if x.ndim > 1 else 0
    zero = np.zeros(features, x.dtype)
    stats = RunningStats(
        *(np.asarray(bn_param.get(name, zero), dtype=x.dtype).reshape(-1) for name in ("running_mean", "running_var"))
    )
    if mode == "test":
        out, cache = infer(x, gamma, beta, stats, eps=eps), ModeCache(None)
    else:
        out, train = forward(x, gamma, beta, eps=eps)
        stats = reference.update_running_stats(stats, train, bn_param.get("momentum", 0.9))
        cache = ModeCache(train)
    bn_param["running_mean"], bn_param["running_var"] = stats
    return out, cache


def checked_mode(who: str, param: Param) -> str:
    """Return the mode in `param`; raise ValueError unless it is 'train' or 'test'."""
    mode = param["mode"]
    if mode not in ("train", "test"):
        raise ValueError(f"{who}: the mode must be 'train' or 'test'; got {mode!r}")
    return str(mode)


def trained(cache: ModeCache) -> Any:
    """Return the training cache; raise ValueError if the forward ran in test mode."""
    if cache.train is None:
        raise ValueError(
            "batchnorm_backward: the forward ran in mode 'test', which has no cache; run it in mode 'train'"
        )
    return cache.train
