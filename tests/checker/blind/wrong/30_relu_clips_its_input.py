"""Scatter and gather: np.add.at and flat positions do the work of the loops."""
import numpy as np


def positions(H, W, hh, ww, stride):
    """Flat positions (Ho*Wo, hh*ww) in an H x W image of what each window covers."""
    Ho, Wo = (H - hh) // stride + 1, (W - ww) // stride + 1
    corner = (np.arange(Ho) * stride)[:, None] * W + (np.arange(Wo) * stride)[None, :]
    inside = np.arange(hh)[:, None] * W + np.arange(ww)[None, :]
    return corner.reshape(-1, 1) + inside.reshape(1, -1), Ho, Wo


def affine_forward(x, w, b):
    X = x.reshape(x.shape[0], -1)
    out = X @ w
    out = out + b
    return out, [X, w, x.shape]


def affine_backward(dout, cache):
    X, w, shape = cache
    db = np.zeros(dout.shape[1], dout.dtype)
    for row in dout:
        db += row
    return (dout @ w.T).reshape(shape), X.T @ dout, db


def relu_forward(x):
    negative = x < 0
    out = x
    out[negative] = 0
    return out, negative


def relu_backward(dout, cache):
    dx = np.array(dout)
    dx[cache] = 0
    return dx


def softmax_loss(x, y):
    N, C = x.shape
    z = x - x.max(axis=1).reshape(N, 1)
    denominator = np.exp(z).sum(axis=1)
    flat = np.arange(N) * C + y
    loss = np.sum(np.log(denominator) - z.ravel()[flat]) / N
    dx = np.exp(z) / denominator.reshape(N, 1)
    np.add.at(dx.reshape(-1), flat, -1)
    return loss, dx / N


def svm_loss(x, y):
    N, C = x.shape
    s = x[np.arange(N), y]
    i, j = np.nonzero(x - s[:, None] + 1 > 0)
    keep = j != y[i]
    i, j = i[keep], j[keep]
    loss = np.sum(x[i, j] - s[i] + 1) / N
    dx = np.zeros((N, C))
    np.add.at(dx, (i, j), 1)
    np.add.at(dx, (i, y[i]), -1)
    return loss, dx / N


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    if mode == "train":
        mu = np.mean(x, axis=0)
        var = np.var(x, axis=0)
        x_norm = (x - mu) / np.sqrt(var + eps)
        out = gamma * x_norm + beta
        cache = [x, x_norm, mu, var, eps, gamma]
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
    elif mode == "test":
        out = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta
        cache = []
    else:
        raise ValueError('Invalid forward batchnorm mode "%s"' % mode)
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    x, x_norm, mu, var, eps, gamma = cache
    N = x.shape[0]
    inv = 1.0 / np.sqrt(var + eps)
    dgamma = np.sum(dout * x_norm, axis=0)
    dbeta = np.sum(dout, axis=0)
    dx_norm = dout * gamma
    dvar = np.sum(dx_norm * (x - mu) * -0.5 * inv ** 3, axis=0)
    dmu = np.sum(-dx_norm * inv, axis=0)
    dx = dx_norm * inv + dvar * 2 * (x - mu) / N + dmu / N
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    x, x_norm, mu, var, eps, gamma = cache
    N = x.shape[0]
    inv = 1.0 / np.sqrt(var + eps)
    dgamma = np.sum(dout * x_norm, axis=0)
    dbeta = np.sum(dout, axis=0)
    dx = gamma * inv * (dout - dbeta / N - x_norm * dgamma / N)
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    mu = x.mean(axis=1)[:, None]
    var = x.var(axis=1)[:, None]
    x_norm = (x - mu) / np.sqrt(var + eps)
    return gamma * x_norm + beta, [x_norm, var + eps, gamma]


def layernorm_backward(dout, cache):
    x_norm, v, gamma = cache
    D = x_norm.shape[1]
    g = dout * gamma
    sums = g.sum(axis=1)[:, None]
    dots = (g * x_norm).sum(axis=1)[:, None]
    dx = (g - (sums + x_norm * dots) / D) / np.sqrt(v)
    return dx, np.sum(dout * x_norm, axis=0), np.sum(dout, axis=0)


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    if mode == "test":
        return x, [mode, None, p]
    drop = np.random.rand(*x.shape) >= p
    out = x / p
    out[drop] = 0
    return out, [mode, drop, p]


