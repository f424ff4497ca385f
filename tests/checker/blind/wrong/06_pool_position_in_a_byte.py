"""Everything comes out in the dtype it came in with (float32 stays float32)."""
import numpy as np


def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w)
    out += b
    return out, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = dout.sum(axis=0, dtype=dout.dtype)
    return dx, dw, db


def relu_forward(x):
    zero = x.dtype.type(0)
    return np.maximum(x, zero), x


def relu_backward(dout, cache):
    return dout * (cache > 0).astype(dout.dtype)


def softmax_loss(x, y):
    n = x.shape[0]
    rows = np.arange(n)
    z = x - x.max(axis=1, keepdims=True)
    e = np.exp(z)
    total = e.sum(axis=1, keepdims=True)
    loss = float((np.log(total[:, 0]) - z[rows, y]).sum()) / n
    dx = e / total
    dx[rows, y] -= x.dtype.type(1)
    dx *= x.dtype.type(1.0 / n)
    return loss, dx


def svm_loss(x, y):
    n = x.shape[0]
    rows = np.arange(n)
    m = x - x[rows, y][:, None] + x.dtype.type(1)
    np.maximum(m, 0, out=m)
    m[rows, y] = 0
    dx = np.zeros_like(x)
    np.copyto(dx, 1, where=m > 0)
    dx[rows, y] -= dx.sum(axis=1)
    dx /= x.dtype.type(n)
    return float(m.sum()) / n, dx


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    dtype = x.dtype
    eps = dtype.type(bn_param.get("eps", 1e-5))
    momentum = dtype.type(bn_param.get("momentum", 0.9))
    D = x.shape[1]
    running_mean = bn_param.get("running_mean")
    running_var = bn_param.get("running_var")
    if running_mean is None:
        running_mean = np.zeros(D, dtype)
    if running_var is None:
        running_var = np.zeros(D, dtype)
    if mode == "train":
        mu = x.mean(axis=0)
        xm = x - mu
        var = np.mean(xm * xm, axis=0)
        inv = 1 / np.sqrt(var + eps)
        xh = xm * inv
        out = xh * gamma.astype(dtype) + beta.astype(dtype)
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mu
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
        return out, (xh, inv, gamma.astype(dtype))
    if mode == "test":
        scale = gamma / np.sqrt(running_var + eps)
        out = (x - running_mean) * scale + beta
        bn_param["running_mean"], bn_param["running_var"] = running_mean, running_var
        return out.astype(dtype), None
    raise ValueError("bad mode %r" % (mode,))


def batchnorm_backward(dout, cache):
    xh, inv, gamma = cache
    n = dout.dtype.type(dout.shape[0])
    dgamma = np.sum(dout * xh, axis=0)
    dbeta = np.sum(dout, axis=0)
    dxh = dout * gamma
    # through the variance
    dinv = np.sum(dxh * (xh / inv), axis=0)
    dvar = dinv * dout.dtype.type(-0.5) * inv * inv * inv
    dxm = dxh * inv + (2 / n) * (xh / inv) * dvar
    dx = dxm - dxm.sum(axis=0) / n
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    xh, inv, gamma = cache
    n = dout.dtype.type(dout.shape[0])
    dgamma = np.sum(dout * xh, axis=0)
    dbeta = np.sum(dout, axis=0)
    dx = dout - (dbeta + xh * dgamma) / n
    dx *= gamma * inv
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    eps = x.dtype.type(ln_param.get("eps", 1e-5))
    xm = x - x.mean(axis=1, keepdims=True)
    inv = 1 / np.sqrt((xm * xm).mean(axis=1, keepdims=True) + eps)
    xh = xm * inv
    return xh * gamma + beta, (xh, inv, gamma)


def layernorm_backward(dout, cache):
    xh, inv, gamma = cache
    d = dout * gamma
    dx = inv * (d - d.mean(axis=1, keepdims=True) - xh * (d * xh).mean(axis=1, keepdims=True))
    return dx, (dout * xh).sum(axis=0), dout.sum(axis=0)


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if mode == "test":
        return x, (1.0, np.ones_like(x))
    generator = np.random.RandomState(dropout_param["seed"]) if "seed" in dropout_param else np.random
    keep = (generator.rand(*x.shape) < p).astype(x.dtype)
    keep /= x.dtype.type(p)
    return x * keep, (p, keep)


def dropout_backward(dout, cache):
    return dout * cache[1]


