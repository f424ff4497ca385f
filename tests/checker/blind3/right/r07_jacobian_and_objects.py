import numpy as np


class Saved:
    def __init__(self, **kw):
        self.__dict__.update(kw)


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.setdefault("eps", 1e-5)
    momentum = bn_param.setdefault("momentum", 0.9)
    bn_param.setdefault("running_mean", np.zeros(x.shape[1], x.dtype))
    bn_param.setdefault("running_var", np.zeros(x.shape[1], x.dtype))
    saved = Saved(gamma=gamma, eps=eps)
    if bn_param["mode"] == "train":
        mu, var = x.mean(0), x.var(0)
        # exponential average, written as a step towards the new value
        bn_param["running_mean"] = bn_param["running_mean"] + (1 - momentum) * (mu - bn_param["running_mean"])
        bn_param["running_var"] = bn_param["running_var"] + (1 - momentum) * (var - bn_param["running_var"])
    elif bn_param["mode"] == "test":
        mu, var = bn_param["running_mean"], bn_param["running_var"]
    else:
        raise ValueError(bn_param["mode"])
    saved.x, saved.mu, saved.var, saved.mode = x, mu, var, bn_param["mode"]
    return gamma * ((x - mu) * (var + eps) ** -0.5) + beta, saved


def batchnorm_backward(dout, cache):
    """Each feature's whole Jacobian, N by N."""
    s = cache
    N, D = dout.shape
    std = np.sqrt(s.var + s.eps)
    xhat = (s.x - s.mu) / std
    dx = np.empty_like(dout)
    for d in range(D):
        jac = (np.eye(N) - 1.0 / N - np.outer(xhat[:, d], xhat[:, d]) / N) / std[d]
        dx[:, d] = jac.T @ (dout[:, d] * s.gamma[d])
    return dx, np.diag(xhat.T @ dout).copy(), np.ones(N) @ dout


def batchnorm_backward_alt(dout, cache):
    s = cache
    N = dout.shape[0]
    a = s.x - s.mu
    v = s.var + s.eps
    dx = s.gamma * v ** (-0.5) / N * (N * dout - dout.sum(0) - a / v * (dout * a).sum(0))
    return dx, np.sum(dout * a, 0) / np.sqrt(v), np.sum(dout, 0)


def layernorm_forward(x, gamma, beta, ln_param):
    param = {"mode": "train", "eps": ln_param.get("eps", 1e-5), "momentum": 0}
    one = np.ones(x.shape[0])
    out, saved = batchnorm_forward(x.T, one, 0 * one, param)
    return out.T * gamma + beta, (saved, out.T, gamma)


def layernorm_backward(dout, cache):
    saved, normalized, gamma = cache
    dx, _, _ = batchnorm_backward_alt((dout * gamma).T, saved)
    return dx.T, (dout * normalized).sum(axis=0), dout.sum(axis=0)


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    rows = x.reshape(N * G, C // G * H * W)
    k = rows.shape[1]
    out, cache = layernorm_forward(rows, np.ones(k), np.zeros(k), gn_param)
    out = out.reshape(N, C, H, W)
    return out * gamma + beta, (G, out, gamma, cache)


def spatial_groupnorm_backward(dout, cache):
    G, normalized, gamma, inner = cache
    N, C, H, W = dout.shape
    dbeta = dout.sum(axis=(0, 2, 3)).reshape(1, C, 1, 1)
    dgamma = (dout * normalized).sum(axis=(0, 2, 3)).reshape(1, C, 1, 1)
    dx, _, _ = layernorm_backward((dout * gamma).reshape(N * G, -1), inner)
    return dx.reshape(dout.shape), dgamma, dbeta
