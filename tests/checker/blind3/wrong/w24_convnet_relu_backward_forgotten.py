import numpy as np

from cs231n.fast_layers import *
from cs231n.layer_utils import *
from cs231n.layers import *


class ThreeLayerConvNet(object):
    def __init__(
        self,
        input_dim=(3, 32, 32),
        num_filters=32,
        filter_size=7,
        hidden_dim=100,
        num_classes=10,
        weight_scale=1e-3,
        reg=0.0,
        dtype=np.float32,
    ):
        self.reg, self.dtype = reg, dtype
        C, H, W = input_dim
        self.conv_param = {"stride": 1, "pad": (filter_size - 1) // 2}
        self.pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
        flat = num_filters * (H // 2) * (W // 2)
        shapes = [(num_filters, C, filter_size, filter_size), (flat, hidden_dim), (hidden_dim, num_classes)]
        outs = [num_filters, hidden_dim, num_classes]
        self.params = {}
        for k in range(3):
            self.params[f"W{k + 1}"] = np.random.randn(*shapes[k]).astype(dtype) * dtype(weight_scale)
            self.params[f"b{k + 1}"] = np.zeros(outs[k], dtype)

    def loss(self, X, y=None):
        P = self.params
        a1, c1 = conv_forward_fast(X, P["W1"], P["b1"], self.conv_param)
        r1, c2 = relu_forward(a1)
        p1, c3 = max_pool_forward_fast(r1, self.pool_param)
        a2, c4 = affine_forward(p1, P["W2"], P["b2"])
        r2, c5 = relu_forward(a2)
        scores, c6 = affine_forward(r2, P["W3"], P["b3"])
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        grads = {}
        dr2, grads["W3"], grads["b3"] = affine_backward(dscores, c6)
        dp1, grads["W2"], grads["b2"] = affine_backward(relu_backward(dr2, c5), c4)
        _, grads["W1"], grads["b1"] = conv_backward_fast(max_pool_backward_fast(dp1, c3), c1)
        squares = 0
        for W in ("W1", "W2", "W3"):
            squares += np.vdot(P[W], P[W])
            grads[W] += self.reg * P[W]
        return loss + 0.5 * self.reg * squares, grads
