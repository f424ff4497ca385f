"""`cs231n.classifiers.cnn`. A star import includes the layers, as the notebooks expect."""

from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.interop.cs231n import layer_utils, layers
from pellucid.interop.cs231n.classifiers.fc_net import regularised
from pellucid.interop.cs231n.layer_utils import *  # noqa: F403
from pellucid.shapes import Array

__all__ = [*layer_utils.__all__, "ThreeLayerConvNet"]


class ThreeLayerConvNet:
    """conv - relu - 2x2 max pool - affine - relu - affine - softmax; padding keeps the image size.

    Parameters W1, b1, W2, b2, W3, b3.
    """

    def __init__(
        self,
        input_dim: tuple[int, int, int] = (3, 32, 32),
        num_filters: int = 32,
        filter_size: int = 7,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
        reg: float = 0.0,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        channels, height, width = input_dim
        self.reg, self.dtype = reg, dtype
        pooled = num_filters * (height // 2) * (width // 2)
        shapes = [(num_filters, channels, filter_size, filter_size), (pooled, hidden_dim), (hidden_dim, num_classes)]
        biases = (num_filters, hidden_dim, num_classes)
        self.params: dict[str, Array] = {}
        for number, (shape, size) in enumerate(zip(shapes, biases, strict=True), start=1):
            weight = weight_scale * np.random.randn(*shape)  # noqa: NPY002 (the course's draws)
            self.params[f"W{number}"] = weight.astype(dtype)
            self.params[f"b{number}"] = np.zeros(size, dtype)

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """Return scores (N, C) if y is None, otherwise the loss with 0.5 * reg * sum(W**2), and the gradients by name."""
        p = self.params
        conv_param = {"stride": 1, "pad": (p["W1"].shape[2] - 1) // 2}
        pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
        maps, first = layer_utils.conv_relu_pool_forward(X, p["W1"], p["b1"], conv_param, pool_param)
        hidden, second = layer_utils.affine_relu_forward(maps, p["W2"], p["b2"])
        scores, third = layers.affine_forward(hidden, p["W3"], p["b3"])
        if y is None:
            return scores
        loss, dscores = layers.softmax_loss(scores, y)
        gradients = {}
        dhidden, gradients["W3"], gradients["b3"] = layers.affine_backward(dscores, third)
        dmaps, gradients["W2"], gradients["b2"] = layer_utils.affine_relu_backward(dhidden, second)
        _, gradients["W1"], gradients["b1"] = layer_utils.conv_relu_pool_backward(dmaps, first)
        return regularised(loss, gradients, p, self.reg), gradients
