"""Stateless layers: x_fwd(params, x) -> (y, residuals) and x_bwd(residuals, g) -> (param grads, input grad)."""
import numpy as np


def init_dense(rng, n_in, n_out):
    return {"kernel": rng.standard_normal((n_in, n_out)) / np.sqrt(n_in), "bias": np.zeros(n_out)}


def dense_fwd(params, x):
    y = x @ params["kernel"] + params["bias"]
    return y, (params, x)


def dense_bwd(res, g):
    params, x = res
    return {"kernel": x.T @ g, "bias": g.sum(0)}, g @ params["kernel"].T


def init_layernorm(n):
    return {"scale": np.ones(n), "offset": np.zeros(n)}


def layernorm_fwd(params, x, eps=1e-6):
    mu = x.mean(-1, keepdims=True)
    inv = 1 / np.sqrt(((x - mu) ** 2).mean(-1, keepdims=True) + eps)
    xhat = (x - mu) * inv
    return params["scale"] * xhat + params["offset"], (params, xhat, inv)


def layernorm_bwd(res, g):
    params, xhat, inv = res
    dparams = {"scale": (g * xhat).sum(0), "offset": g.sum(0)}
    gx = g * params["scale"]
    dx = inv * (gx - gx.mean(-1, keepdims=True) - xhat * (gx * xhat).mean(-1, keepdims=True))
    return dparams, dx


def rmsnorm_fwd(params, x, eps=1e-6):
    r = 1 / np.sqrt((x * x).mean(-1, keepdims=True) + eps)
    return params["scale"] * x * r, (params, x, r)


def rmsnorm_bwd(res, g):
    params, x, r = res
    gx = g * params["scale"]
    dx = r * gx - x * r * (gx * x).mean(-1, keepdims=True)
    return {"scale": (g * x * r).sum(0)}, dx


def silu_fwd(x):
    s = 1 / (1 + np.exp(-x))
    return x * s, (x, s)


def silu_bwd(res, g):
    x, s = res
    return g * (s + x * s * (1 - s))


def glu_fwd(x):
    a, b = np.split(x, 2, axis=-1)
    gate = 1 / (1 + np.exp(-b))
    return a * gate, (a, gate)


def glu_bwd(res, g):
    a, gate = res
    return np.concatenate([g * gate, g * a * gate], axis=-1)


def softmax_fwd(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    p = e / e.sum(-1, keepdims=True)
    return p, p


def softmax_bwd(p, g):
    return p * (g - (g * p).sum(-1, keepdims=True))


def prelu_fwd(params, x):
    return np.where(x > 0, x, params["alpha"] * x), (params, x)


def prelu_bwd(res, g):
    params, x = res
    dalpha = np.where(x > 0, 0.0, x * g).sum(0)
    return {"alpha": dalpha}, np.where(x > 0, g, params["alpha"] * g)


def residual_fwd(params, x):
    h = np.tanh(x @ params["w"])
    return x + h, (params, x, h)


def residual_bwd(res, g):
    params, x, h = res
    dpre = g * (1 - h * h)
    return {"w": x.T @ dpre}, dpre @ params["w"].T


def featurenorm_fwd(params, x, eps=1e-5):
    centred = x - x.mean(-1, keepdims=True)
    inv = 1 / ((centred ** 2).mean(-1, keepdims=True) + eps)
    return params["scale"] * centred * inv + params["offset"], (params, centred, inv)


def featurenorm_bwd(res, g):
    params, centred, inv = res
    dparams = {"scale": (g * centred * inv).sum(0), "offset": g.sum(0)}
    gx = g * params["scale"]
    dx = inv * (gx - gx.mean(-1, keepdims=True)) - 2 * inv ** 2 * centred * (gx * centred).mean(-1, keepdims=True)
    return dparams, dx
