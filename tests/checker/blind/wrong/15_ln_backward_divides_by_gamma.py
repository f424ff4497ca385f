import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def affine_forward(x, w, b):
    X = x.reshape(x.shape[0], -1)
    return np.einsum("nd,dm->nm", X, w) + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    X = x.reshape(x.shape[0], -1)
    dx = np.einsum("nm,dm->nd", dout, w).reshape(x.shape)
    dw = np.einsum("nd,nm->dm", X, dout)
    db = np.einsum("nm->m", dout)
    return dx, dw, db


def relu_forward(x):
    return x * (x > 0), (x > 0)


def relu_backward(dout, cache):
    return dout * cache


def softmax_loss(x, y):
    n = len(x)
    z = x - x.max(1, keepdims=True)
    logp = z - np.log(np.exp(z).sum(1, keepdims=True))
    onehot = np.eye(x.shape[1])[y]
    loss = -np.einsum("nc,nc->", onehot, np.where(onehot > 0, logp, 0)) / n
    return loss, (np.exp(logp) - onehot) / n


def svm_loss(x, y):
    n, c = x.shape
    onehot = np.eye(c)[y]
    s = np.einsum("nc,nc->n", x, onehot)
    m = (x - s[:, None] + 1) * (1 - onehot)
    hit = (m > 0) * 1.0
    loss = np.einsum("nc,nc->", m, hit) / n
    dx = (hit - onehot * hit.sum(1)[:, None]) / n
    return loss, dx


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    mom = bn_param.get("momentum", 0.9)
    N, D = x.shape
    rm = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    rv = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    if mode == "train":
        mu = np.einsum("nd->d", x) / N
        xc = x - mu
        var = np.einsum("nd,nd->d", xc, xc) / N
        istd = (var + eps) ** -0.5
        xh = np.einsum("nd,d->nd", xc, istd)
        out = np.einsum("nd,d->nd", xh, gamma) + beta
        cache = [xh, istd, gamma]
        rm = mom * rm + (1 - mom) * mu
        rv = mom * rv + (1 - mom) * var
    elif mode == "test":
        out = gamma * ((x - rm) * (rv + eps) ** -0.5) + beta
        cache = None
    else:
        raise ValueError("Invalid forward batchnorm mode %s" % mode)
    bn_param.update(running_mean=rm, running_var=rv)
    return out, cache


def batchnorm_backward(dout, cache):
    xh, istd, gamma = cache
    N = dout.shape[0]
    g = np.einsum("nd,d->nd", dout, gamma)
    s1 = np.einsum("nd->d", g) / N
    s2 = np.einsum("nd,nd->d", g, xh) / N
    dx = np.einsum("nd,d->nd", g - s1 - np.einsum("nd,d->nd", xh, s2), istd)
    return dx, np.einsum("nd,nd->d", dout, xh), np.einsum("nd->d", dout)


def batchnorm_backward_alt(dout, cache):
    xh, istd, gamma = cache
    N = dout.shape[0]
    dgamma = np.einsum("nd,nd->d", dout, xh)
    dbeta = np.einsum("nd->d", dout)
    dx = (gamma * istd / N) * (N * dout - dbeta - xh * dgamma)
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    N, D = x.shape
    mu = np.einsum("nd->n", x) / D
    xc = x - mu[:, None]
    istd = (np.einsum("nd,nd->n", xc, xc) / D + eps) ** -0.5
    xh = np.einsum("nd,n->nd", xc, istd)
    out = np.einsum("nd,d->nd", xh, gamma) + beta
    return out, [out, istd, gamma, beta]


def layernorm_backward(dout, cache):
    out, istd, gamma, beta = cache
    xh = (out - beta) / gamma
    D = dout.shape[1]
    g = np.einsum("nd,d->nd", dout, gamma)
    s1 = np.einsum("nd->n", g) / D
    s2 = np.einsum("nd,nd->n", g, xh) / D
    dx = np.einsum("nd,n->nd", g - s1[:, None] - np.einsum("nd,n->nd", xh, s2), istd)
    return dx, np.einsum("nd,nd->d", dout, xh), np.einsum("nd->d", dout)


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    if mode == "train":
        mask = (np.random.random_sample(x.shape) < p) / p
        return (x * mask).astype(x.dtype, copy=False), (dropout_param, mask)
    return x, (dropout_param, None)


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    return dout * mask if dropout_param["mode"] == "train" else dout


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
    win = sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::s, ::s]
    out = np.einsum("ncijrs,fcrs->nfij", win, w) + b[None, :, None, None]
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    Ho, Wo = dout.shape[2:]
    xp = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
    win = sliding_window_view(xp, (HH, WW), axis=(2, 3))[:, :, ::s, ::s]
    dw = np.einsum("nfij,ncijrs->fcrs", dout, win)
    db = np.einsum("nfij->f", dout)
    dwin = np.einsum("nfij,fcrs->ncijrs", dout, w)
    dxp = np.zeros(xp.shape)
    for r in range(HH):
        for q in range(WW):
            dxp[:, :, r:r + s * Ho:s, q:q + s * Wo:s] += dwin[..., r, q]
    return dxp[:, :, p:p + H, p:p + W], dw, db


