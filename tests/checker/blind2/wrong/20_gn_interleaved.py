import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    xg = x.reshape(N, C // G, G, H, W)
    mu = xg.mean(axis=(1, 3, 4), keepdims=True)
    var = xg.var(axis=(1, 3, 4), keepdims=True)
    istd = 1 / np.sqrt(var + eps)
    xhat = ((xg - mu) * istd).reshape(N, C, H, W)
    out = gamma * xhat + beta
    return out, (xhat, istd, gamma, G)


def spatial_groupnorm_backward(dout, cache):
    xhat, istd, gamma, G = cache
    N, C, H, W = dout.shape
    dgamma = np.sum(dout * xhat, axis=(0, 2, 3), keepdims=True)
    dbeta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
    dg = (dout * gamma).reshape(N, C // G, G, H, W)
    xg = xhat.reshape(N, C // G, G, H, W)
    ax = (1, 3, 4)
    dx = istd * (dg - dg.mean(axis=ax, keepdims=True) - xg * (dg * xg).mean(axis=ax, keepdims=True))
    return dx.reshape(N, C, H, W), dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    xT = x.T
    mu = xT.mean(axis=0)
    istd = 1 / np.sqrt(xT.var(axis=0) + eps)
    xhat = ((xT - mu) * istd).T
    return gamma * xhat + beta, (xhat, istd, gamma)


def layernorm_backward(dout, cache):
    xhat, istd, gamma = cache
    d = (dout * gamma).T
    h = xhat.T
    dx = istd * (d - d.mean(0) - h * (d * h).mean(0))
    return dx.T, (dout * xhat).sum(0), dout.sum(0)


def affine_forward(x, w, b):
    return np.matmul(x.reshape(x.shape[0], -1), w) + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return np.matmul(dout, w.T).reshape(x.shape), np.matmul(x.reshape(x.shape[0], -1).T, dout), np.add.reduce(dout)
