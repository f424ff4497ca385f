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
        bn_param["running_mean"] = bn_param["running_mean"] + momentum * (mu - bn_param["running_mean"])
        bn_param["running_var"] = bn_param["running_var"] + momentum * (var - bn_param["running_var"])
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
