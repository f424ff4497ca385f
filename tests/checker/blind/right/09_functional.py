"""A few general helpers, and every assignment function a thin use of them."""
from functools import partial, reduce
from itertools import product

import numpy as np

rows_of = lambda a: a.reshape(a.shape[0], -1)


def normalize(x, axes, eps):
    mean = np.mean(x, axis=axes, keepdims=True)
    var = np.mean(np.square(x - mean), axis=axes, keepdims=True)
    inv = 1.0 / np.sqrt(var + eps)
    return (x - mean) * inv, inv, mean, var


def normalize_grad(dxhat, xhat, inv, axes):
    average = partial(np.mean, axis=axes, keepdims=True)
    return inv * (dxhat - average(dxhat) - xhat * average(dxhat * xhat))


def sum_to(a, shape):
    """Undo broadcasting: sum a over the axes along which `shape` was stretched."""
    while a.ndim > len(shape):
        a = a.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1 and a.shape[axis] != 1:
            a = a.sum(axis=axis, keepdims=True)
    return a


def channels_last(x):
    return np.moveaxis(x, 1, -1)


def channels_second(x):
    return np.moveaxis(x, -1, 1)


def taps(a, kh, kw, oh, ow, s):
    """For each place (r, q) inside the window, the view (N, C, oh, ow) of what lies there."""
    for r, q in product(range(kh), range(kw)):
        yield r, q, a[:, :, r:r + (oh - 1) * s + 1:s, q:q + (ow - 1) * s + 1:s]


def windows_fit(size, window, stride):
    return (size - window) // stride + 1


def affine_forward(x, w, b):
    return rows_of(x) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), rows_of(x).T @ dout, sum_to(dout, b.shape)


def relu_forward(x):
    return (np.abs(x) + x) / 2, x


def relu_backward(dout, cache):
    return dout * np.heaviside(cache, 0)


def log_softmax(x):
    top = x.max(axis=1, keepdims=True)
    return x - top - np.log(np.exp(x - top).sum(axis=1, keepdims=True))


def pick(x, y):
    return np.take_along_axis(x, y[:, None], axis=1)


def softmax_loss(x, y):
    logp = log_softmax(x)
    dx = np.exp(logp)
    np.put_along_axis(dx, y[:, None], pick(dx, y) - 1, axis=1)
    return -pick(logp, y).mean(), dx / len(x)


def svm_loss(x, y):
    margins = np.maximum(0, x - pick(x, y) + 1)
    np.put_along_axis(margins, y[:, None], 0, axis=1)
    dx = np.sign(margins)
    np.put_along_axis(dx, y[:, None], -dx.sum(axis=1, keepdims=True), axis=1)
    return margins.sum(axis=1).mean(), dx / len(x)


def blend(old, new, momentum):
    return momentum * old + (1 - momentum) * new


def batchnorm_forward(x, gamma, beta, bn_param):
    mode, eps, momentum = bn_param["mode"], bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    zeros = np.zeros(x.shape[1], dtype=x.dtype)
    old_mean, old_var = bn_param.get("running_mean", zeros), bn_param.get("running_var", zeros)
    if mode == "train":
        xhat, inv, mean, var = normalize(x, 0, eps)
        bn_param["running_mean"] = blend(old_mean, mean[0], momentum)
        bn_param["running_var"] = blend(old_var, var[0], momentum)
        return gamma * xhat + beta, (xhat, inv, gamma, beta)
    elif mode == "test":
        bn_param["running_mean"], bn_param["running_var"] = old_mean, old_var
        return gamma * (x - old_mean) / np.sqrt(old_var + eps) + beta, None
    raise ValueError('Invalid forward batchnorm mode "%s"' % mode)


def batchnorm_backward(dout, cache):
    xhat, inv, gamma, beta = cache
    dx = normalize_grad(dout * gamma, xhat, inv, 0)
    return dx, sum_to(dout * xhat, gamma.shape), sum_to(dout, beta.shape)


batchnorm_backward_alt = batchnorm_backward


def layernorm_forward(x, gamma, beta, ln_param):
    xhat, inv, _, _ = normalize(x, 1, ln_param.get("eps", 1e-5))
    return gamma * xhat + beta, (xhat, inv, gamma, beta)


def layernorm_backward(dout, cache):
    xhat, inv, gamma, beta = cache
    dx = normalize_grad(dout * gamma, xhat, inv, 1)
    return dx, sum_to(dout * xhat, gamma.shape), sum_to(dout, beta.shape)


def dropout_forward(x, dropout_param):
    keep, training = dropout_param["p"], dropout_param["mode"] == "train"
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    scale = np.where(np.random.rand(*x.shape) < keep, 1 / keep, 0.0) if training else np.ones(x.shape)
    return (x * scale).astype(x.dtype), scale


