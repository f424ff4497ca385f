"""Every layer's forward as plain formulas: what the derivations are derived from.

These are written apart from `pellucid.layers`, in elementary operations alone, so that a derived backward pass and the
hand-written one have nothing in common but the mathematics. Arrays of whole numbers or truth values (labels, masks) are constants.
"""

from typing import Any

import numpy as np

from pellucid.derive.trace import normal_below
from pellucid.layers import DropoutKey, keep_mask
from pellucid.shapes import Array

__all__ = [
    "add",
    "affine",
    "affine_norm_relu_dropout",
    "affine_relu",
    "avgpool",
    "batchnorm",
    "conv",
    "conv_bn_relu",
    "conv_relu",
    "conv_relu_pool",
    "dropout",
    "flatten",
    "gelu",
    "global_avgpool",
    "groupnorm",
    "layernorm",
    "leaky_relu",
    "maxpool",
    "mse",
    "relu",
    "sigmoid",
    "softmax",
    "softmax_smoothed",
    "spatial_batchnorm",
    "svm",
    "tanh",
    "vanilla_dropout",
]


def affine(x: Array, w: Array, b: Array) -> Array:
    """Rows times weights, plus a bias."""
    rows = x.reshape(len(x), len(w))
    scores = rows @ w
    return scores + b


def relu(x: Array) -> Array:
    """max(x, 0)."""
    return np.maximum(x, 0)


def leaky_relu(x: Array, slope: float = 0.01) -> Array:
    """x where it is positive, slope * x elsewhere."""
    leak = slope * x
    return np.where(x > 0, x, leak)


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x))."""
    small = np.exp(-x)
    below = 1 + small
    return 1 / below


def tanh(x: Array) -> Array:
    """The hyperbolic tangent of x."""
    return np.tanh(x)


def gelu(x: Array) -> Array:
    """x times the share of a standard normal below x."""
    share = normal_below(x)
    return x * share


def batchnorm(x: Array, gamma: Array, beta: Array, eps: float = 1e-5) -> Array:
    """Each feature with zero mean and unit variance over the batch, then scaled and shifted."""
    mean = x.mean(axis=0)
    centered = x - mean
    squared = centered**2
    var = squared.mean(axis=0)
    std = np.sqrt(var + eps)
    inv_std = 1 / std
    x_hat = centered * inv_std
    scaled = gamma * x_hat
    return scaled + beta


def spatial_batchnorm(x: Array, gamma: Array, beta: Array, eps: float = 1e-5) -> Array:
    """Batch normalization of (N, C, H, W) by channel."""
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    centered = x - mean
    squared = centered**2
    var = squared.mean(axis=(0, 2, 3), keepdims=True)
    std = np.sqrt(var + eps)
    inv_std = 1 / std
    x_hat = centered * inv_std
    scaled = gamma[:, None, None] * x_hat
    return scaled + beta[:, None, None]


def layernorm(x: Array, gamma: Array, beta: Array, eps: float = 1e-5) -> Array:
    """Each row with zero mean and unit variance over its features, then scaled and shifted by feature."""
    mean = x.mean(axis=1, keepdims=True)
    centered = x - mean
    squared = centered**2
    var = squared.mean(axis=1, keepdims=True)
    std = np.sqrt(var + eps)
    inv_std = 1 / std
    x_hat = centered * inv_std
    scaled = gamma * x_hat
    return scaled + beta


def groupnorm(x: Array, gamma: Array, beta: Array, groups: int = 2, eps: float = 1e-5) -> Array:
    """Each group of channels of one image with zero mean and unit variance, then scaled and shifted by channel."""
    n, c, h, w = x.shape
    grouped = x.reshape(n, groups, c // groups * h * w)
    mean = grouped.mean(axis=2, keepdims=True)
    centered = grouped - mean
    squared = centered**2
    var = squared.mean(axis=2, keepdims=True)
    std = np.sqrt(var + eps)
    inv_std = 1 / std
    normalized = centered * inv_std
    x_hat = normalized.reshape(x.shape)
    scaled = gamma[:, None, None] * x_hat
    return scaled + beta[:, None, None]


def dropout(x: Array, mask: Array, keep: float = 0.5) -> Array:
    """Inverted dropout: what is kept is scaled up."""
    kept = np.where(mask, x, 0)
    return kept / keep


def vanilla_dropout(x: Array, mask: Array) -> Array:
    """Dropout as first published: nothing is scaled in training."""
    return np.where(mask, x, 0)


def conv(x: Array, w: Array, b: Array, stride: int | tuple[int, int] = 1, pad: int | tuple[int, int] = 1) -> Array:
    """Every window of the padded image times every filter, plus a bias."""
    (stride_h, stride_w), (pad_h, pad_w) = _both(stride), _both(pad)
    padded = np.pad(x, ((0, 0), (0, 0), (pad_h, pad_h), (pad_w, pad_w)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))
    if (stride_h, stride_w) != (1, 1):
        windows = windows[:, :, ::stride_h, ::stride_w]
    products = np.einsum("nchwrs,fcrs->nfhw", windows, w)
    return products + b[:, None, None]


def maxpool(x: Array, size: int | tuple[int, int] = 2, stride: int | tuple[int, int] | None = None) -> Array:
    """The maximum of each window of each channel."""
    windows = _pool_windows(x, size, stride)
    entries = windows.reshape(*windows.shape[:4], -1)
    return entries.max(axis=4)


def avgpool(x: Array, size: int | tuple[int, int] = 2, stride: int | tuple[int, int] | None = None) -> Array:
    """The mean of each window of each channel."""
    windows = _pool_windows(x, size, stride)
    return windows.mean(axis=(4, 5))


def global_avgpool(x: Array) -> Array:
    """The mean of each channel."""
    return x.mean(axis=(2, 3))


def flatten(x: Array) -> Array:
    """Each sample as one row."""
    return x.reshape(len(x), -1)


def add(a: Array, b: Array) -> Array:
    """The sum of two branches."""
    return a + b


def softmax(scores: Array, labels: Array) -> Any:
    """Cross-entropy: the mean of minus the logarithm of the probability given to the label."""
    log_p = log_softmax(scores)
    rows = np.arange(len(scores))
    chosen = log_p[rows, labels]
    likelihood = chosen.mean()
    return -likelihood


def softmax_smoothed(scores: Array, labels: Array, weights: Array, label_smoothing: float = 0.1) -> Any:
    """Cross-entropy with a share of the label spread over all classes; each row counts with its weight."""
    log_p = log_softmax(scores)
    rows = np.arange(len(scores))
    chosen = log_p[rows, labels]
    everywhere = log_p.mean(axis=1)
    likelihood = (1 - label_smoothing) * chosen + label_smoothing * everywhere
    weighted = weights * likelihood
    total = weighted.sum()
    return -total / weights.sum()


def log_softmax(scores: Array) -> Array:
    """The logarithm of each class's probability; the maximum is subtracted so that exp does not overflow."""
    highest = scores.max(axis=1, keepdims=True)
    shifted = scores - highest
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=1, keepdims=True)
    log_total = np.log(total)
    return shifted - log_total


