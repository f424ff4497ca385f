"""Caches are small objects; the gradients are staged, one named step after the other."""
import numpy as np


class Saved:
    """Whatever the backward pass needs."""

    def __init__(self, **things):
        self.__dict__.update(things)


class Frame:
    """Geometry of a window sliding over an image."""

    __slots__ = ("kh", "kw", "stride", "pad", "h", "w")

    def __init__(self, h, w, kh, kw, stride, pad=0):
        self.h, self.w, self.kh, self.kw, self.stride, self.pad = h, w, kh, kw, stride, pad

    @property
    def out_h(self):
        return 1 + (self.h + 2 * self.pad - self.kh) // self.stride

    @property
    def out_w(self):
        return 1 + (self.w + 2 * self.pad - self.kw) // self.stride

    def places(self):
        for i in range(self.out_h):
            for j in range(self.out_w):
                top = i * self.stride
                left = j * self.stride
                yield i, j, slice(top, top + self.kh), slice(left, left + self.kw)

    def padded(self, x):
        p = self.pad
        return np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant", constant_values=0)

    def cropped(self, x):
        return x[:, :, self.pad:self.pad + self.h, self.pad:self.pad + self.w]


def affine_forward(x, w, b):
    saved = Saved(x=x, w=w)
    return np.dot(x.reshape(x.shape[0], w.shape[0]), w) + b, saved


def affine_backward(dout, cache):
    flat = cache.x.reshape(cache.x.shape[0], -1)
    dx = np.dot(dout, cache.w.T)
    dw = np.dot(flat.T, dout)
    db = np.dot(np.ones(dout.shape[0]), dout)
    return dx.reshape(cache.x.shape), dw, db


def relu_forward(x):
    return np.maximum(x, 0), Saved(positive=x > 0)


def relu_backward(dout, cache):
    return dout * cache.positive


def softmax_loss(x, y):
    count = x.shape[0]
    shifted = x - np.max(x, axis=1, keepdims=True)
    exps = np.exp(shifted)
    sums = np.sum(exps, axis=1, keepdims=True)
    picked = shifted[range(count), y]
    loss = np.sum(np.log(sums[:, 0]) - picked) / count
    # backward, staged
    dsums = 1.0 / sums / count
    dexps = np.broadcast_to(dsums, exps.shape)
    dshifted = dexps * exps
    dshifted[range(count), y] += -1.0 / count
    return loss, dshifted


def svm_loss(x, y):
    count = x.shape[0]
    rows = np.arange(count)
    margins = x - x[rows, y][:, np.newaxis] + 1.0
    wrong = np.ones_like(x)
    wrong[rows, y] = 0
    hinge = np.maximum(margins, 0) * wrong
    loss = hinge.sum() / count
    dmargins = (margins > 0) * wrong / count
    dx = dmargins.copy()
    dx[rows, y] -= dmargins.sum(axis=1)
    return loss, dx


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    saved = None
    if mode == "train":
        mean = x.sum(axis=0) / N
        centered = x - mean
        squared = centered * centered
        var = squared.sum(axis=0) / N
        std = np.sqrt(var + eps)
        normed = centered / std
        out = gamma * normed + beta
        saved = Saved(centered=centered, std=std, normed=normed, gamma=gamma, n=N)
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * var
    elif mode == "test":
        normed = (x - running_mean) / np.sqrt(running_var + eps)
        out = gamma * normed + beta
    else:
        raise ValueError('Invalid forward batchnorm mode "%s"' % mode)
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, saved


def batchnorm_backward(dout, cache):
    c = cache
    dbeta = dout.sum(axis=0)
    dnormed = dout
    dnormed *= c.gamma
    dgamma = (dout * c.normed).sum(axis=0)
    dcentered = dnormed / c.std
    dstd = (-dnormed * c.centered / c.std ** 2).sum(axis=0)
    dvar = dstd / (2 * c.std)
    dsquared = np.ones_like(dout) * dvar / c.n
    dcentered = dcentered + 2 * c.centered * dsquared
    dmean = -dcentered.sum(axis=0)
    dx = dcentered + dmean / c.n
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    c = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * c.normed).sum(axis=0)
    dx = c.gamma / (c.n * c.std) * (c.n * dout - dbeta - c.normed * dgamma)
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    D = x.shape[1]
    mean = x.sum(axis=1, keepdims=True) / D
    centered = x - mean
    var = (centered ** 2).sum(axis=1, keepdims=True) / D
    std = np.sqrt(var + eps)
    normed = centered / std
    return gamma * normed + beta, Saved(centered=centered, std=std, normed=normed, gamma=gamma, d=D)


def layernorm_backward(dout, cache):
    c = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * c.normed).sum(axis=0)
    dnormed = dout * c.gamma
    dstd = -(dnormed * c.centered).sum(axis=1, keepdims=True) / c.std ** 2
    dvar = 0.5 * dstd / c.std
    dcentered = dnormed / c.std + 2 * c.centered * dvar / c.d
    dx = dcentered - dcentered.sum(axis=1, keepdims=True) / c.d
    return dx, dgamma, dbeta


def dropout_forward(x, dropout_param):
    keep, mode = dropout_param["p"], dropout_param["mode"]
    if dropout_param.get("seed") is not None:
        np.random.seed(dropout_param["seed"])
    if mode == "train":
        saved = Saved(mask=(np.random.rand(*x.shape) < keep).astype(x.dtype) / keep)
        return x * saved.mask, saved
    return x, Saved(mask=None)


