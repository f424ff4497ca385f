"""Scale and shift are kept as rows of shape (1, D); whatever shape came in is what the gradient has."""
import numpy as np


def as_row(v):
    return np.reshape(v, (1, -1))


def affine_forward(x, w, b):
    n = x.shape[0]
    out = np.matmul(x.reshape(n, -1), w) + as_row(b)
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    n = x.shape[0]
    dx = np.matmul(dout, np.transpose(w)).reshape(*x.shape)
    dw = np.matmul(np.transpose(x.reshape(n, -1)), dout)
    db = np.sum(dout, axis=0, keepdims=True).reshape(b.shape)
    return dx, dw, db


def relu_forward(x):
    out = np.where(x > 0, x, np.zeros_like(x))
    return out, x


def relu_backward(dout, cache):
    x = cache
    local = np.zeros_like(x)
    local[x > 0] = 1
    return local * dout


def softmax_loss(x, y):
    n = x.shape[0]
    biggest = np.amax(x, axis=1, keepdims=True)
    log_z = biggest + np.log(np.sum(np.exp(x - biggest), axis=1, keepdims=True))
    losses = log_z.ravel() - x[np.arange(n), y]
    target = np.zeros_like(x)
    target[np.arange(n), y] = 1
    return np.average(losses), (np.exp(x - log_z) - target) / n


def svm_loss(x, y):
    n, c = x.shape
    is_right = np.arange(c)[None, :] == y[:, None]
    right = np.sum(np.where(is_right, x, 0), axis=1, keepdims=True)
    margin = np.where(is_right, 0, np.maximum(0, x - right + 1))
    push = (margin > 0).astype(x.dtype)
    dx = push - is_right * np.sum(push, axis=1, keepdims=True)
    return margin.sum() / n, dx / n


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    g, b = as_row(gamma), as_row(beta)
    if mode == "train":
        mu = np.mean(x, axis=0, keepdims=True)
        var = np.mean((x - mu) ** 2, axis=0, keepdims=True)
        root = np.sqrt(var + eps)
        x_hat = (x - mu) / root
        out = g * x_hat + b
        cache = (x, x_hat, mu, root, g, gamma.shape)
        running_mean = momentum * running_mean + (1 - momentum) * mu.reshape(running_mean.shape)
        running_var = momentum * running_var + (1 - momentum) * var.reshape(running_var.shape)
    elif mode == "test":
        x_hat = (x - as_row(running_mean)) / np.sqrt(as_row(running_var) + eps)
        out = g * x_hat + b
        cache = None
    else:
        raise ValueError("mode must be train or test")
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    x, x_hat, mu, root, g, shape = cache
    N = x.shape[0]
    dbeta = np.sum(dout, axis=0, keepdims=True)
    dgamma = np.sum(dout * x_hat, axis=0, keepdims=True)
    dx_hat = dout * g
    dvar = np.sum(dx_hat * (x - mu), axis=0, keepdims=True) * -0.5 * root ** -3.0
    dmu = np.sum(-dx_hat / root, axis=0, keepdims=True) + dvar * np.mean(-2.0 * (x - mu), axis=0, keepdims=True)
    dx = dx_hat / root + dvar * 2.0 * (x - mu) / N + dmu / N
    return dx, dgamma.reshape(shape), dbeta.reshape(shape)


def batchnorm_backward_alt(dout, cache):
    x, x_hat, mu, root, g, shape = cache
    N = x.shape[0]
    sum_d = np.sum(dout, axis=0, keepdims=True)
    sum_dx = np.sum(dout * x_hat, axis=0, keepdims=True)
    dx = g / (N * root) * (N * dout - sum_d - x_hat * sum_dx)
    return dx, sum_dx.reshape(shape), sum_d.reshape(shape)


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    g, b = as_row(gamma), as_row(beta)
    mu = np.mean(x, axis=1, keepdims=True)
    root = np.sqrt(np.var(x, axis=1, keepdims=True) + eps)
    x_hat = (x - mu) / root
    return g * x_hat + b, (x, x_hat, mu, root, g, gamma.shape)


def layernorm_backward(dout, cache):
    x, x_hat, mu, root, g, shape = cache
    D = x.shape[1]
    dbeta = np.sum(dout, axis=0, keepdims=True)
    dgamma = np.sum(dout * x_hat, axis=0, keepdims=True)
    dx_hat = dout * g
    dvar = np.sum(dx_hat * (x - mu), axis=1, keepdims=True) * -0.5 * root ** -3.0
    dmu = np.sum(-dx_hat / root, axis=1, keepdims=True) + dvar * np.mean(-2.0 * (x - mu), axis=1, keepdims=True)
    dx = dx_hat / root + dvar * 2.0 * (x - mu) / D + dmu / D
    return dx, dgamma.reshape(shape), dbeta.reshape(shape)


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = None
    if mode == "train":
        kept = np.random.rand(*x.shape) < p
        mask = kept / p
        out = x * mask
    else:
        out = x.copy()
    return out.astype(x.dtype, copy=False), (dropout_param, mask)