def svm(scores: Array, labels: Array) -> Any:
    """Hinge loss: every wrong class should score at least 1 below the right one."""
    rows = np.arange(len(scores))
    right = scores[rows, labels]
    difference = scores - right[:, None]
    margins = np.maximum(difference + 1, 0)
    wrong = np.arange(scores.shape[1]) != labels[:, None]
    violated = np.where(wrong, margins, 0)
    of_row = violated.sum(axis=1)
    return of_row.mean()


def mse(scores: Array, targets: Array) -> Any:
    """Mean squared error."""
    error = scores - targets
    squared = error**2
    return squared.mean()


def affine_relu(x: Array, w: Array, b: Array) -> Array:
    """relu(affine(x))."""
    return relu(affine(x, w, b))


def affine_norm_relu_dropout(
    x: Array, w: Array, b: Array, gamma: Array, beta: Array, mask: Array, keep: float = 0.5
) -> Array:
    """dropout(relu(batchnorm(affine(x))))."""
    hidden = affine(x, w, b)
    normalized = batchnorm(hidden, gamma, beta)
    active = relu(normalized)
    return dropout(active, mask, keep)


def conv_relu(x: Array, w: Array, b: Array, stride: int = 1, pad: int = 1) -> Array:
    """relu(conv(x))."""
    return relu(conv(x, w, b, stride, pad))


def conv_bn_relu(x: Array, w: Array, b: Array, gamma: Array, beta: Array, stride: int = 1, pad: int = 1) -> Array:
    """relu(batchnorm(conv(x)))."""
    hidden = conv(x, w, b, stride, pad)
    normalized = spatial_batchnorm(hidden, gamma, beta)
    return relu(normalized)


def conv_relu_pool(x: Array, w: Array, b: Array, stride: int = 1, pad: int = 1) -> Array:
    """maxpool(relu(conv(x)))."""
    active = conv_relu(x, w, b, stride, pad)
    return maxpool(active)


def mask_of(shape: tuple[int, ...], keep: float) -> Array:
    """A dropout mask, always the same."""
    return keep_mask(shape, keep, DropoutKey(0, 0, 0))


def _pool_windows(x: Array, size: int | tuple[int, int], stride: int | tuple[int, int] | None) -> Array:
    sizes = _both(size)
    stride_h, stride_w = sizes if stride is None else _both(stride)
    windows = np.lib.stride_tricks.sliding_window_view(x, sizes, axis=(2, 3))
    return windows[:, :, ::stride_h, ::stride_w] if (stride_h, stride_w) != (1, 1) else windows


def _both(value: int | tuple[int, int]) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)
