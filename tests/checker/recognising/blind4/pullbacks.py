"""Every primitive returns its value and a function that pulls a cotangent back."""
import numpy as np


def dense(params, x):
    w, b = params["w"], params["b"]

    def pullback(ct):
        return {"w": x.T @ ct, "b": ct.sum(0)}, ct @ w.T

    return x @ w + b, pullback


def layer_norm(x, scale, offset, eps=1e-6):
    mu = x.mean(-1, keepdims=True)
    rstd = 1.0 / np.sqrt(x.var(-1, keepdims=True) + eps)
    z = (x - mu) * rstd

    def pullback(ct):
        dz = ct * scale
        dx = rstd * (dz - dz.mean(-1, keepdims=True))
        return dx, (ct * z).sum(0), ct.sum(0)

    return z * scale + offset, pullback


def gelu(x):
    c = np.sqrt(2 / np.pi)
    k = 0.44715
    t = np.tanh(c * (x + k * x**3))

    def pullback(ct):
        return ct * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * c * (1 + 3 * k * x**2))

    return 0.5 * x * (1 + t), pullback


def softmax_xent(logits, onehot):
    shifted = logits - logits.max(1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))

    def pullback(ct=1.0):
        return ct * (np.exp(logp) - onehot) / logits.shape[0]

    return -(onehot * logp).sum(1).mean(), pullback


def glu(x):
    a, b = np.split(x, 2, axis=-1)
    s = 1 / (1 + np.exp(-b))

    def pullback(ct):
        return np.concatenate([ct * s, ct * a * s * (1 - s)], axis=-1)

    return a * s, pullback


def attend(q, k, v):
    scale = q.shape[-1] ** -0.5
    logits = np.einsum("btd,bsd->bts", q, k) * scale
    logits = logits - logits.max(-1, keepdims=True)
    p = np.exp(logits)
    p = p / p.sum(-1, keepdims=True)

    def pullback(ct):
        dv = np.einsum("bts,btd->bsd", p, ct)
        dp = np.einsum("btd,bsd->bts", ct, v)
        ds = p * (dp - (dp * p).sum(-1, keepdims=True))
        dq = np.einsum("bts,bsd->btd", ds, k) * scale
        dk = np.einsum("bts,btd->bsd", ds, q)
        return dq, dk, dv

    return np.einsum("bts,bsd->btd", p, v), pullback


def highway(x, wh, bh, wt, bt):
    h = np.tanh(x @ wh + bh)
    t = 1 / (1 + np.exp(-(x @ wt + bt)))

    def pullback(ct):
        dh = ct * t * (1 - h * h)
        dt = ct * (h - x) * t * (1 - t)
        dx = ct * (1 - t) + dh @ wh.T + dt @ wt.T
        return dx, x.T @ dh, dh.sum(0), x.T @ dt, dt.sum(0)

    return t * h + (1 - t) * x, pullback
