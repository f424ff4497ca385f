"""Functional style: small combinators, closures as caches, nothing mutated."""
import numpy as np


def _flat(x):
    return x.reshape(x.shape[0], -1)


def affine_forward(x, w, b):
    back = lambda d: (np.inner(d, w).reshape(x.shape), np.dot(d.T, _flat(x)).T, np.add.reduce(d))
    return np.dot(_flat(x), w) + b, back


def affine_backward(dout, cache):
    return cache(dout)


def relu_forward(x):
    return np.maximum(x, 0), lambda d: np.where(x > 0, d, np.zeros((), d.dtype))


def relu_backward(dout, cache):
    return cache(dout)


def softmax_loss(x, y):
    hit = np.asarray(y)[:, None] == np.arange(x.shape[1])
    z = x - x.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.mean(logp[hit]), (np.exp(logp) - hit) / x.shape[0]


def svm_loss(x, y):
    hit = np.asarray(y)[:, None] == np.arange(x.shape[1])
    gap = np.where(hit, 0, x - x[hit][:, None] + 1)
    over = (gap > 0).astype(x.dtype)
    dx = np.where(hit, -over.sum(axis=1, keepdims=True), over) / x.shape[0]
    return np.maximum(gap, 0).sum() / x.shape[0], dx


def _whiten(x, axis, eps):
    """normalise along axis; gives back also the pull-back of the map"""
    mu = x.mean(axis=axis, keepdims=True)
    var = np.square(x - mu).mean(axis=axis, keepdims=True)
    r = 1 / np.sqrt(var + eps)
    h = (x - mu) * r
    avg = lambda t: t.mean(axis=axis, keepdims=True)
    return h, mu, var, lambda d: r * (d - avg(d) - h * avg(d * h))


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, m = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    zeros = np.zeros(x.shape[1], dtype=x.dtype)
    rm, rv = bn_param.get("running_mean", zeros), bn_param.get("running_var", zeros)
    if bn_param["mode"] == "test":
        bn_param.update(running_mean=rm, running_var=rv)
        h = (x - rm) / np.sqrt(rv + eps)
        return gamma * h + beta, lambda d: (d * gamma / np.sqrt(rv + eps), (d * h).sum(0), d.sum(0))
    h, mu, var, pull = _whiten(x, 0, eps)
    bn_param.update(running_mean=m * rm + (1 - m) * mu[0], running_var=m * rv + (1 - m) * var[0])
    return gamma * h + beta, lambda d: (pull(d * gamma), (d * h).sum(0), d.sum(0))


def batchnorm_backward(dout, cache):
    return cache(dout)


batchnorm_backward_alt = batchnorm_backward


def layernorm_forward(x, gamma, beta, ln_param):
    h, _, _, pull = _whiten(x, 1, ln_param.get("eps", 1e-5))
    return gamma * h + beta, lambda d: (pull(d * gamma), (d * h).sum(0), d.sum(0))


def layernorm_backward(dout, cache):
    return cache(dout)


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    split = lambda t: t.reshape(t.shape[0], G, -1)
    h, _, _, pull = _whiten(split(x), 2, gn_param.get("eps", 1e-5))
    h = h.reshape(x.shape)
    total = lambda t: t.sum(axis=(0, 2, 3), keepdims=True)
    return gamma * h + beta, lambda d: (pull(split(d * gamma)).reshape(x.shape), total(d * h), total(d))


def spatial_groupnorm_backward(dout, cache):
    return cache(dout)


def dropout_forward(x, dropout_param):
    """dropout_param['p']: probability of KEEPING a unit (inverted dropout)."""
    if dropout_param.get("seed") is not None:
        np.random.seed(dropout_param["seed"])
    if dropout_param["mode"] == "test":
        return x, lambda d: d
    mask = (np.random.rand(*x.shape) < dropout_param["p"]).astype(x.dtype) / x.dtype.type(dropout_param["p"])
    return x * mask, lambda d: d * mask


def dropout_backward(dout, cache):
    return cache(dout)