def dropout_backward(dout, cache):
    return dout * cache


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    kh, kw = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    oh, ow = windows_fit(xp.shape[2], kh, s), windows_fit(xp.shape[3], kw, s)
    parts = (np.einsum("nchw,fc->nfhw", v, w[:, :, r, q]) for r, q, v in taps(xp, kh, kw, oh, ow, s))
    return reduce(np.add, parts) + b.reshape(-1, 1, 1), (xp, w, s, p)


def conv_backward_naive(dout, cache):
    xp, w, s, p = cache
    kh, kw = w.shape[2:]
    oh, ow = dout.shape[2:]
    dw, dxp = np.zeros_like(w), np.zeros_like(xp)
    for r, q, v in taps(xp, kh, kw, oh, ow, s):
        dw[:, :, r, q] = np.einsum("nfhw,nchw->fc", dout, v)
    for r, q, v in taps(dxp, kh, kw, oh, ow, s):
        v += np.einsum("nfhw,fc->nchw", dout, w[:, :, r, q])
    inner = slice(p, xp.shape[2] - p), slice(p, xp.shape[3] - p)
    return dxp[:, :, inner[0], inner[1]], dw, dout.sum(axis=(0, 2, 3))


def max_pool_forward_naive(x, pool_param):
    kh, kw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    oh, ow = windows_fit(x.shape[2], kh, s), windows_fit(x.shape[3], kw, s)
    stack = np.stack([v for _, _, v in taps(x, kh, kw, oh, ow, s)])
    return stack.max(axis=0), (stack.argmax(axis=0), x.shape, kh, kw, s)


def max_pool_backward_naive(dout, cache):
    winner, shape, kh, kw, s = cache
    oh, ow = dout.shape[2:]
    dx = np.zeros(shape, dtype=dout.dtype)
    for r, q, v in taps(dx, kh, kw, oh, ow, s):
        v += np.where(winner == r * kw + q, dout, 0)
    return dx


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    last = channels_last(x)
    out, cache = batchnorm_forward(last.reshape(-1, x.shape[1]), gamma, beta, bn_param)
    return channels_second(out.reshape(last.shape)), cache


def spatial_batchnorm_backward(dout, cache):
    last = channels_last(dout)
    dx, dgamma, dbeta = batchnorm_backward(last.reshape(-1, dout.shape[1]), cache)
    return channels_second(dx.reshape(last.shape)), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    xhat, inv, _, _ = normalize(x.reshape(x.shape[0], G, -1), 2, gn_param.get("eps", 1e-5))
    xhat = xhat.reshape(x.shape)
    return gamma * xhat + beta, (xhat, inv, gamma, beta, G)


def spatial_groupnorm_backward(dout, cache):
    xhat, inv, gamma, beta, G = cache
    grouped = lambda a: a.reshape(a.shape[0], G, -1)
    dx = normalize_grad(grouped(dout * gamma), grouped(xhat), inv, 2).reshape(dout.shape)
    return dx, sum_to(dout * xhat, gamma.shape), sum_to(dout, beta.shape)


def with_defaults(config, **defaults):
    config = {} if config is None else config
    for name in defaults:
        config.setdefault(name, defaults[name])
    return config


def sgd(w, dw, config=None):
    c = with_defaults(config, learning_rate=1e-2)
    return w - c["learning_rate"] * dw, c


def sgd_momentum(w, dw, config=None):
    c = with_defaults(config, learning_rate=1e-2, momentum=0.9, velocity=np.zeros_like(w))
    c["velocity"] = c["momentum"] * c["velocity"] - c["learning_rate"] * dw
    return w + c["velocity"], c


def rmsprop(w, dw, config=None):
    c = with_defaults(config, learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8, cache=np.zeros_like(w))
    c["cache"] = blend(c["cache"], dw ** 2, c["decay_rate"])
    return w - c["learning_rate"] * dw / (np.sqrt(c["cache"]) + c["epsilon"]), c


def adam(w, dw, config=None):
    c = with_defaults(config, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, t=0)
    c = with_defaults(c, m=np.zeros_like(w), v=np.zeros_like(w))
    c["t"] += 1
    c["m"] = blend(c["m"], dw, c["beta1"])
    c["v"] = blend(c["v"], dw ** 2, c["beta2"])
    debiased = lambda a, beta: a / (1 - beta ** c["t"])
    step = debiased(c["m"], c["beta1"]) / (np.sqrt(debiased(c["v"], c["beta2"])) + c["epsilon"])
    return w - c["learning_rate"] * step, c
