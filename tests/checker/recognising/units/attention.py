# unit: attention | attention | correct
# unit: MultiHeadAttention | multi-head attention | correct
# unit: SelfAttention | multi-head attention | wrong | softmax/sum
# unit: CrossAttention | multi-head attention | wrong | root/head/scale
# unit: MHA | multi-head attention | wrong | values/flows back
import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attention(Q, K, V, mask=None):
    scores = Q @ K.swapaxes(-1, -2) / np.sqrt(Q.shape[-1])
    if mask is not None:
        scores = np.where(mask == 0, -1e9, scores)
    weights = softmax(scores)
    return weights @ V, (Q, K, V, weights)


def attention_backward(dout, cache):
    Q, K, V, w = cache
    dw = dout @ V.swapaxes(-1, -2)
    dV = w.swapaxes(-1, -2) @ dout
    ds = w * (dw - (dw * w).sum(axis=-1, keepdims=True)) / np.sqrt(Q.shape[-1])
    return ds @ K, ds.swapaxes(-1, -2) @ Q, dV


class MultiHeadAttention:
    def __init__(self, d_model, num_heads):
        self.h, self.dk = num_heads, d_model // num_heads
        self.W_q, self.W_k, self.W_v, self.W_o = (np.random.randn(d_model, d_model) * 0.1 for _ in range(4))
        self.b_q, self.b_k, self.b_v, self.b_o = (np.zeros(d_model) for _ in range(4))

    def split(self, x):
        n, t, e = x.shape
        return x.reshape(n, t, self.h, self.dk).transpose(0, 2, 1, 3)

    def merge(self, x):
        n, h, t, d = x.shape
        return x.transpose(0, 2, 1, 3).reshape(n, t, h * d)

    def forward(self, x, mask=None):
        self.x = x
        self.q, self.k, self.v = (self.split(x @ w + b) for w, b in ((self.W_q, self.b_q), (self.W_k, self.b_k), (self.W_v, self.b_v)))
        s = self.q @ self.k.transpose(0, 1, 3, 2) / np.sqrt(self.dk)
        if mask is not None:
            s = s + (1 - mask) * -1e9
        self.p = softmax(s)
        self.ctx = self.merge(self.p @ self.v)
        return self.ctx @ self.W_o + self.b_o

    def backward(self, dout):
        e = dout.shape[-1]
        flat = lambda a: a.reshape(-1, e)
        self.dW_o, self.db_o = flat(self.ctx).T @ flat(dout), flat(dout).sum(0)
        dctx = self.split(dout @ self.W_o.T)
        dp = dctx @ self.v.transpose(0, 1, 3, 2)
        dv = self.p.transpose(0, 1, 3, 2) @ dctx
        ds = self.p * (dp - (dp * self.p).sum(-1, keepdims=True)) / np.sqrt(self.dk)
        dq, dk = ds @ self.k, ds.transpose(0, 1, 3, 2) @ self.q
        dq, dk, dv = self.merge(dq), self.merge(dk), self.merge(dv)
        self.dW_q, self.db_q = flat(self.x).T @ flat(dq), flat(dq).sum(0)
        self.dW_k, self.db_k = flat(self.x).T @ flat(dk), flat(dk).sum(0)
        self.dW_v, self.db_v = flat(self.x).T @ flat(dv), flat(dv).sum(0)
        return dq @ self.W_q.T + dk @ self.W_k.T + dv @ self.W_v.T


class SelfAttention:
    def __init__(self, embed_dim, heads):
        self.heads = heads
        self.qkv = np.random.randn(embed_dim, 3 * embed_dim) * 0.2
        self.proj = np.random.randn(embed_dim, embed_dim) * 0.2

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = np.split(x @ self.qkv, 3, axis=2)
        cut = lambda a: a.reshape(B, T, self.heads, C // self.heads).transpose(0, 2, 1, 3)
        q, k, v = cut(q), cut(k), cut(v)
        att = q @ k.transpose(0, 1, 3, 2) * (C // self.heads) ** -0.5
        att = np.where(np.tril(np.ones((T, T))) > 0, att, -np.inf)
        p = softmax(att)
        y = (p @ v).transpose(0, 2, 1, 3).reshape(B, T, C)
        self.saved = x, q, k, v, p, y
        return y @ self.proj

    def backward(self, g):
        x, q, k, v, p, y = self.saved
        B, T, C = x.shape
        join = lambda a: a.transpose(0, 2, 1, 3).reshape(B, T, C)
        self.dproj = np.einsum("btc,btd->cd", y, g)
        dy = (g @ self.proj.T).reshape(B, T, self.heads, -1).transpose(0, 2, 1, 3)
        dp = dy @ v.transpose(0, 1, 3, 2)
        ds = p * dp  # here
        ds *= (C // self.heads) ** -0.5
        d = np.concatenate([join(ds @ k), join(ds.transpose(0, 1, 3, 2) @ q), join(p.transpose(0, 1, 3, 2) @ dy)], axis=2)
        self.dqkv = np.einsum("btc,btd->cd", x, d)
        return d @ self.qkv.T


class CrossAttention:
    def __init__(self, d_model, n_heads):
        self.n_heads, self.d_model = n_heads, d_model
        self.Wq, self.Wk, self.Wv, self.Wo = [np.random.randn(d_model, d_model) for _ in range(4)]

    def forward(self, query, key, value):
        def heads(x, W):
            return (x @ W).reshape(x.shape[0], x.shape[1], self.n_heads, -1).transpose(0, 2, 1, 3)

        q, k, v = heads(query, self.Wq), heads(key, self.Wk), heads(value, self.Wv)
        w = softmax(q @ k.transpose(0, 1, 3, 2) / np.sqrt(self.d_model))  # here
        out = (w @ v).transpose(0, 2, 1, 3)
        return out.reshape(*out.shape[:2], -1) @ self.Wo


class MHA:
    def __init__(self, dim, num_heads):
        self.nh, self.dh = num_heads, dim // num_heads
        self.params = {k: np.random.randn(dim, dim) * 0.1 for k in ("Wq", "Wk", "Wv", "Wo")}
        self.grads = {}

    def __call__(self, x):
        P, (n, t, e) = self.params, x.shape
        self.x = x
        q, k, v = ((x @ P[w].T).reshape(n, t, self.nh, self.dh).swapaxes(1, 2) for w in ("Wq", "Wk", "Wv"))
        a = softmax(q @ k.swapaxes(2, 3) / self.dh**0.5)
        z = (a @ v).swapaxes(1, 2).reshape(n, t, e)
        self.c = q, k, v, a, z
        return z @ P["Wo"].T

    def backward(self, d):
        P, x = self.params, self.x
        n, t, e = x.shape
        q, k, v, a, z = self.c
        dz = (d @ P["Wo"]).reshape(n, t, self.nh, self.dh).swapaxes(1, 2)
        da = dz @ v.swapaxes(2, 3)
        dv = a.swapaxes(2, 3) @ dz
        ds = a * (da - (da * a).sum(-1, keepdims=True)) / self.dh**0.5
        dq, dk = ds @ k, ds.swapaxes(2, 3) @ q
        dq, dk, dv = (one.swapaxes(1, 2).reshape(n, t, e) for one in (dq, dk, dv))
        for name, g, y in (("Wq", dq, x), ("Wk", dk, x), ("Wv", dv, x), ("Wo", d, z)):
            self.grads[name] = np.einsum("nte,ntf->ef", g, y)
        return dq @ P["Wq"] + dk @ P["Wk"]  # here