def max_pool_forward_naive(x, pool_param):
    hh, ww, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    win = sliding_window_view(x, (hh, ww), axis=(2, 3))[:, :, ::s, ::s]
    return win.max(axis=(4, 5)), (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    hh, ww, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    Ho, Wo = dout.shape[2:]
    win = sliding_window_view(x, (hh, ww), axis=(2, 3))[:, :, ::s, ::s]
    flat = win.reshape(dout.shape + (hh * ww,))
    pick = np.eye(hh * ww)[flat.argmax(-1)]
    d = np.einsum("ncij,ncijk->ncijk", dout, pick).reshape(win.shape)
    dx = np.zeros(x.shape)
    for r in range(hh):
        for q in range(ww):
            dx[:, :, r:r + s * Ho:s, q:q + s * Wo:s] += d[..., r, q]
    return dx


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    rows = np.einsum("nchw->nhwc", x).reshape(-1, C)
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    return np.einsum("nhwc->nchw", out.reshape(N, H, W, C)), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    rows = np.einsum("nchw->nhwc", dout).reshape(-1, C)
    dx, dgamma, dbeta = batchnorm_backward_alt(rows, cache)
    return np.einsum("nhwc->nchw", dx.reshape(N, H, W, C)), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    K = C // G * H * W
    xg = x.reshape(N, G, K)
    xc = xg - (np.einsum("ngk->ng", xg) / K)[..., None]
    istd = (np.einsum("ngk,ngk->ng", xc, xc) / K + eps) ** -0.5
    xh = np.einsum("ngk,ng->ngk", xc, istd).reshape(x.shape)
    return gamma.reshape(1, C, 1, 1) * xh + beta.reshape(1, C, 1, 1), (xh, istd, gamma, G)


def spatial_groupnorm_backward(dout, cache):
    xh, istd, gamma, G = cache
    N, C, H, W = dout.shape
    K = C // G * H * W
    dgamma = np.einsum("nchw,nchw->c", dout, xh).reshape(gamma.shape)
    dbeta = np.einsum("nchw->c", dout).reshape(gamma.shape)
    g = (dout * gamma.reshape(1, C, 1, 1)).reshape(N, G, K)
    xg = xh.reshape(N, G, K)
    a = np.einsum("ngk->ng", g) / K
    c = np.einsum("ngk,ngk->ng", g, xg) / K
    dx = np.einsum("ngk,ng->ngk", g - a[..., None] - xg * c[..., None], istd)
    return dx.reshape(dout.shape), dgamma, dbeta


def sgd(w, dw, config=None):
    config = {} if config is None else config
    lr = config.setdefault("learning_rate", 1e-2)
    return w - lr * dw, config


def sgd_momentum(w, dw, config=None):
    config = {} if config is None else config
    lr = config.setdefault("learning_rate", 1e-2)
    mu = config.setdefault("momentum", 0.9)
    config["velocity"] = mu * config.get("velocity", 0 * w) - lr * dw
    return w + config["velocity"], config


def rmsprop(w, dw, config=None):
    config = {} if config is None else config
    lr = config.setdefault("learning_rate", 1e-2)
    rho = config.setdefault("decay_rate", 0.99)
    eps = config.setdefault("epsilon", 1e-8)
    s = rho * config.get("cache", 0 * w) + (1 - rho) * dw * dw
    config["cache"] = s
    return w - lr * dw / (np.sqrt(s) + eps), config


def adam(w, dw, config=None):
    config = {} if config is None else config
    lr = config.setdefault("learning_rate", 1e-3)
    b1 = config.setdefault("beta1", 0.9)
    b2 = config.setdefault("beta2", 0.999)
    eps = config.setdefault("epsilon", 1e-8)
    t = config.get("t", 0) + 1
    m = b1 * config.get("m", 0 * w) + (1 - b1) * dw
    v = b2 * config.get("v", 0 * w) + (1 - b2) * dw ** 2
    config.update(t=t, m=m, v=v)
    step = (m / (1 - b1 ** t)) / (np.sqrt(v / (1 - b2 ** t)) + eps)
    return w - lr * step, config
