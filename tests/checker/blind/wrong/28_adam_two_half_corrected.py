"""Every layer as an explicit matrix: centring matrices, window matrices, Jacobians. Slow, but close to the algebra.
(svm_loss was handed out, so it is not here.)"""
import numpy as np


def centring(n):
    return np.eye(n) - np.full((n, n), 1.0 / n)


def standardize_columns(x, eps):
    P = centring(x.shape[0])
    t = P @ x
    s = np.sqrt(np.diag(t.T @ t) / x.shape[0] + eps) if x.shape[1] < 50 else np.sqrt((t * t).mean(0) + eps)
    return t / s, s


def standardize_columns_grad(d, h, s):
    """One column at a time through its Jacobian (I - 11'/n - hh'/n) / s."""
    n = d.shape[0]
    dx = np.empty(d.shape)
    for k in range(d.shape[1]):
        J = (centring(n) - np.outer(h[:, k], h[:, k]) / n) / s[k]
        dx[:, k] = J @ d[:, k]
    return dx


def window_matrix(H, W, hh, ww, stride, pad):
    """0/1 matrix (Ho*Wo*hh*ww, H*W): picks the pixel each window tap reads; padding reads nothing."""
    Ho, Wo = (H + 2 * pad - hh) // stride + 1, (W + 2 * pad - ww) // stride + 1
    S = np.zeros((Ho, Wo, hh, ww, H, W))
    for i, j, r, q in np.ndindex(Ho, Wo, hh, ww):
        a, b = i * stride + r - pad, j * stride + q - pad
        if 0 <= a < H and 0 <= b < W:
            S[i, j, r, q, a, b] = 1
    return S.reshape(-1, H * W), Ho, Wo


def affine_forward(x, w, b):
    N = x.shape[0]
    X1 = np.hstack([x.reshape(N, -1), np.ones((N, 1))])
    W1 = np.vstack([w, b.reshape(1, -1)])
    return X1 @ W1, (X1, W1, x.shape)


def affine_backward(dout, cache):
    X1, W1, shape = cache
    dX1 = dout @ W1.T
    dW1 = X1.T @ dout
    return dX1[:, :-1].reshape(shape), dW1[:-1], dW1[-1]


def relu_forward(x):
    return np.fmax(x, 0.0), (x > 0).astype(float)


def relu_backward(dout, cache):
    return dout * cache


def softmax_loss(x, y):
    N, C = x.shape
    Y = np.zeros((N, C))
    Y[np.arange(N), y] = 1
    z = x - x.max(axis=1, keepdims=True)
    lse = np.log(np.exp(z) @ np.ones((C, 1)))
    loss = (lse.sum() - (z * Y).sum()) / N
    return loss, (np.exp(z - lse) - Y) / N


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    cache = None
    if mode == "train":
        h, s = standardize_columns(x, eps)
        out = h @ np.diag(gamma) + beta
        cache = (h, s, gamma)
        running_mean = momentum * running_mean + (1 - momentum) * x.mean(0)
        running_var = momentum * running_var + (1 - momentum) * (s ** 2 - eps)
    elif mode == "test":
        out = (x - running_mean) @ np.diag(gamma / np.sqrt(running_var + eps)) + beta
    else:
        raise ValueError("mode?")
    bn_param["running_mean"], bn_param["running_var"] = running_mean, running_var
    return out, cache


def batchnorm_backward(dout, cache):
    h, s, gamma = cache
    return standardize_columns_grad(dout * gamma, h, s), np.diag(dout.T @ h).copy(), np.ones(len(dout)) @ dout


def batchnorm_backward_alt(dout, cache):
    h, s, gamma = cache
    N = len(dout)
    dgamma = np.diag(dout.T @ h).copy()
    dx = (centring(N) @ dout - h * dgamma / N) * (gamma / s)
    return dx, dgamma, dout.sum(0)


def layernorm_forward(x, gamma, beta, ln_param):
    h, s = standardize_columns(x.T, ln_param.get("eps", 1e-5))
    return h.T * gamma + beta, (h, s, gamma)


