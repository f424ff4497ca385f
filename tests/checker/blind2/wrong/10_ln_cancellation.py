import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    D = x.shape[1]
    s1 = np.sum(x, axis=1, keepdims=True)
    s2 = np.sum(x * x, axis=1, keepdims=True)
    mu = s1 / D
    var = s2 / D - mu * mu
    r = 1.0 / np.sqrt(var + eps)
    xhat = (x - mu) * r
    return xhat * gamma + beta, (xhat, r, gamma)


def layernorm_backward(dout, cache):
    xhat, r, gamma = cache
    D = xhat.shape[1]
    dgamma = np.sum(dout * xhat, axis=0)
    dbeta = np.sum(dout, axis=0)
    d = dout * gamma
    a = np.sum(d, axis=1, keepdims=True)
    b = np.sum(d * xhat, axis=1, keepdims=True)
    dx = r / D * (D * d - a - xhat * b)
    return dx, dgamma, dbeta


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    m = bn_param.get("momentum", 0.9)
    D = x.shape[1]
    old_mu = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    old_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    if bn_param["mode"] == "train":
        mu = np.sum(x, axis=0) / x.shape[0]
        var = np.sum((x - mu) ** 2, axis=0) / x.shape[0]
        bn_param["running_mean"] = m * old_mu + (1 - m) * mu
        bn_param["running_var"] = m * old_var + (1 - m) * var
    else:
        mu, var = old_mu, old_var
    r = 1.0 / np.sqrt(var + eps)
    xhat = (x - mu) * r
    return xhat * gamma + beta, (xhat, r, gamma)


def batchnorm_backward(dout, cache):
    xhat, r, gamma = cache
    N = xhat.shape[0]
    dgamma = np.sum(dout * xhat, axis=0)
    dbeta = np.sum(dout, axis=0)
    d = dout * gamma
    dx = r / N * (N * d - np.sum(d, axis=0) - xhat * np.sum(d * xhat, axis=0))
    return dx, dgamma, dbeta


batchnorm_backward_alt = batchnorm_backward
