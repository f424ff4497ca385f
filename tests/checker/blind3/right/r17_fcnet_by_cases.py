from builtins import object, range

import numpy as np


def softmax_loss(x, y):
    s = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(s), axis=1, keepdims=True)
    log_probs = s - np.log(Z)
    probs = np.exp(log_probs)
    N = x.shape[0]
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


class FullyConnectedNet(object):
    """All by hand, one list a quantity."""

    def __init__(
        self,
        hidden_dims,
        input_dim=3072,
        num_classes=10,
        dropout_keep_ratio=1,
        normalization=None,
        reg=0.0,
        weight_scale=1e-2,
        dtype=np.float32,
        seed=None,
    ):
        self.normalization, self.reg, self.dtype = normalization, reg, dtype
        self.use_dropout = dropout_keep_ratio != 1
        self.num_layers = L = len(hidden_dims) + 1
        self.params = {}
        sizes = np.hstack((input_dim, hidden_dims, num_classes)).astype(int)
        for l in range(L):
            self.params["W" + str(l + 1)] = (weight_scale * np.random.randn(sizes[l], sizes[l + 1])).astype(dtype)
            self.params["b" + str(l + 1)] = np.zeros(sizes[l + 1], dtype=dtype)
            if normalization is not None and l != L - 1:
                self.params["gamma" + str(l + 1)] = np.ones(sizes[l + 1], dtype=dtype)
                self.params["beta" + str(l + 1)] = np.zeros(sizes[l + 1], dtype=dtype)
        self.dropout_param = {"mode": "train", "p": dropout_keep_ratio, "seed": seed} if self.use_dropout else {}
        self.bn_params = [{"mode": "train"} for _ in range(L - 1)] if normalization else []

    def _norm(self, a, l, train):
        if self.normalization == "layernorm":
            axis, m, v = 1, a.mean(1, keepdims=True), a.var(1, keepdims=True)
        else:
            state, axis = self.bn_params[l], 0
            rm = state.get("running_mean", np.zeros(a.shape[1]))
            rv = state.get("running_var", np.zeros(a.shape[1]))
            if train:
                m, v = a.mean(0), a.var(0)
                state["running_mean"] = 0.9 * rm + 0.1 * m
                state["running_var"] = 0.9 * rv + 0.1 * v
            else:
                m, v = rm, rv
        std = np.sqrt(v + 1e-5)
        return (a - m) / std, std, axis

    def loss(self, X, y=None):
        p, L, train = self.params, self.num_layers, y is not None
        ins, hats, stds, acts, masks = [], [None] * L, [None] * L, [], [None] * L
        h = X.astype(self.dtype).reshape(X.shape[0], -1)
        for l in range(L - 1):
            ins.append(h)
            a = h.dot(p["W%d" % (l + 1)]) + p["b%d" % (l + 1)]
            if self.normalization:
                hats[l], stds[l], axis = self._norm(a, l, train)
                a = p["gamma%d" % (l + 1)] * hats[l] + p["beta%d" % (l + 1)]
            acts.append(a)
            h = np.maximum(a, 0)
            if self.use_dropout and train:
                keep = self.dropout_param["p"]
                if self.dropout_param["seed"] is not None:
                    np.random.seed(self.dropout_param["seed"])
                masks[l] = (np.random.rand(*h.shape) < keep) / keep
                h = h * masks[l]
        ins.append(h)
        scores = h.dot(p["W%d" % L]) + p["b%d" % L]
        if not train:
            return scores
        loss, d = softmax_loss(scores, y)
        grads = {}
        for l in range(L - 1, -1, -1):
            n = str(l + 1)
            if l < L - 1:
                if masks[l] is not None:
                    d = d * masks[l]
                d = d * (acts[l] > 0)
                if self.normalization:
                    grads["gamma" + n], grads["beta" + n] = (d * hats[l]).sum(0), d.sum(0)
                    d = d * p["gamma" + n]
                    ax = 1 if self.normalization == "layernorm" else 0
                    d = (d - d.mean(ax, keepdims=True) - hats[l] * (d * hats[l]).mean(ax, keepdims=True)) / stds[l]
            loss += 0.5 * self.reg * np.sum(p["W" + n] * p["W" + n])
            grads["W" + n] = ins[l].T.dot(d) + self.reg * p["W" + n]
            grads["b" + n] = d.sum(axis=0)
            d = d.dot(p["W" + n].T)
        return loss, grads
