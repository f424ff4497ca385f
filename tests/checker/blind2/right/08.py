"""Buffers, out= arguments and care for the dtype: what comes in as float32 leaves as float32."""
import numpy as np


def _scalar(x, value):
    return np.asarray(value, dtype=x.dtype)


def affine_forward(x, w, b):
    out = np.empty((x.shape[0], b.size), dtype=np.result_type(x, w))
    np.matmul(x.reshape(x.shape[0], -1), w, out=out)
    np.add(out, b, out=out)
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    dx = np.empty((x.shape[0], w.shape[0]), dtype=dout.dtype)
    dw = np.empty(w.shape, dtype=dout.dtype)
    db = np.empty(b.shape, dtype=dout.dtype)
    np.matmul(dout, w.T, out=dx)
    np.matmul(x.reshape(x.shape[0], -1).T, dout, out=dw)
    np.sum(dout, axis=0, out=db)
    return dx.reshape(x.shape), dw, db


def relu_forward(x):
    out = np.maximum(x, _scalar(x, 0))
    return out, out


def relu_backward(dout, cache):
    dx = dout.copy()
    np.putmask(dx, cache <= 0, 0)
    return dx


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = _scalar(x, bn_param.get("eps", 1e-5))
    mom = _scalar(x, bn_param.get("momentum", 0.9))
    for key in ("running_mean", "running_var"):
        if key not in bn_param:
            bn_param[key] = np.zeros(x.shape[1], dtype=x.dtype)
    buf = np.empty_like(x)
    if bn_param["mode"] == "train":
        mu = x.mean(axis=0)
        np.subtract(x, mu, out=buf)
        var = np.mean(buf * buf, axis=0)
        bn_param["running_mean"] = mom * bn_param["running_mean"] + (1 - mom) * mu
        bn_param["running_var"] = mom * bn_param["running_var"] + (1 - mom) * var
    else:
        np.subtract(x, bn_param["running_mean"], out=buf)
        var = bn_param["running_var"]
    rstd = np.reciprocal(np.sqrt(var + eps))
    buf *= rstd
    return buf * gamma + beta, (buf, rstd, gamma)


def batchnorm_backward(dout, cache):
    xhat, rstd, gamma = cache
    dgamma = np.einsum("nd,nd->d", dout, xhat)
    dbeta = dout.sum(axis=0)
    dx = dout.copy()
    dx -= dout.mean(axis=0)
    dx -= xhat * (dgamma / _scalar(dout, len(dout)))
    dx *= gamma * rstd
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    return batchnorm_backward(dout, cache)


def layernorm_forward(x, gamma, beta, ln_param):
    eps = _scalar(x, ln_param.get("eps", 1e-5))
    buf = x - x.mean(axis=1, keepdims=True)
    rstd = np.reciprocal(np.sqrt(np.mean(buf * buf, axis=1, keepdims=True) + eps))
    buf *= rstd
    return buf * gamma + beta, (buf, rstd, gamma)


def layernorm_backward(dout, cache):
    xhat, rstd, gamma = cache
    dx = dout * gamma
    corr = np.mean(dx * xhat, axis=1, keepdims=True)
    dx -= dx.mean(axis=1, keepdims=True)
    dx -= xhat * corr
    dx *= rstd
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    eps = _scalar(x, gn_param.get("eps", 1e-5))
    buf = x.reshape(N, G, C // G, H, W).copy()
    buf -= buf.mean(axis=(2, 3, 4), keepdims=True)
    rstd = np.reciprocal(np.sqrt(np.mean(buf * buf, axis=(2, 3, 4), keepdims=True) + eps))
    buf *= rstd
    return buf.reshape(x.shape) * gamma + beta, (buf, rstd, gamma)


def spatial_groupnorm_backward(dout, cache):
    xhat, rstd, gamma = cache
    flat = xhat.reshape(dout.shape)
    dgamma = np.sum(dout * flat, axis=(0, 2, 3), keepdims=True)
    dbeta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
    d = (dout * gamma).reshape(xhat.shape)
    ax = (2, 3, 4)
    corr = np.mean(d * xhat, axis=ax, keepdims=True)
    d -= d.mean(axis=ax, keepdims=True)
    d -= xhat * corr
    d *= rstd
    return d.reshape(dout.shape), dgamma, dbeta


def dropout_forward(x, dropout_param):
    """p: fraction of units that stay (probability to keep)."""
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = None
    out = x
    if dropout_param["mode"] == "train":
        mask = np.zeros_like(x)
        mask[np.random.rand(*x.shape) < dropout_param["p"]] = 1 / dropout_param["p"]
        out = np.multiply(x, mask)
    return out, (dropout_param, mask)


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    return dout if mask is None else np.multiply(dout, mask)


def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = np.array(config.get("velocity", np.zeros_like(w)))
    v *= _scalar(w, config["momentum"])
    v -= _scalar(w, config["learning_rate"]) * dw
    config["velocity"] = v
    return w + v, config


def rmsprop(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("decay_rate", 0.99)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("cache", np.zeros_like(w))
    rate = _scalar(w, config["decay_rate"])
    c = rate * config["cache"]
    c += (1 - rate) * np.square(dw)
    config["cache"] = c
    step = np.divide(dw, np.sqrt(c) + _scalar(w, config["epsilon"]))
    step *= _scalar(w, config["learning_rate"])
    return w - step, config


def adam(w, dw, config=None):
    if config is None:
        config = {}
    for k, v in dict(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, t=0).items():
        config.setdefault(k, v)
    for k in ("m", "v"):
        config.setdefault(k, np.zeros_like(w))
    config["t"] += 1
    b1, b2 = config["beta1"], config["beta2"]
    config["m"] = (b1 * config["m"] + (1 - b1) * dw).astype(w.dtype)
    config["v"] = (b2 * config["v"] + (1 - b2) * dw * dw).astype(w.dtype)
    m = config["m"] / (1 - b1 ** config["t"])
    v = config["v"] / (1 - b2 ** config["t"])
    return (w - config["learning_rate"] * m / (np.sqrt(v) + config["epsilon"])).astype(w.dtype), config
