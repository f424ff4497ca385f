import numpy as np

from cs231n.layers import *


class FullyConnectedNet(object):
    def __init__(
        self,
        hidden_dims,
        input_dim=3 * 32 * 32,
        num_classes=10,
        dropout_keep_ratio=1,
        normalization=None,
        reg=0.0,
        weight_scale=1e-2,
        dtype=np.float32,
        seed=None,
    ):
        self.normalization = normalization
        self.use_dropout = dropout_keep_ratio != 1
        self.reg = reg
        self.num_layers = 1 + len(hidden_dims)
        self.dtype = dtype
        self.params = {}
        dims = [input_dim] + list(hidden_dims) + [num_classes]
        for i, (n_in, n_out) in enumerate(zip(dims[:-1], dims[1:]), 1):
            self.params["W%d" % i] = np.random.normal(0, weight_scale, (n_in, n_out))
            self.params["b%d" % i] = np.zeros(n_out)
            if normalization and i < self.num_layers:
                self.params["gamma%d" % i] = np.ones(n_out)
                self.params["beta%d" % i] = np.zeros(n_out)
        self.dropout_param = {}
        if self.use_dropout:
            self.dropout_param = {"mode": "train", "p": dropout_keep_ratio}
            if seed is not None:
                self.dropout_param["seed"] = seed
        self.bn_params = []
        if self.normalization == "batchnorm":
            self.bn_params = [{"mode": "train"} for i in range(self.num_layers - 1)]
        if self.normalization == "layernorm":
            self.bn_params = [{} for i in range(self.num_layers - 1)]
        for k, v in self.params.items():
            self.params[k] = v.astype(dtype)

    def _tape(self, i):
        """(names, forward, backward) of layer i's parts, in order."""
        p = self.params
        w, b = f"W{i}", f"b{i}"
        parts = [((w, b), lambda h: affine_forward(h, p[w], p[b]), affine_backward)]
        if i == self.num_layers:
            return parts
        g, t = f"gamma{i}", f"beta{i}"
        if self.normalization == "batchnorm":
            parts.append(((g, t), lambda h: batchnorm_forward(h, p[g], p[t], self.bn_params[i - 1]), batchnorm_backward))
        elif self.normalization == "layernorm":
            parts.append(((g, t), lambda h: layernorm_forward(h, p[g], p[t], self.bn_params[i - 1]), layernorm_backward))
        parts.append(((), relu_forward, relu_backward))
        if self.use_dropout:
            parts.append(((), lambda h: dropout_forward(h, self.dropout_param), dropout_backward))
        return parts

    def loss(self, X, y=None):
        X = X.astype(self.dtype)
        mode = "test" if y is None else "train"
        if self.use_dropout:
            self.dropout_param["mode"] = mode
        if self.normalization == "batchnorm":
            for bn_param in self.bn_params:
                bn_param["mode"] = mode
        tape = []
        h = X
        for i in range(1, self.num_layers + 1):
            for names, forward, backward in self._tape(i):
                h, cache = forward(h)
                tape.append((names, backward, cache))
        if mode == "test":
            return h
        loss, d = softmax_loss(h, y)
        grads = {}
        while tape:
            names, backward, cache = tape.pop()
            back = backward(d, cache)
            if names:
                d, *gradients = back
                grads.update(zip(names, gradients))
            else:
                d = back
        for name in grads:
            if name.startswith("W"):
                loss += self.reg / 2 * np.linalg.norm(self.params[name]) ** 2
                grads[name] = grads[name] + self.reg * self.params[name]
        return loss, grads