def dropout_backward(dout, cache):
    return dout if cache.mask is None else dout * cache.mask


def conv_forward_naive(x, w, b, conv_param):
    frame = Frame(x.shape[2], x.shape[3], w.shape[2], w.shape[3], conv_param["stride"], conv_param["pad"])
    xp = frame.padded(x)
    out = np.zeros((x.shape[0], w.shape[0], frame.out_h, frame.out_w))
    for i, j, rows, cols in frame.places():
        patch = xp[:, :, rows, cols]
        for f in range(w.shape[0]):
            out[:, f, i, j] = np.sum(patch * w[f], axis=(1, 2, 3)) + b[f]
    return out, Saved(xp=xp, w=w, frame=frame)


def conv_backward_naive(dout, cache):
    w, xp, frame = cache.w, cache.xp, cache.frame
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    db = dout.sum(axis=(0, 2, 3))
    for i, j, rows, cols in frame.places():
        patch = xp[:, :, rows, cols]
        for f in range(w.shape[0]):
            g = dout[:, f, i, j][:, None, None, None]
            dw[f] += np.sum(g * patch, axis=0)
            dxp[:, :, rows, cols] += g * w[f]
    return frame.cropped(dxp), dw, db


def max_pool_forward_naive(x, pool_param):
    frame = Frame(x.shape[2], x.shape[3], pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"])
    out = np.zeros(x.shape[:2] + (frame.out_h, frame.out_w), dtype=x.dtype)
    for i, j, rows, cols in frame.places():
        out[:, :, i, j] = x[:, :, rows, cols].max(axis=(2, 3))
    return out, Saved(x=x, frame=frame)


def max_pool_backward_naive(dout, cache):
    x, frame = cache.x, cache.frame
    dx = np.zeros_like(x)
    for i, j, rows, cols in frame.places():
        patch = x[:, :, rows, cols]
        mask = patch == patch.max(axis=(2, 3), keepdims=True)
        dx[:, :, rows, cols] += mask * dout[:, :, i, j][:, :, None, None]
    return dx


def _to_rows(x):
    return np.transpose(x, (0, 2, 3, 1)).reshape(-1, x.shape[1])


def _to_images(rows, shape):
    n, c, h, w = shape
    return np.transpose(rows.reshape(n, h, w, c), (0, 3, 1, 2))


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    out, saved = batchnorm_forward(_to_rows(x), gamma, beta, bn_param)
    return _to_images(out, x.shape), saved


def spatial_batchnorm_backward(dout, cache):
    dx, dgamma, dbeta = batchnorm_backward(_to_rows(dout), cache)
    return _to_images(dx, dout.shape), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    grouped = x.reshape(N, G, C // G, H, W)
    axes = (2, 3, 4)
    centered = grouped - grouped.mean(axis=axes, keepdims=True)
    std = np.sqrt((centered ** 2).mean(axis=axes, keepdims=True) + eps)
    normed = centered / std
    out = gamma * normed.reshape(N, C, H, W) + beta
    return out, Saved(centered=centered, std=std, normed=normed, gamma=gamma)


def spatial_groupnorm_backward(dout, cache):
    c = cache
    axes = (2, 3, 4)
    normed = c.normed.reshape(dout.shape)
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    dgamma = (dout * normed).sum(axis=(0, 2, 3), keepdims=True)
    dnormed = (dout * c.gamma).reshape(c.normed.shape)
    count = np.prod(c.normed.shape[2:])
    dstd = -(dnormed * c.centered).sum(axis=axes, keepdims=True) / c.std ** 2
    dvar = 0.5 * dstd / c.std
    dcentered = dnormed / c.std + 2 * c.centered * dvar / count
    dgrouped = dcentered - dcentered.mean(axis=axes, keepdims=True)
    return dgrouped.reshape(dout.shape), dgamma, dbeta


class _Rule:
    def __init__(self, **defaults):
        self.defaults = defaults

    def settings(self, config):
        config = {} if config is None else config
        for name, value in self.defaults.items():
            config.setdefault(name, value)
        return config


_SGD = _Rule(learning_rate=1e-2)
_MOMENTUM = _Rule(learning_rate=1e-2, momentum=0.9)
_RMSPROP = _Rule(learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8)
_ADAM = _Rule(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, t=0)


def sgd(w, dw, config=None):
    config = _SGD.settings(config)
    return w - config["learning_rate"] * dw, config


def sgd_momentum(w, dw, config=None):
    config = _MOMENTUM.settings(config)
    v = config.get("velocity")
    if v is None:
        v = np.zeros_like(w)
    v = config["momentum"] * v - config["learning_rate"] * dw
    config["velocity"] = v
    return w + v, config


def rmsprop(w, dw, config=None):
    config = _RMSPROP.settings(config)
    cache = config.get("cache")
    if cache is None:
        cache = np.zeros_like(w)
    cache = config["decay_rate"] * cache + (1 - config["decay_rate"]) * dw ** 2
    config["cache"] = cache
    return w - config["learning_rate"] * dw / (np.sqrt(cache) + config["epsilon"]), config


def adam(w, dw, config=None):
    config = _ADAM.settings(config)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config["t"] += 1
    config["m"] += (1 - config["beta1"]) * (dw - config["m"])
    config["v"] += (1 - config["beta2"]) * (dw ** 2 - config["v"])
    m = config["m"] / (1 - config["beta1"] ** config["t"])
    v = config["v"] / (1 - config["beta2"] ** config["t"])
    return w - config["learning_rate"] * m / (np.sqrt(v) + config["epsilon"]), config