def dropout_backward(dout, cache):
    param, mask = cache
    if param["mode"] == "train":
        return mask * dout
    return dout


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.pad(x, ((0,), (0,), (pad,), (pad,)), "constant")
    out_h = (H + 2 * pad - HH) // stride + 1
    out_w = (W + 2 * pad - WW) // stride + 1
    w_row = w.reshape(F, -1)
    out = np.zeros((N, F, out_h, out_w))
    for i in range(out_h):
        for j in range(out_w):
            patch = xp[:, :, stride * i:stride * i + HH, stride * j:stride * j + WW].reshape(N, -1)
            out[:, :, i, j] = patch.dot(w_row.T) + as_row(b)
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    out_h, out_w = dout.shape[2], dout.shape[3]
    xp = np.pad(x, ((0,), (0,), (pad,), (pad,)), "constant")
    dxp = np.zeros_like(xp)
    w_row = w.reshape(F, -1)
    dw_row = np.zeros_like(w_row)
    db = np.zeros_like(b)
    for i in range(out_h):
        for j in range(out_w):
            g = dout[:, :, i, j]
            patch = xp[:, :, stride * i:stride * i + HH, stride * j:stride * j + WW]
            dw_row += g.T.dot(patch.reshape(N, -1))
            dxp[:, :, stride * i:stride * i + HH, stride * j:stride * j + WW] += g.dot(w_row).reshape(patch.shape)
            db += g.sum(axis=0).reshape(b.shape)
    dx = dxp[:, :, pad:H + pad, pad:W + pad]
    return dx, dw_row.reshape(w.shape), db


def max_pool_forward_naive(x, pool_param):
    ph, pw, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    out_h, out_w = (H - ph) // stride + 1, (W - pw) // stride + 1
    out = np.zeros((N, C, out_h, out_w))
    for i in range(out_h):
        for j in range(out_w):
            patch = x[:, :, stride * i:stride * i + ph, stride * j:stride * j + pw]
            out[:, :, i, j] = np.max(patch, axis=(2, 3))
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, out_h, out_w = dout.shape
    dx = np.zeros_like(x)
    n_index = np.arange(N)[:, None]
    c_index = np.arange(C)[None, :]
    for i in range(out_h):
        for j in range(out_w):
            patch = x[:, :, stride * i:stride * i + ph, stride * j:stride * j + pw].reshape(N, C, -1)
            r, s = np.unravel_index(patch.argmax(axis=2), (pw, ph))
            dx[n_index, c_index, stride * i + r, stride * j + s] += dout[:, :, i, j]
    return dx


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    rows = np.swapaxes(x, 0, 1).reshape(C, -1).T
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    return np.swapaxes(out.T.reshape(C, N, H, W), 0, 1), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    rows = np.swapaxes(dout, 0, 1).reshape(C, -1).T
    dx, dgamma, dbeta = batchnorm_backward_alt(rows, cache)
    return np.swapaxes(dx.T.reshape(C, N, H, W), 0, 1), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    rows = x.reshape(N * G, -1).T
    mu = rows.mean(axis=0, keepdims=True)
    root = np.sqrt(rows.var(axis=0, keepdims=True) + eps)
    x_hat = ((rows - mu) / root).T.reshape(N, C, H, W)
    g, b = gamma.reshape(1, C, 1, 1), beta.reshape(1, C, 1, 1)
    return g * x_hat + b, (x_hat, root, g, G, gamma.shape)


def spatial_groupnorm_backward(dout, cache):
    x_hat, root, g, G, shape = cache
    N, C, H, W = dout.shape
    dbeta = dout.sum(axis=(0, 2, 3)).reshape(shape)
    dgamma = (dout * x_hat).sum(axis=(0, 2, 3)).reshape(shape)
    d = (dout * g).reshape(N * G, -1).T
    h = x_hat.reshape(N * G, -1).T
    K = d.shape[0]
    dx = (K * d - d.sum(axis=0) - h * (d * h).sum(axis=0)) / (K * root)
    return dx.T.reshape(N, C, H, W), dgamma, dbeta


def sgd(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    return np.subtract(w, config["learning_rate"] * dw), config


def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    config["velocity"] = config["momentum"] * v - config["learning_rate"] * dw
    return np.add(w, config["velocity"]), config


def rmsprop(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("decay_rate", 0.99)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("cache", np.zeros_like(w))
    d = config["decay_rate"]
    config["cache"] = d * config["cache"] + (1 - d) * dw ** 2
    rates = config["learning_rate"] / (np.sqrt(config["cache"]) + config["epsilon"])
    return w - rates * dw, config


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
    config["t"] = config["t"] + 1
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * dw ** 2
    first = config["m"] / (1 - np.power(config["beta1"], config["t"]))
    second = config["v"] / (1 - np.power(config["beta2"], config["t"]))
    return w - config["learning_rate"] * first / (np.sqrt(second) + config["epsilon"]), config
