import numpy as np


def affine_forward(x, w, b):
    return np.dot(x.reshape(x.shape[0], -1), w) + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return np.dot(dout, w.T).reshape(x.shape), np.dot(x.reshape(x.shape[0], -1).T, dout), dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return np.where(cache > 0, dout, 0)


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    rm = bn_param.get("running_mean", np.zeros(x.shape[1], dtype=x.dtype))
    rv = bn_param.get("running_var", np.zeros(x.shape[1], dtype=x.dtype))
    if bn_param["mode"] == "test":
        return gamma * ((x - rm) / np.sqrt(rv + eps)) + beta, None
    mu = x.mean(axis=0)
    c = x - mu
    v = (c ** 2).mean(axis=0)
    s = np.sqrt(v + eps)
    bn_param["running_mean"] = momentum * rm + (1 - momentum) * mu
    bn_param["running_var"] = momentum * rv + (1 - momentum) * v
    return gamma * (c / s) + beta, (c / s, s, gamma)


def batchnorm_backward(dout, cache):
    z, s, gamma = cache
    dz = dout * gamma
    dx = (dz - dz.mean(axis=0) - z * (dz * z).mean(axis=0)) / s
    return dx, (dout * z).sum(axis=0), dout.sum(axis=0)


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    c = x - x.mean(axis=-1, keepdims=True)
    s = np.sqrt((c ** 2).mean(axis=-1, keepdims=True) + eps)
    return gamma * (c / s) + beta, (c / s, s, gamma)


def layernorm_backward(dout, cache):
    z, s, gamma = cache
    dz = dout * gamma
    dx = (dz - dz.mean(axis=-1, keepdims=True) - z * (dz * z).mean(axis=-1, keepdims=True)) / s
    return dx, (dout * z).sum(axis=0), dout.sum(axis=0)


def dropout_forward(x, dropout_param):
    """p = chance that a neuron stays."""
    p = dropout_param["p"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    if dropout_param["mode"] == "train":
        mask = (np.random.rand(*x.shape) < p) / p
        return (x * mask).astype(x.dtype, copy=False), mask
    return x, None


def dropout_backward(dout, cache):
    if cache is None:
        return dout
    return dout * cache


def softmax_loss(x, y):
    z = x - np.max(x, axis=1, keepdims=True)
    lse = np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    N = x.shape[0]
    loss = -np.sum((z - lse)[np.arange(N), y]) / N
    dx = np.exp(z - lse)
    dx[np.arange(N), y] -= 1
    return loss, dx / N


class FullyConnectedNet:
    def __init__(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, dropout_keep_ratio=1,
                 normalization=None, reg=0.0, weight_scale=1e-2, dtype=np.float32, seed=None):
        # normalization: None, "batchnorm" or "layernorm"
        self.normalization = normalization
        self.use_dropout = dropout_keep_ratio != 1
        self.reg, self.dtype, self.num_layers = reg, dtype, 1 + len(hidden_dims)
        self.params = {}
        dims = np.hstack([input_dim, hidden_dims, num_classes]).astype(int)
        for i in range(self.num_layers):
            n = str(i + 1)
            self.params["W" + n] = np.random.randn(dims[i], dims[i + 1]) * weight_scale
            self.params["b" + n] = np.zeros(dims[i + 1])
            if self.normalization and i < self.num_layers - 1:
                self.params["gamma" + n] = np.ones(dims[i + 1])
                self.params["beta" + n] = np.zeros(dims[i + 1])
        self.dropout_param = {}
        if self.use_dropout:
            self.dropout_param = {"mode": "train", "p": dropout_keep_ratio}
            if seed is not None:
                self.dropout_param["seed"] = seed
        self.bn_params = [{"mode": "train"} for _ in range(self.num_layers - 1)]
        self.params = {k: v.astype(dtype) for k, v in self.params.items()}

    def _hidden_forward(self, x, n):
        P = self.params
        x, ca = affine_forward(x, P["W" + n], P["b" + n])
        cn = cd = None
        if self.normalization:
            norm = batchnorm_forward if self.normalization == "batchnorm" else layernorm_forward
            x, cn = norm(x, P["gamma" + n], P["beta" + n], self.bn_params[int(n) - 1])
        x, cr = relu_forward(x)
        if self.use_dropout:
            x, cd = dropout_forward(x, self.dropout_param)
        return x, (ca, cn, cr, cd)

    def _hidden_backward(self, d, cache, n, grads):
        ca, cn, cr, cd = cache
        if self.use_dropout:
            d = dropout_backward(d, cd)
        d = relu_backward(d, cr)
        if self.normalization:
            norm = batchnorm_backward if self.normalization == "batchnorm" else layernorm_backward
            d, grads["gamma" + n], grads["beta" + n] = norm(d, cn)
        d, grads["W" + n], grads["b" + n] = affine_backward(d, ca)
        return d

    def loss(self, X, y=None):
        X = X.astype(self.dtype)
        mode = "test" if y is None else "train"
        for param in self.bn_params:
            param["mode"] = mode
        out, caches = X, []
        for i in range(1, self.num_layers):
            out, cache = self._hidden_forward(out, str(i))
            caches.append(cache)
        n = str(self.num_layers)
        scores, cache = affine_forward(out, self.params["W" + n], self.params["b" + n])
        if mode == "test":
            return scores
        grads = {}
        loss, d = softmax_loss(scores, y)
        d, grads["W" + n], grads["b" + n] = affine_backward(d, cache)
        for i in range(self.num_layers - 1, 0, -1):
            d = self._hidden_backward(d, caches[i - 1], str(i), grads)
        for i in range(1, self.num_layers + 1):
            W = self.params["W%d" % i]
            loss += 0.5 * self.reg * np.sum(W ** 2)
            grads["W%d" % i] = grads["W%d" % i] + self.reg * W
        return loss, grads
