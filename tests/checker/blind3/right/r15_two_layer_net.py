import numpy as np


class TwoLayerNet(object):
    """No layer functions: everything by hand."""

    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        rng = np.random
        self.reg = reg
        self.params = dict(
            W1=weight_scale * rng.randn(input_dim, hidden_dim),
            b1=np.zeros(hidden_dim),
            W2=weight_scale * rng.randn(hidden_dim, num_classes),
            b2=np.zeros(num_classes),
        )

    def loss(self, X, y=None):
        W1, b1, W2, b2 = [self.params[k] for k in ("W1", "b1", "W2", "b2")]
        N = X.shape[0]
        flat = X.reshape(N, -1)
        hidden = np.maximum(flat @ W1 + b1, 0)
        scores = hidden @ W2 + b2
        if y is None:
            return scores
        shifted = scores - scores.max(axis=1, keepdims=True)
        logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        data = -logp[np.arange(N), y].mean()
        loss = data + 0.5 * self.reg * sum((self.params[k] ** 2).sum() for k in ("W1", "W2"))
        d = np.exp(logp)
        d[np.arange(N), y] -= 1
        d /= N
        dh = (d @ W2.T) * (hidden > 0)
        grads = {"W2": hidden.T @ d + self.reg * W2, "b2": d.sum(0)}
        grads["W1"] = flat.T @ dh + self.reg * W1
        grads["b1"] = dh.sum(0)
        return loss, grads
