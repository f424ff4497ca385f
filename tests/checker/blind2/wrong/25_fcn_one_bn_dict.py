import numpy as np


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1).dot(w) + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return dout.dot(w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T.dot(dout), dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, mom = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    D = x.shape[1]
    rm = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    rv = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    if bn_param["mode"] == "train":
        mu, var = x.mean(axis=0), x.var(axis=0)
        rm, rv = mom * rm + (1 - mom) * mu, mom * rv + (1 - mom) * var
    else:
        mu, var = rm, rv
    bn_param["running_mean"], bn_param["running_var"] = rm, rv
    istd = 1 / np.sqrt(var + eps)
    xh = (x - mu) * istd
    return gamma * xh + beta, (xh, istd, gamma)


def batchnorm_backward(dout, cache):
    xh, istd, gamma = cache
    dgamma, dbeta = (dout * xh).sum(axis=0), dout.sum(axis=0)
    N = dout.shape[0]
    return gamma * istd * (dout - dbeta / N - xh * dgamma / N), dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    istd = 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    xh = (x - x.mean(axis=1, keepdims=True)) * istd
    return gamma * xh + beta, (xh, istd, gamma)


def layernorm_backward(dout, cache):
    xh, istd, gamma = cache
    g = dout * gamma
    dx = istd * (g - g.mean(axis=1, keepdims=True) - xh * (g * xh).mean(axis=1, keepdims=True))
    return dx, (dout * xh).sum(axis=0), dout.sum(axis=0)


def dropout_forward(x, dropout_param):
    """p: probability of keeping a neuron."""
    p = dropout_param["p"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    if dropout_param["mode"] == "train":
        mask = (np.random.rand(*x.shape) < p) / p
        return (x * mask).astype(x.dtype, copy=False), mask
    return x, None


def dropout_backward(dout, cache):
    return dout if cache is None else dout * cache


def softmax_loss(x, y):
    N = x.shape[0]
    s = x - x.max(axis=1, keepdims=True)
    lp = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    dx = np.exp(lp)
    dx[np.arange(N), y] -= 1
    return -lp[np.arange(N), y].mean(), dx / N


class FullyConnectedNet(object):
    def __init__(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, dropout_keep_ratio=1,
                 normalization=None, reg=0.0, weight_scale=1e-2, dtype=np.float32, seed=None):
        self.normalization = normalization
        self.use_dropout = dropout_keep_ratio != 1
        self.reg = reg
        self.num_layers = 1 + len(hidden_dims)
        self.dtype = dtype
        self.params = {}
        dims = [input_dim, *hidden_dims, num_classes]
        for i, (a, b) in enumerate(zip(dims, dims[1:]), start=1):
            self.params[f"W{i}"] = weight_scale * np.random.randn(a, b)
            self.params[f"b{i}"] = np.zeros(b)
            if normalization and i < self.num_layers:
                self.params[f"gamma{i}"] = np.ones(b)
                self.params[f"beta{i}"] = np.zeros(b)
        self.dropout_param = {}
        if self.use_dropout:
            self.dropout_param = {"mode": "train", "p": dropout_keep_ratio}
            if seed is not None:
                self.dropout_param["seed"] = seed
        self.bn_params = []
        if self.normalization == "batchnorm":
            self.bn_params = [{"mode": "train"}] * (self.num_layers - 1)
        if self.normalization == "layernorm":
            self.bn_params = [{}] * (self.num_layers - 1)
        for k, v in self.params.items():
            self.params[k] = v.astype(dtype)

    def loss(self, X, y=None):
        X = X.astype(self.dtype)
        mode = "test" if y is None else "train"
        if self.use_dropout:
            self.dropout_param["mode"] = mode
        if self.normalization == "batchnorm":
            for bn_param in self.bn_params:
                bn_param["mode"] = mode
        p, L = self.params, self.num_layers
        h, stack = X, []
        for i in range(1, L):
            h, c = affine_forward(h, p[f"W{i}"], p[f"b{i}"])
            stack.append(c)
            if self.normalization:
                f = batchnorm_forward if self.normalization == "batchnorm" else layernorm_forward
                h, c = f(h, p[f"gamma{i}"], p[f"beta{i}"], self.bn_params[i - 1])
                stack.append(c)
            h, c = relu_forward(h)
            stack.append(c)
            if self.use_dropout:
                h, c = dropout_forward(h, self.dropout_param)
                stack.append(c)
        scores, c = affine_forward(h, p[f"W{L}"], p[f"b{L}"])
        if mode == "test":
            return scores
        loss, d = softmax_loss(scores, y)
        grads = {}
        d, grads[f"W{L}"], grads[f"b{L}"] = affine_backward(d, c)
        for i in range(L - 1, 0, -1):
            if self.use_dropout:
                d = dropout_backward(d, stack.pop())
            d = relu_backward(d, stack.pop())
            if self.normalization:
                f = batchnorm_backward if self.normalization == "batchnorm" else layernorm_backward
                d, grads[f"gamma{i}"], grads[f"beta{i}"] = f(d, stack.pop())
            d, grads[f"W{i}"], grads[f"b{i}"] = affine_backward(d, stack.pop())
        for i in range(1, L + 1):
            W = p[f"W{i}"]
            loss += 0.5 * self.reg * np.sum(W * W)
            grads[f"W{i}"] += self.reg * W
        return loss, grads
