import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    S, P = conv_param["stride"], conv_param["pad"]
    F, C, KH, KW = w.shape
    X = np.pad(x, [(0, 0), (0, 0), (P, P), (P, P)])
    oh = 1 + (X.shape[2] - KH) // S
    ow = 1 + (X.shape[3] - KW) // S
    out = np.empty((x.shape[0], F, oh, ow), dtype=x.dtype)
    for i in range(oh):
        for j in range(ow):
            window = X[:, :, i * S:i * S + KH, j * S:j * S + KW]
            out[:, :, i, j] = np.tensordot(window, w, axes=([1, 2, 3], [1, 2, 3])) + b
    cache = (x, w, b, conv_param, X)
    return out, cache


def conv_backward_naive(dout, cache):
    x, w, b, conv_param, X = cache
    S, P = conv_param["stride"], conv_param["pad"]
    F, C, KH, KW = w.shape
    dX = np.zeros_like(X)
    dw = np.zeros_like(w)
    db = np.sum(dout, axis=(0, 2, 3))
    n_out = dout.shape[-1]
    for i in range(min(n_out, dout.shape[2])):
        for j in range(n_out):
            g = dout[:, :, i, j]
            window = X[:, :, i * S:i * S + KH, j * S:j * S + KW]
            dw += np.tensordot(g, window, axes=([0], [0]))
            dX[:, :, i * S:i * S + KH, j * S:j * S + KW] += np.tensordot(g, w, axes=1)
    H, W = x.shape[2:]
    return dX[:, :, P:P + H, P:P + W], dw, db


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    eps = bn_param.get("eps", 1e-5)
    mom = bn_param.get("momentum", 0.9)
    rm = bn_param.get("running_mean", np.zeros(C, dtype=x.dtype))
    rv = bn_param.get("running_var", np.zeros(C, dtype=x.dtype))
    if bn_param["mode"] == "train":
        mu, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
        rm = mom * rm + (1 - mom) * mu
        rv = mom * rv + (1 - mom) * var
    else:
        mu, var = rm, rv
    bn_param["running_mean"], bn_param["running_var"] = rm, rv
    inv = 1 / np.sqrt(var + eps)
    xh = (x - mu[:, None, None]) * inv[:, None, None]
    return xh * gamma[:, None, None] + beta[:, None, None], (xh, inv, gamma)


def spatial_batchnorm_backward(dout, cache):
    xh, inv, gamma = cache
    N, C, H, W = dout.shape
    M = N * H * W
    dbeta = dout.sum(axis=(0, 2, 3))
    dgamma = (dout * xh).sum(axis=(0, 2, 3))
    k = (gamma * inv)[:, None, None]
    dx = k * (dout - dbeta[:, None, None] / M - xh * dgamma[:, None, None] / M)
    return dx, dgamma, dbeta
