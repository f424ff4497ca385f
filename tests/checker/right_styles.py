"""Right implementations in many styles: none may raise an alarm. A name says the style; each text is a file of its own."""

STYLES = {
    "affine and relu, loops": """
import numpy as np
def affine_forward(x, w, b):
    out = np.zeros((x.shape[0], w.shape[1]))
    for n in range(x.shape[0]):
        row = x[n].ravel()
        for m in range(w.shape[1]):
            out[n, m] = sum(row[d] * w[d, m] for d in range(len(row))) + b[m]
    return out, {"x": x, "w": w}
def affine_backward(dout, cache):
    x, w = cache["x"], cache["w"]
    flat = x.reshape(len(x), -1)
    dx, dw, db = np.zeros_like(flat), np.zeros_like(w), np.zeros(w.shape[1])
    for n in range(len(x)):
        for m in range(w.shape[1]):
            dx[n] += dout[n, m] * w[:, m]
            dw[:, m] += dout[n, m] * flat[n]
            db[m] += dout[n, m]
    return dx.reshape(x.shape), dw, db
def relu_forward(x):
    out = x.copy()
    out[out < 0] = 0
    return out, out
def relu_backward(dout, cache):
    return np.where(cache > 0, dout, 0)
""",
    "affine and relu, einsum and closures": """
from numpy import *
def affine_forward(x, w, b):
    X = x.reshape(x.shape[0], prod(x.shape[1:]))
    return einsum("nd,dm->nm", X, w) + b[None], lambda dout: (einsum("nm,dm->nd", dout, w).reshape(x.shape), einsum("nd,nm->dm", X, dout), einsum("nm->m", dout))
def affine_backward(dout, cache):
    return cache(dout)
def relu_forward(x):
    mask = x > 0
    return x * mask, mask
relu_backward = lambda dout, cache: dout * cache
""",
    "batch norm, staged graph, statistics (1, D)": """
import numpy as np
def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]; eps = bn_param.get("eps", 1e-5); momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = np.reshape(bn_param.get("running_mean", np.zeros((1, D))), (1, D))
    running_var = np.reshape(bn_param.get("running_var", np.zeros((1, D))), (1, D))
    cache = None
    if mode == "train":
        mu = 1.0 / N * np.sum(x, axis=0, keepdims=True)
        xmu = x - mu
        var = 1.0 / N * np.sum(xmu ** 2, axis=0, keepdims=True)
        sqrtvar = np.sqrt(var + eps)
        ivar = 1.0 / sqrtvar
        xhat = xmu * ivar
        out = gamma * xhat + beta
        cache = (xhat, gamma, xmu, ivar, sqrtvar, var, eps)
        running_mean = momentum * running_mean + (1.0 - momentum) * mu
        running_var = momentum * running_var + (1.0 - momentum) * var
    else:
        out = gamma * ((x - running_mean) / np.sqrt(running_var + eps)) + beta
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache
def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0, keepdims=True)
    dgamma = np.sum(dout * xhat, axis=0, keepdims=True)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1.0 / (sqrtvar ** 2) * divar
    dvar = 0.5 * 1.0 / np.sqrt(var + eps) * dsqrtvar
    dsq = 1.0 / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    return dx1 + 1.0 / N * np.ones((N, D)) * dmu, dgamma, dbeta
def batchnorm_backward_alt(dout, cache):
    xhat, gamma, xmu, ivar, *_ = cache
    m = len(dout)
    return gamma * ivar / m * (m * dout - dout.sum(0) - xhat * (dout * xhat).sum(0)), (dout * xhat).sum(0), dout.sum(0)
""",
    "batch norm, moments, the Jacobian written out": """
import numpy as np
def batchnorm_forward(x, gamma, beta, bn_param):
    eps, m = bn_param.get("eps", 1e-5), bn_param.get("momentum", .9)
    if bn_param["mode"] == "test":
        s = gamma / np.sqrt(bn_param["running_var"] + eps)
        return x * s + (beta - bn_param["running_mean"] * s), None
    mu, var = np.mean(x, 0), np.var(x, 0)
    for key, now in (("running_mean", mu), ("running_var", var)):
        bn_param[key] = m * bn_param.get(key, 0 * now) + (1 - m) * now
    return gamma * (x - mu) / np.sqrt(var + eps) + beta, (x, mu, var, gamma, eps)
def batchnorm_backward(dout, cache):
    x, mu, var, gamma, eps = cache
    N, D = x.shape
    dx = np.empty_like(x)
    for d in range(D):
        s = 1 / np.sqrt(var[d] + eps)
        h = (x[:, d] - mu[d]) * s
        J = s * (np.eye(N) - 1 / N - np.outer(h, h) / N)
        dx[:, d] = J.T @ (dout[:, d] * gamma[d])
    return dx, np.einsum("nd,nd->d", dout, (x - mu) / np.sqrt(var + eps)), dout.sum(axis=0)
""",
    "layer norm by transposing batch norm": """
import numpy as np
def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    xt = x.T
    mu, var = xt.mean(0), xt.var(0)
    inv = (var + eps) ** -0.5
    hat = ((xt - mu) * inv).T
    return hat * gamma + beta, (hat, inv, gamma)
def layernorm_backward(dout, cache):
    hat, inv, gamma = cache
    g = (dout * gamma).T
    h = hat.T
    D = h.shape[0]
    dx = inv * (g - g.sum(0) / D - h * (g * h).sum(0) / D)
    return dx.T, np.sum(dout * hat, 0), np.sum(dout, 0)
""",
    "losses, log-sum-exp and loops": """
import numpy as np
def softmax_loss(x, y):
    N = x.shape[0]
    m = x.max(axis=1)
    lse = m + np.log(np.exp(x - m[:, None]).sum(axis=1))
    loss = np.mean(lse - x[np.arange(N), y])
    dx = np.exp(x - lse[:, None]) / N
    dx[np.arange(N), y] -= 1.0 / N
    return loss, dx
def svm_loss(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros(x.shape)
    for n in range(N):
        for c in range(C):
            if c == y[n]: continue
            margin = x[n, c] - x[n, y[n]] + 1
            if margin > 0:
                loss += margin
                dx[n, c] += 1; dx[n, y[n]] -= 1
    return loss / N, dx / N
""",
    "losses, probabilities and one-hot": """
import numpy as np
def softmax_loss(x, y):
    probs = np.exp(x - np.max(x, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    N = x.shape[0]
    loss = -np.sum(np.log(probs[np.arange(N), y])) / N
    dx = (probs - np.eye(x.shape[1])[y]) / N
    return loss, dx
def svm_loss(x, y):
    N = x.shape[0]
    margins = np.maximum(0, x - x[range(N), y].reshape(-1, 1) + 1.0)
    margins[range(N), y] = 0
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[range(N), y] -= np.sum(margins > 0, axis=1)
    return margins.sum() / N, dx / N
""",
    "convolution and pooling, plain loops": """
import numpy as np
def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape; F, _, HH, WW = w.shape
    xp = np.zeros((N, C, H + 2 * p, W + 2 * p)); xp[:, :, p:p + H, p:p + W] = x
    Ho, Wo = (H + 2 * p - HH) // s + 1, (W + 2 * p - WW) // s + 1
    out = np.zeros((N, F, Ho, Wo))
    for n in range(N):
        for f in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    out[n, f, i, j] = (xp[n, :, i*s:i*s+HH, j*s:j*s+WW] * w[f]).sum() + b[f]
    return out, (x, w, b, conv_param)
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    H, W = x.shape[2:]; F, _, HH, WW = w.shape
    xp = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)], mode="constant")
    dxp, dw, db = np.zeros(xp.shape), np.zeros(w.shape), np.zeros(b.shape)
    for n, f, i, j in np.ndindex(*dout.shape):
        db[f] += dout[n, f, i, j]
        dw[f] += xp[n, :, i*s:i*s+HH, j*s:j*s+WW] * dout[n, f, i, j]
        dxp[n, :, i*s:i*s+HH, j*s:j*s+WW] += w[f] * dout[n, f, i, j]
    return (dxp if p == 0 else dxp[:, :, p:-p, p:-p]), dw, db
def max_pool_forward_naive(x, pool_param):
    h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    out = np.full((N, C, (H - h) // s + 1, (W - w) // s + 1), -np.inf)
    for n, c, i, j in np.ndindex(*out.shape):
        for r in range(h):
            for q in range(w):
                out[n, c, i, j] = max(out[n, c, i, j], x[n, c, i * s + r, j * s + q])
    return out, (x, pool_param)
def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*dout.shape):
        window = x[n, c, i*s:i*s+h, j*s:j*s+w]
        dx[n, c, i*s:i*s+h, j*s:j*s+w] += (window == window.max()) * dout[n, c, i, j]
    return dx
""",
    "convolution by im2col with indices, pooling by argmax": """
import numpy as np
def indices(shape, HH, WW, p, s):
    N, C, H, W = shape
    Ho, Wo = (H + 2 * p - HH) // s + 1, (W + 2 * p - WW) // s + 1
    i0 = np.tile(np.repeat(np.arange(HH), WW), C); i1 = s * np.repeat(np.arange(Ho), Wo)
    j0 = np.tile(np.arange(WW), HH * C); j1 = s * np.tile(np.arange(Wo), Ho)
    k = np.repeat(np.arange(C), HH * WW).reshape(-1, 1)
    return k, i0.reshape(-1, 1) + i1.reshape(1, -1), j0.reshape(-1, 1) + j1.reshape(1, -1), Ho, Wo
def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    N, F = x.shape[0], w.shape[0]
    k, i, j, Ho, Wo = indices(x.shape, w.shape[2], w.shape[3], p, s)
    cols = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))[:, k, i, j].transpose(1, 2, 0).reshape(w[0].size, -1)
    out = (w.reshape(F, -1) @ cols + b.reshape(-1, 1)).reshape(F, Ho, Wo, N).transpose(3, 0, 1, 2)
    return out, (x.shape, w, cols, s, p)
def conv_backward_naive(dout, cache):
    shape, w, cols, s, p = cache
    F = w.shape[0]
    flat = dout.transpose(1, 2, 3, 0).reshape(F, -1)
    k, i, j, Ho, Wo = indices(shape, w.shape[2], w.shape[3], p, s)
    dcols = (w.reshape(F, -1).T @ flat).reshape(w[0].size, -1, shape[0]).transpose(2, 0, 1)
    padded = np.zeros((shape[0], shape[1], shape[2] + 2 * p, shape[3] + 2 * p))
    np.add.at(padded, (slice(None), k, i, j), dcols)
    return padded[:, :, p:p + shape[2], p:p + shape[3]], (flat @ cols.T).reshape(w.shape), flat.sum(axis=1)
def max_pool_forward_naive(x, pool_param):
    h, w, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    v = np.lib.stride_tricks.sliding_window_view(x, (h, w), axis=(2, 3))[:, :, ::s, ::s]
    return v.max(axis=(-1, -2)), (x, v.reshape(*v.shape[:4], -1).argmax(-1), h, w, s)
def max_pool_backward_naive(dout, cache):
    x, arg, h, w, s = cache
    dx = np.zeros(x.shape, x.dtype)
    n, c, i, j = np.indices(dout.shape)
    np.add.at(dx, (n, c, i * s + arg // w, j * s + arg % w), dout)
    return dx
""",
    "convolution by strides and einsum": """
import numpy as np
from numpy.lib.stride_tricks import as_strided
def windows(xp, HH, WW, s):
    N, C, H, W = xp.shape
    Ho, Wo = (H - HH) // s + 1, (W - WW) // s + 1
    a, b, c, d = xp.strides
    return as_strided(xp, (N, C, Ho, Wo, HH, WW), (a, b, c * s, d * s, c, d), writeable=False)
def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    return np.einsum("ncijrs,fcrs->nfij", windows(xp, *w.shape[2:], s), w, optimize=True) + b[None, :, None, None], (x, w, s, p, xp)
def conv_backward_naive(dout, cache):
    x, w, s, p, xp = cache
    HH, WW = w.shape[2:]
    dw = np.einsum("nfij,ncijrs->fcrs", dout, windows(xp, HH, WW, s))
    dxp = np.zeros_like(xp)
    for r in range(HH):
        for q in range(WW):
            dxp[:, :, r:r + s * dout.shape[2]:s, q:q + s * dout.shape[3]:s] += np.einsum("nfij,fc->ncij", dout, w[:, :, r, q])
    return dxp[:, :, p:xp.shape[2] - p, p:xp.shape[3] - p], dw, dout.sum((0, 2, 3))
""",
    "spatial and group norm, whole arrays": """
import numpy as np
AX = (0, 2, 3)
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    eps, m = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    C = x.shape[1]
    rm, rv = bn_param.get("running_mean", np.zeros(C)), bn_param.get("running_var", np.zeros(C))
    g, b = gamma[None, :, None, None], beta[None, :, None, None]
    if bn_param["mode"] == "train":
        mu, var = x.mean(AX), x.var(AX)
        bn_param.update(running_mean=m * rm + (1 - m) * mu, running_var=m * rv + (1 - m) * var)
        std = np.sqrt(var + eps)[None, :, None, None]
        hat = (x - mu[None, :, None, None]) / std
        return g * hat + b, (hat, std, g)
    bn_param.update(running_mean=rm, running_var=rv)
    return g * (x - rm[None, :, None, None]) / np.sqrt(rv + eps)[None, :, None, None] + b, None
def spatial_batchnorm_backward(dout, cache):
    hat, std, g = cache
    d = dout * g
    return (d - d.mean(AX, keepdims=True) - hat * (d * hat).mean(AX, keepdims=True)) / std, (dout * hat).sum(AX), dout.sum(AX)
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    rows = x.reshape(N * G, -1).T
    mu, var = rows.mean(0), rows.var(0)
    std = np.sqrt(var + gn_param.get("eps", 1e-5))
    hat = ((rows - mu) / std).T.reshape(x.shape)
    return hat * gamma + beta, (hat, std, gamma, G)
def spatial_groupnorm_backward(dout, cache):
    hat, std, gamma, G = cache
    N = dout.shape[0]
    d, h = (dout * gamma).reshape(N * G, -1), hat.reshape(N * G, -1)
    dx = (d - d.mean(1, keepdims=True) - h * (d * h).mean(1, keepdims=True)) / std[:, None]
    return dx.reshape(dout.shape), (dout * hat).sum((0, 2, 3)), dout.sum((0, 2, 3))
""",
    "dropout with choice and masks of booleans": """
import numpy as np
def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param: np.random.seed(dropout_param["seed"])
    mask = None
    if mode == "train":
        mask = np.random.binomial(1, p, size=x.shape)
        out = x * mask / p
    else:
        out = x.copy()
    return out.astype(x.dtype, copy=False), (dropout_param, mask)
def dropout_backward(dout, cache):
    dropout_param, mask = cache
    return dout * mask / dropout_param["p"] if dropout_param["mode"] == "train" else dout
""",
    "update rules, written tersely": """
import numpy as np
def sgd_momentum(w, dw, config=None):
    config = config or {}
    config.setdefault("learning_rate", 1e-2); config.setdefault("momentum", 0.9)
    v = config["velocity"] = config["momentum"] * config.get("velocity", np.zeros_like(w)) - config["learning_rate"] * dw
    return w + v, config
def rmsprop(w, dw, config=None):
    c = dict(learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8, cache=np.zeros_like(w)); c.update(config or {})
    c["cache"] = c["decay_rate"] * c["cache"] + (1 - c["decay_rate"]) * np.square(dw)
    return w - c["learning_rate"] * dw * (np.sqrt(c["cache"]) + c["epsilon"]) ** -1, c
def adam(w, dw, config=None):
    c = dict(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, m=0 * w, v=0 * w, t=0); c.update(config or {})
    c["t"] += 1
    for key, beta, value in (("m", c["beta1"], dw), ("v", c["beta2"], dw * dw)):
        c[key] = c[key] + (1 - beta) * (value - c[key])
    return w - c["learning_rate"] * (c["m"] / (1 - c["beta1"] ** c["t"])) / (np.sqrt(c["v"] / (1 - c["beta2"] ** c["t"])) + c["epsilon"]), c
""",
    "spatial and group norm, rows of pixels": """
import numpy as np
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    eps, keep = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    N, C, H, W = x.shape
    flat = np.moveaxis(x, 1, 3).reshape(-1, x.shape[1])
    if bn_param["mode"] == "train":
        centre, spread = flat.mean(0), flat.var(0)
        bn_param["running_mean"] = keep * bn_param.get("running_mean", 0) + (1 - keep) * centre
        bn_param["running_var"] = keep * bn_param.get("running_var", 0) + (1 - keep) * spread
    else:
        centre, spread = bn_param["running_mean"], bn_param["running_var"]
    root = (spread + eps) ** 0.5
    hat = (flat - centre) / root
    flat = hat * gamma + beta
    return np.moveaxis(flat.reshape(N, H, W, C), 3, 1), (hat, root, gamma)
def spatial_batchnorm_backward(dout, cache):
    hat, root, gamma = cache
    N, C, H, W = dout.shape
    d = np.moveaxis(dout, 1, 3).reshape(-1, C)
    dgamma, dbeta, g = (d * hat).sum(0), d.sum(0), d * gamma
    g = (g - g.mean(0) - hat * (g * hat).mean(0)) / root
    return np.moveaxis(g.reshape(N, H, W, C), 3, 1), dgamma, dbeta
""",
}
