"""`cs231n.classifiers.fc_net`. A star import includes the layers, as the notebooks expect."""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.interop.cs231n import layer_utils, layers
from pellucid.interop.cs231n.layer_utils import *  # noqa: F403
from pellucid.shapes import Array

__all__ = [*layer_utils.__all__, "FullyConnectedNet", "TwoLayerNet"]


class TwoLayerNet:
    """affine - relu - affine - softmax. Parameters W1, b1, W2, b2; weights from `np.random.randn` in that order."""

    def __init__(
        self,
        input_dim: int = 3 * 32 * 32,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
        reg: float = 0.0,
    ) -> None:
        self.reg = reg
        self.params = affine_params([input_dim, hidden_dim, num_classes], weight_scale, np.float64)

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """Return scores (N, C) if y is None, otherwise the loss with 0.5 * reg * sum(W**2), and the gradients by name."""
        p = self.params
        hidden, first = layer_utils.affine_relu_forward(X, p["W1"], p["b1"])
        scores, second = layers.affine_forward(hidden, p["W2"], p["b2"])
        if y is None:
            return scores
        loss, dscores = layers.softmax_loss(scores, y)
        gradients = {}
        dhidden, gradients["W2"], gradients["b2"] = layers.affine_backward(dscores, second)
        _, gradients["W1"], gradients["b1"] = layer_utils.affine_relu_backward(dhidden, first)
        return regularised(loss, gradients, p, self.reg), gradients


class FullyConnectedNet:
    """{affine - [batch or layer norm] - relu - [dropout]} x (L - 1) - affine - softmax.

    Parameters W1, b1, gamma1, beta1, ...; normalization is None, 'batchnorm' or 'layernorm'; dropout_keep_ratio 1 means no dropout;
    seed seeds every dropout mask. `dropout` is the name of the keep ratio in 2018 to 2020, `use_batchnorm` the older form of
    normalization='batchnorm'.
    """

    def __init__(
        self,
        hidden_dims: list[int],
        input_dim: int = 3 * 32 * 32,
        num_classes: int = 10,
        dropout_keep_ratio: float = 1,
        normalization: str | None = None,
        reg: float = 0.0,
        weight_scale: float = 1e-2,
        dtype: npt.DTypeLike = np.float32,
        seed: int | None = None,
        *,
        dropout: float | None = None,
        use_batchnorm: bool = False,
    ) -> None:
        keep = dropout_keep_ratio if dropout is None else dropout or 1  # 0 meant "no dropout" before 2018
        self.normalization = "batchnorm" if use_batchnorm else normalization
        if self.normalization not in (None, "batchnorm", "layernorm"):
            raise ValueError(
                f"FullyConnectedNet: normalization must be None, 'batchnorm' or 'layernorm'; got {normalization!r}"
            )
        self.use_dropout = keep != 1
        self.reg = reg
        self.num_layers = 1 + len(hidden_dims)
        self.dtype = dtype
        self.params = affine_params([input_dim, *hidden_dims, num_classes], weight_scale, dtype)
        if self.normalization:
            for number, size in enumerate(hidden_dims, start=1):
                self.params[f"gamma{number}"] = np.ones(size, dtype)
                self.params[f"beta{number}"] = np.zeros(size, dtype)
        self.dropout_param: dict[str, Any] = {"mode": "train", "p": keep} if self.use_dropout else {}
        if self.use_dropout and seed is not None:
            self.dropout_param["seed"] = seed
        modes = {"batchnorm": {"mode": "train"}, "layernorm": {}, None: None}[self.normalization]
        self.bn_params: list[dict[str, Any]] = [] if modes is None else [dict(modes) for _ in hidden_dims]

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """Return test scores (N, C) if y is None, otherwise the training loss and the gradients by name."""
        mode = "test" if y is None else "train"
        for param in [*self.bn_params, self.dropout_param]:
            if "mode" in param:
                param["mode"] = mode
        out, caches = np.asarray(X).astype(self.dtype), []
        for number in range(1, self.num_layers):
            out, cache = self._block_forward(out, number)
            caches.append(cache)
        last = self.num_layers
        scores, cache = layers.affine_forward(out, self.params[f"W{last}"], self.params[f"b{last}"])
        if y is None:
            return scores
        loss, dscores = layers.softmax_loss(scores, y)
        gradients: dict[str, Array] = {}
        dout, gradients[f"W{last}"], gradients[f"b{last}"] = layers.affine_backward(dscores, cache)
        for number in range(last - 1, 0, -1):
            dout = self._block_backward(dout, caches.pop(), number, gradients)
        return regularised(loss, gradients, self.params, self.reg), gradients

    def _block_forward(self, x: Array, number: int) -> tuple[Array, tuple[Any, ...]]:
        p, norm, dropped = self.params, None, None
        out, affine = layers.affine_forward(x, p[f"W{number}"], p[f"b{number}"])
        if self.normalization:
            forward = getattr(layers, f"{self.normalization}_forward")
            out, norm = forward(out, p[f"gamma{number}"], p[f"beta{number}"], self.bn_params[number - 1])
        out, relu = layers.relu_forward(out)
        if self.use_dropout:
            out, dropped = layers.dropout_forward(out, self.dropout_param)
        return out, (affine, norm, relu, dropped)

    def _block_backward(self, dout: Array, cache: tuple[Any, ...], number: int, gradients: dict[str, Array]) -> Array:
        affine, norm, relu, dropped = cache
        if self.use_dropout:
            dout = layers.dropout_backward(dout, dropped)
        dout = layers.relu_backward(dout, relu)
        if self.normalization:
            name = "batchnorm_backward_alt" if self.normalization == "batchnorm" else "layernorm_backward"
            dout, gradients[f"gamma{number}"], gradients[f"beta{number}"] = getattr(layers, name)(dout, norm)
        dx, gradients[f"W{number}"], gradients[f"b{number}"] = layers.affine_backward(dout, affine)
        return dx


def affine_params(sizes: list[int], weight_scale: float, dtype: npt.DTypeLike) -> dict[str, Array]:
    """Return W1, b1, W2, b2, ...: normal weights, drawn from NumPy's global generator, and biases of 0."""
    params: dict[str, Array] = {}
    for number, (rows, columns) in enumerate(pairwise(sizes), start=1):
        weight = weight_scale * np.random.randn(rows, columns)  # noqa: NPY002 (the course's draws)
        params[f"W{number}"] = weight.astype(dtype)
        params[f"b{number}"] = np.zeros(columns, dtype)
    return params


def regularised(loss: float, gradients: dict[str, Array], params: dict[str, Array], reg: float) -> float:
    """Return the loss with 0.5 * reg * sum(W**2) over the weights W1, W2, ..., and add its gradient to `gradients`."""
    for name, weight in params.items():
        if name.startswith("W"):
            loss += 0.5 * reg * float(np.sum(weight.astype(np.float64) ** 2))
            gradients[name] = gradients[name] + reg * weight
    return loss