def layernorm_backward(dout, cache):
    h, s, gamma = cache
    return standardize_columns_grad((dout * gamma).T, h, s).T, (dout * h.T).sum(0), dout.sum(0)


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = np.random.choice([0.0, 1.0 / p], size=x.shape, p=[1 - p, p]) if mode == "train" else np.ones(x.shape)
    return mask * x, mask


def dropout_backward(dout, cache):
    return cache * dout


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    S, Ho, Wo = window_matrix(H, W, HH, WW, stride, pad)
    taps = (x.reshape(N * C, H * W) @ S.T).reshape(N, C, Ho * Wo, HH * WW)
    out = np.einsum("ncok,fck->nfo", taps, w.reshape(F, C, -1)) + b[:, None]
    return out.reshape(N, F, Ho, Wo), (S, taps, w, x.shape)


def conv_backward_naive(dout, cache):
    S, taps, w, (N, C, H, W) = cache
    F, _, HH, WW = w.shape
    d = dout.reshape(N, F, -1)
    dw = np.einsum("nfo,ncok->fck", d, taps).reshape(w.shape)
    dtaps = np.einsum("nfo,fck->ncok", d, w.reshape(F, C, -1))
    dx = dtaps.reshape(N * C, -1) @ S
    return dx.reshape(N, C, H, W), dw, d.sum((0, 2))


def max_pool_forward_naive(x, pool_param):
    hh, ww, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    S, Ho, Wo = window_matrix(H, W, hh, ww, stride, 0)
    taps = (x.reshape(N * C, H * W) @ S.T).reshape(N * C, Ho * Wo, hh * ww)
    won = taps == taps.max(axis=2, keepdims=True)
    return taps.max(axis=2).reshape(N, C, Ho, Wo), (S, won, x.shape)


def max_pool_backward_naive(dout, cache):
    S, won, shape = cache
    d = won * dout.reshape(won.shape[0], won.shape[1], 1)
    return (d.reshape(won.shape[0], -1) @ S).reshape(shape)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    rows = np.stack([x[:, c].ravel() for c in range(C)], axis=1)
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    return np.stack([out[:, c].reshape(N, H, W) for c in range(C)], axis=1), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    rows = np.stack([dout[:, c].ravel() for c in range(C)], axis=1)
    dx, dgamma, dbeta = batchnorm_backward(rows, cache)
    return np.stack([dx[:, c].reshape(N, H, W) for c in range(C)], axis=1), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    h, s = standardize_columns(x.reshape(N * G, -1).T, gn_param.get("eps", 1e-5))
    return h.T.reshape(x.shape) * gamma + beta, (h, s, gamma, G)


def spatial_groupnorm_backward(dout, cache):
    h, s, gamma, G = cache
    N, C, H, W = dout.shape
    dx = standardize_columns_grad((dout * gamma).reshape(N * G, -1).T, h, s).T.reshape(dout.shape)
    axes = (0, 2, 3)
    return dx, (dout * h.T.reshape(dout.shape)).sum(axes, keepdims=True), dout.sum(axes, keepdims=True)


def _config(config, **defaults):
    config = {} if config is None else config
    for k, v in defaults.items():
        config.setdefault(k, v)
    return config


def sgd(w, dw, config=None):
    config = _config(config, learning_rate=1e-2)
    return w - config["learning_rate"] * dw, config


def sgd_momentum(w, dw, config=None):
    config = _config(config, learning_rate=1e-2, momentum=0.9, velocity=np.zeros_like(w))
    config["velocity"] = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    return w + config["velocity"], config


def rmsprop(w, dw, config=None):
    config = _config(config, learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8, cache=np.zeros_like(w))
    config["cache"] = config["decay_rate"] * config["cache"] + (1 - config["decay_rate"]) * dw ** 2
    return w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"]), config


def adam(w, dw, config=None):
    config = _config(config, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8,
                     m=np.zeros_like(w), v=np.zeros_like(w), t=0)
    b1, b2 = config["beta1"], config["beta2"]
    config["t"] += 1
    config["m"] = b1 * config["m"] + (1 - b1) * dw
    config["v"] = b2 * config["v"] + (1 - b2) * dw ** 2
    mh = config["m"] / (1 - b1 ** config["t"])
    vh = config["v"]
    return w - config["learning_rate"] * mh / np.sqrt(vh + config["epsilon"]), config
