"""Transformer pieces with manual gradients. B: batch, T: tokens, C: channels."""
import numpy as np


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attention_forward(q, k, v):
    """q, k, v: (B, T, C)"""
    scale = 1.0 / np.sqrt(q.shape[-1])
    att = softmax(q @ k.transpose(0, 2, 1) * scale)
    return att @ v, (q, k, v, att, scale)


def attention_backward(dout, cache):
    q, k, v, att, scale = cache
    dv = att.transpose(0, 2, 1) @ dout
    datt = dout @ v.transpose(0, 2, 1)
    dscores = att * (datt - (datt * att).sum(axis=-1, keepdims=True)) * scale
    return dscores @ k, dscores.transpose(0, 2, 1) @ q, dv


class CausalHead:
    def __init__(self, n_embd, head_size):
        self.wq = np.random.randn(n_embd, head_size) * 0.3
        self.wk = np.random.randn(n_embd, head_size) * 0.3
        self.wv = np.random.randn(n_embd, head_size) * 0.3

    def forward(self, x):
        B, T, C = x.shape
        self.x = x
        self.q, self.k, self.v = x @ self.wq, x @ self.wk, x @ self.wv
        wei = self.q @ self.k.swapaxes(-2, -1) * self.k.shape[-1] ** -0.5
        wei = np.where(np.tril(np.ones((T, T))) == 0, -1e9, wei)
        self.wei = softmax(wei)
        return self.wei @ self.v

    def backward(self, dout):
        dv = self.wei.swapaxes(-2, -1) @ dout
        dwei = dout @ self.v.swapaxes(-2, -1)
        dwei = self.wei * (dwei - np.sum(dwei * self.wei, axis=-1, keepdims=True))
        dq, dk = dwei @ self.k, dwei.swapaxes(-2, -1) @ self.q
        self.dwq = np.einsum("btc,bth->ch", self.x, dq)
        self.dwk = np.einsum("btc,bth->ch", self.x, dk)
        self.dwv = np.einsum("btc,bth->ch", self.x, dv)
        return dq @ self.wq.T + dk @ self.wk.T + dv @ self.wv.T


class LayerNorm:
    def __init__(self, dim, eps=1e-5):
        self.gamma, self.beta, self.eps = np.ones(dim), np.zeros(dim), eps

    def __call__(self, x):
        mean = x.mean(-1, keepdims=True)
        var = x.var(-1, keepdims=True)
        self.xhat = (x - mean) / (np.sqrt(var) + self.eps)
        self.std = np.sqrt(var + self.eps)
        return self.gamma * self.xhat + self.beta

    def backward(self, dy):
        axes = tuple(range(dy.ndim - 1))
        self.dgamma = (dy * self.xhat).sum(axes)
        self.dbeta = dy.sum(axes)
        d = dy * self.gamma
        return (d - d.mean(-1, keepdims=True) - self.xhat * (d * self.xhat).mean(-1, keepdims=True)) / self.std


class TokenEmbedding:
    def __init__(self, vocab_size, n_embd):
        self.weight = np.random.randn(vocab_size, n_embd) * 0.02

    def forward(self, idx):
        self.idx = idx
        return self.weight[idx]

    def backward(self, dout):
        self.dweight = np.zeros_like(self.weight)
        self.dweight[self.idx] += dout


class PositionTable:
    """Adds a learned vector to every position."""

    def __init__(self, block_size, n_embd):
        self.table = np.random.randn(block_size, n_embd) * 0.02

    def forward(self, x):
        self.steps = x.shape[1]
        return x + self.table[:self.steps]

    def backward(self, dout):
        self.dtable = np.zeros_like(self.table)
        self.dtable[:self.steps] = dout.sum(axis=0)
        return dout


class FeedForward:
    def __init__(self, n_embd, hidden):
        self.w1, self.b1 = np.random.randn(n_embd, hidden) * 0.3, np.zeros(hidden)
        self.w2, self.b2 = np.random.randn(hidden, n_embd) * 0.3, np.zeros(n_embd)

    def forward(self, x):
        self.x = x
        self.h = np.maximum(0, x @ self.w1 + self.b1)
        return self.h @ self.w2 + self.b2

    def backward(self, dout):
        flat = lambda a: a.reshape(-1, a.shape[-1])
        self.dw2, self.db2 = flat(self.h).T @ flat(dout), flat(dout).sum(0)
        dh = dout @ self.w2.T * (self.h > 0)
        self.dw1, self.db1 = flat(self.x).T @ flat(dh), flat(dh).sum(0)
        return dh @ self.w1.T


def gelu(x):
    t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3))
    return 0.5 * x * (1 + t), (x, t)


def gelu_grad(dout, cache):
    x, t = cache
    du = np.sqrt(2 / np.pi) * (1 + 0.044715 * x ** 2)
    return dout * (0.5 * (1 + t) + 0.5 * x * (1 - t ** 2) * du)


def swiglu(x, w, v):
    a, b = x @ w, x @ v
    s = 1 / (1 + np.exp(-a))
    return a * s * b, (x, w, v, a, b, s)


def swiglu_grad(dout, cache):
    x, w, v, a, b, s = cache
    da = dout * b * (s + a * s * (1 - s))
    db = dout * a * s
    return da @ w.T + db @ v.T, x.T @ da, x.T @ db


def sinusoidal_positions(n_positions, d_model):
    """Rows are positions; even columns hold sines and odd ones cosines."""
    position = np.arange(n_positions)[:, None]
    rate = 1 / 10000 ** (2 * np.arange(d_model // 2) / d_model)
    table = np.zeros((n_positions, d_model))
    table[:, 0::2] = np.sin(position * rate)
    table[:, 1::2] = np.cos(position * rate)
    return table