def conv_forward_naive(x, w, b, conv_param):
    s, p = int(conv_param["stride"]), int(conv_param["pad"])
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    xp = np.zeros((N, C, H + 2 * p, W + 2 * p), dtype=x.dtype)
    xp[:, :, p:H + p, p:W + p] = x
    Ho, Wo = (H + 2 * p - HH) // s + 1, (W + 2 * p - WW) // s + 1
    out = np.empty((N, F, Ho, Wo), dtype=x.dtype)
    wf = w.reshape(F, -1)
    for n in range(N):
        for i in range(Ho):
            for j in range(Wo):
                out[n, :, i, j] = wf @ xp[n, :, i * s:i * s + HH, j * s:j * s + WW].ravel() + b
    return out, (xp, w, s, p, x.shape)


def conv_backward_naive(dout, cache):
    xp, w, s, p, (N, C, H, W) = cache
    F, C, HH, WW = w.shape
    Ho, Wo = dout.shape[2:]
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    wf = w.reshape(F, -1)
    for n in range(N):
        for i in range(Ho):
            for j in range(Wo):
                g = dout[n, :, i, j]
                place = (n, slice(None), slice(i * s, i * s + HH), slice(j * s, j * s + WW))
                dw += np.multiply.outer(g, xp[place])
                dxp[place] += (g @ wf).reshape(C, HH, WW)
    db = dout.sum(axis=(0, 2, 3))
    return dxp[:, :, p:H + p, p:W + p].copy(), dw, db


def max_pool_forward_naive(x, pool_param):
    hh, ww, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    Ho, Wo = (H - hh) // s + 1, (W - ww) // s + 1
    out = np.empty((N, C, Ho, Wo), dtype=x.dtype)
    where = np.empty((N, C, Ho, Wo), dtype=np.intp)
    for n, c, i, j in np.ndindex(N, C, Ho, Wo):
        patch = x[n, c, i * s:i * s + hh, j * s:j * s + ww]
        k = int(patch.argmax())
        r, q = divmod(k, ww)
        out[n, c, i, j] = patch[r, q]
        where[n, c, i, j] = (i * s + r) * W + (j * s + q)
    return out, (where.astype(np.uint8), x.shape)


def max_pool_backward_naive(dout, cache):
    where, (N, C, H, W) = cache
    dx = np.zeros((N, C, H * W), dtype=dout.dtype)
    for n, c, i, j in np.ndindex(*dout.shape):
        dx[n, c, where[n, c, i, j]] += dout[n, c, i, j]
    return dx.reshape(N, C, H, W)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    flat = x.transpose(1, 0, 2, 3).reshape(C, N * H * W).T
    out, cache = batchnorm_forward(flat, gamma, beta, bn_param)
    return out.T.reshape(C, N, H, W).transpose(1, 0, 2, 3), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    flat = dout.transpose(1, 0, 2, 3).reshape(C, N * H * W).T
    dx, dgamma, dbeta = batchnorm_backward(flat, cache)
    return dx.T.reshape(C, N, H, W).transpose(1, 0, 2, 3), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = x.dtype.type(gn_param.get("eps", 1e-5))
    N, C, H, W = x.shape
    xg = x.reshape(N, G, -1)
    xm = xg - xg.mean(axis=-1, keepdims=True)
    inv = 1 / np.sqrt((xm * xm).mean(axis=-1, keepdims=True) + eps)
    xh = (xm * inv).reshape(x.shape)
    return xh * gamma + beta, (xh, inv, gamma)


def spatial_groupnorm_backward(dout, cache):
    xh, inv, gamma = cache
    shape = inv.shape[:2] + (-1,)
    d = (dout * gamma).reshape(shape)
    h = xh.reshape(shape)
    dx = inv * (d - d.mean(axis=-1, keepdims=True) - h * (d * h).mean(axis=-1, keepdims=True))
    dgamma = (dout * xh).sum(axis=(0, 2, 3), keepdims=True)
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    return dx.reshape(dout.shape), dgamma, dbeta


def sgd(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    w -= w.dtype.type(config["learning_rate"]) * dw
    return w, config


def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    v = w.dtype.type(config["momentum"]) * v - w.dtype.type(config["learning_rate"]) * dw
    config["velocity"] = v
    return w + v, config


def rmsprop(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("decay_rate", 0.99)
    config.setdefault("epsilon", 1e-8)
    cache = config.get("cache")
    if cache is None:
        cache = np.zeros_like(w)
    cache = cache * config["decay_rate"] + dw * dw * (1 - config["decay_rate"])
    config["cache"] = cache
    return w - config["learning_rate"] * dw / (np.sqrt(cache) + config["epsilon"]), config


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
    config["t"] += 1
    b1, b2, t = config["beta1"], config["beta2"], config["t"]
    config["m"] = b1 * config["m"] + (1 - b1) * dw
    config["v"] = b2 * config["v"] + (1 - b2) * (dw * dw)
    unbiased_m = config["m"] / (1 - b1 ** t)
    unbiased_v = config["v"] / (1 - b2 ** t)
    return w - config["learning_rate"] * unbiased_m / (np.sqrt(unbiased_v) + config["epsilon"]), config