def dropout_backward(dout, cache):
    mode, drop, p = cache
    if mode == "test":
        return dout
    dx = dout / p
    dx[drop] = 0
    return dx


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    idx, Ho, Wo = positions(H + 2 * pad, W + 2 * pad, HH, WW, stride)
    cols = xp.reshape(N, C, -1)[:, :, idx]
    cols = cols.transpose(0, 2, 1, 3).reshape(N, Ho * Wo, -1)
    out = cols @ w.reshape(F, -1).T + b
    out = out.transpose(0, 2, 1).reshape(N, F, Ho, Wo)
    return out, [cols, idx, w, x.shape, pad]


def conv_backward_naive(dout, cache):
    cols, idx, w, (N, C, H, W), pad = cache
    F, _, HH, WW = w.shape
    d = dout.reshape(N, F, -1).transpose(0, 2, 1)
    dw = np.zeros((F, C * HH * WW))
    for n in range(N):
        dw += d[n].T @ cols[n]
    db = d.sum(axis=(0, 1))
    dcols = (d @ w.reshape(F, -1)).reshape(N, -1, C, HH * WW).transpose(0, 2, 1, 3)
    dxp = np.zeros((N, C, (H + 2 * pad) * (W + 2 * pad)))
    np.add.at(dxp, (slice(None), slice(None), idx), dcols)
    dxp = dxp.reshape(N, C, H + 2 * pad, W + 2 * pad)
    return dxp[:, :, pad:pad + H, pad:pad + W], dw.reshape(w.shape), db


def max_pool_forward_naive(x, pool_param):
    hh, ww, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    idx, Ho, Wo = positions(H, W, hh, ww, stride)
    cols = x.reshape(N, C, H * W)[:, :, idx]
    k = cols.argmax(axis=3)
    where = idx[np.arange(len(idx)), k]
    out = cols.max(axis=3).reshape(N, C, Ho, Wo)
    return out, [where, x.shape]


def max_pool_backward_naive(dout, cache):
    where, (N, C, H, W) = cache
    dx = np.zeros((N, C, H * W))
    n, c = np.ogrid[:N, :C]
    np.add.at(dx, (n[..., None], c[..., None], where), dout.reshape(N, C, -1))
    return dx.reshape(N, C, H, W)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    flat = x.transpose(0, 3, 2, 1).reshape(-1, C)
    out, cache = batchnorm_forward(flat, gamma, beta, bn_param)
    return out.reshape(N, W, H, C).transpose(0, 3, 2, 1), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    flat = dout.transpose(0, 3, 2, 1).reshape(-1, C)
    dx, dgamma, dbeta = batchnorm_backward(flat, cache)
    return dx.reshape(N, W, H, C).transpose(0, 3, 2, 1), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    parts, saved = [], []
    for part in np.split(x, G, axis=1):
        v = part.var(axis=(1, 2, 3), keepdims=True) + eps
        part = (part - part.mean(axis=(1, 2, 3), keepdims=True)) / np.sqrt(v)
        parts.append(part)
        saved.append(v)
    x_norm = np.concatenate(parts, axis=1)
    return gamma * x_norm + beta, [x_norm, saved, gamma]


def spatial_groupnorm_backward(dout, cache):
    x_norm, saved, gamma = cache
    G = len(saved)
    N, C, H, W = dout.shape
    M = C // G * H * W
    pieces = []
    for d, h, v in zip(np.split(dout * gamma, G, axis=1), np.split(x_norm, G, axis=1), saved):
        a = d.sum(axis=(1, 2, 3), keepdims=True)
        c = (d * h).sum(axis=(1, 2, 3), keepdims=True)
        pieces.append((d - a / M - h * c / M) / np.sqrt(v))
    dgamma = np.sum(dout * x_norm, axis=(0, 2, 3)).reshape(1, C, 1, 1)
    dbeta = np.sum(dout, axis=(0, 2, 3)).reshape(1, C, 1, 1)
    return np.concatenate(pieces, axis=1), dgamma, dbeta


def sgd(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    w = w - config["learning_rate"] * dw
    return w, config


def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    v = config["momentum"] * v - config["learning_rate"] * dw
    config["velocity"] = v
    return w + v, config


def rmsprop(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("decay_rate", 0.99)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("cache", np.zeros_like(w))
    config["cache"] = config["decay_rate"] * config["cache"] + (1 - config["decay_rate"]) * dw ** 2
    next_w = w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"])
    return next_w, config


def adam(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-3)
    config.setdefault("beta1", 0.9)
    config.setdefault("beta2", 0.999)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config.setdefault("t", 0)
    t = config["t"] + 1
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * dw ** 2
    m = config["m"] / (1 - config["beta1"] ** t)
    v = config["v"] / (1 - config["beta2"] ** t)
    config["t"] = t
    return w - config["learning_rate"] * m / (np.sqrt(v) + config["epsilon"]), config
