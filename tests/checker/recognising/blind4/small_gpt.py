"""Pieces of a small language model, NumPy only. Activations are (batch, time, width)."""
import numpy as np


def softmax(x):
    x = np.exp(x - x.max(axis=-1, keepdims=True))
    return x / x.sum(axis=-1, keepdims=True)


class CausalAttention:
    def forward(self, q, k, v):
        t = q.shape[1]
        self.q, self.k, self.v = q, k, v
        self.scale = 1 / np.sqrt(q.shape[-1])
        scores = q @ k.transpose(0, 2, 1) * self.scale
        scores = np.where(np.tril(np.ones((t, t))) == 1, scores, -1e9)
        self.p = softmax(scores)
        return self.p @ v

    def backward(self, dout):
        dv = self.p.transpose(0, 2, 1) @ dout
        dp = dout @ self.v.transpose(0, 2, 1)
        ds = self.p * (dp - (dp * self.p).sum(-1, keepdims=True)) * self.scale
        return ds @ self.k, ds.transpose(0, 2, 1) @ self.q, dv


class WrongWayAttention:
    """Attention without a mask."""

    def forward(self, q, k, v):
        self.q, self.k, self.v = q, k, v
        self.scale = q.shape[-1] ** -0.5
        s = q @ k.transpose(0, 2, 1) * self.scale
        e = np.exp(s - s.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        return self.p @ v

    def backward(self, dout):
        dv = self.p.transpose(0, 2, 1) @ dout
        dp = dout @ self.v.transpose(0, 2, 1)
        ds = self.p * (dp - (dp * self.p).sum(axis=1, keepdims=True)) * self.scale
        return ds @ self.k, ds.transpose(0, 2, 1) @ self.q, dv


class MultiHead:
    def __init__(self, width, heads):
        self.h = heads
        self.wq, self.wk, self.wv, self.wo = (np.random.randn(width, width) * width**-0.5 for _ in range(4))

    def split(self, x):
        b, t, d = x.shape
        return x.reshape(b, t, self.h, d // self.h).transpose(0, 2, 1, 3)

    def merge(self, x):
        b, h, t, d = x.shape
        return x.transpose(0, 2, 1, 3).reshape(b, t, h * d)

    def forward(self, x):
        self.x = x
        self.q, self.k, self.v = self.split(x @ self.wq), self.split(x @ self.wk), self.split(x @ self.wv)
        self.scale = self.q.shape[-1] ** -0.5
        self.p = softmax(self.q @ self.k.swapaxes(-1, -2) * self.scale)
        self.joined = self.merge(self.p @ self.v)
        return self.joined @ self.wo

    def backward(self, dout):
        self.dwo = np.einsum("btd,bte->de", self.joined, dout)
        dz = self.split(dout @ self.wo.T)
        dv = self.p.swapaxes(-1, -2) @ dz
        dp = dz @ self.v.swapaxes(-1, -2)
        ds = self.p * (dp - (dp * self.p).sum(-1, keepdims=True)) * self.scale
        dq, dk, dv = self.merge(ds @ self.k), self.merge(ds.swapaxes(-1, -2) @ self.q), self.merge(dv)
        self.dwq = np.einsum("btd,bte->de", self.x, dq)
        self.dwk = np.einsum("btd,bte->de", self.x, dk)
        self.dwv = np.einsum("btd,bte->de", self.x, dv)
        return dq @ self.wq.T + dk @ self.wk.T + dv @ self.wv.T


class FeedForward:
    """relu(x W1)^2 W2"""

    def __init__(self, width, hidden):
        self.w1 = np.random.randn(width, hidden) * 0.2
        self.w2 = np.random.randn(hidden, width) * 0.2

    def forward(self, x):
        self.x = x
        self.r = np.maximum(x @ self.w1, 0)
        return self.r**2 @ self.w2

    def backward(self, dout):
        self.dw2 = np.tensordot(self.r**2, dout, axes=([0, 1], [0, 1]))
        da = 2 * self.r * (dout @ self.w2.T)
        self.dw1 = np.tensordot(self.x, da, axes=([0, 1], [0, 1]))
        return da @ self.w1.T


class Rotary:
    """Turns pairs of features by an angle that grows with the position."""

    def __init__(self, base=10000.0):
        self.base = base

    def turn(self, x, sign):
        t, d = x.shape[1], x.shape[2]
        angle = np.arange(t)[:, None] * self.base ** (-np.arange(0, d, 2) / d)
        cos, sin = np.cos(angle), sign * np.sin(angle)
        a, b = x[..., 0::2], x[..., 1::2]
        out = np.empty_like(x)
        out[..., 0::2] = a * cos - b * sin
        out[..., 1::2] = a * sin + b * cos
        return out

    def forward(self, x):
        return self.turn(x, 1.0)

    def backward(self, dout):
        return self.turn(dout, 1.0)


class TokenTable:
    """Vectors of the tokens, scaled up by the root of the width."""

    def __init__(self, vocab, width):
        self.table = np.random.randn(vocab, width) * 0.1
        self.root = width**0.5

    def forward(self, ids):
        self.ids = ids
        return self.table[ids] * self.root

    def backward(self, dout):
        self.dtable = np.zeros_like(self.table)
        np.add.at(self.dtable, self.ids, dout * self.root)


class SmoothedCrossEntropy:
    def __init__(self, smoothing=0.1):
        self.smoothing = smoothing

    def forward(self, logits, targets):
        n, k = logits.shape
        self.p = softmax(logits)
        self.y = np.eye(k)[targets]
        soft = self.y * (1 - self.smoothing) + self.smoothing / k
        return -(soft * np.log(self.p)).sum() / n

    def backward(self):
        return (self.p - self.y) / len(self.y)


class PaddedCrossEntropy:
    """Targets of -1 do not count."""

    def forward(self, logits, targets):
        self.p = softmax(logits)
        self.real = targets >= 0
        self.targets = np.where(self.real, targets, 0)
        picked = self.p[np.arange(len(targets)), self.targets]
        return -(np.log(picked) * self.real).sum() / self.real.sum()

    def backward(self):
        d = self.p.copy()
        d[np.arange(len(d)), self.targets] -= 1
        return d * self.real[:, None] / self.real.sum()
