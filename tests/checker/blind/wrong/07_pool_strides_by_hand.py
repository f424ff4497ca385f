"""Solutions built on views of memory (as_strided)."""
import numpy as np
from numpy.lib.stride_tricks import as_strided


def _windows(a, kh, kw, step):
    """(N, C, H, W) -> view (N, C, Ho, Wo, kh, kw)."""
    N, C, H, W = a.shape
    sw = a.itemsize
    sh = W * sw
    sc = H * sh
    sn = C * sc
    Ho = (H - kh) // step + 1
    Wo = (W - kw) // step + 1
    return as_strided(a, (N, C, Ho, Wo, kh, kw), (sn, sc, sh * step, sw * step, sh, sw))


def affine_forward(x, w, b):
    rows = np.ascontiguousarray(x).reshape(len(x), -1)
    return rows @ w + b, {"rows": rows, "w": w, "shape": x.shape}


def affine_backward(dout, cache):
    return (dout @ cache["w"].T).reshape(cache["shape"]), cache["rows"].T @ dout, dout.sum(0)


def relu_forward(x):
    out = x.copy()
    out[out < 0] = 0
    return out, out


def relu_backward(dout, cache):
    dx = dout.copy()
    dx[cache <= 0] = 0
    return dx


def softmax_loss(x, y):
    N = x.shape[0]
    p = np.exp(x - np.max(x, axis=1, keepdims=True))
    p /= np.sum(p, axis=1, keepdims=True)
    # log-sum-exp rather than log(p): no log(0)
    top = x.max(axis=1)
    lse = top + np.log(np.exp(x - top[:, None]).sum(axis=1))
    loss = np.mean(lse - x[np.arange(N), y])
    p[np.arange(N), y] -= 1
    p /= N
    return loss, p


def svm_loss(x, y):
    N = x.shape[0]
    rows = np.arange(N)
    slack = x - x[rows, y].reshape(N, 1) + 1
    slack[rows, y] = 0
    active = slack > 0
    dx = active.astype(float)
    dx[rows, y] = -active.sum(axis=1)
    return slack[active].sum() / N, dx / N


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    D = x.shape[1]
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    cache = None
    if mode == "train":
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        std = np.sqrt(var + eps)
        norm = (x - mean) / std
        out = norm * gamma + beta
        cache = {"norm": norm, "std": std, "gamma": gamma}
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * var
    elif mode == "test":
        out = (x - running_mean) / np.sqrt(running_var + eps) * gamma + beta
    else:
        raise ValueError("unknown mode: " + str(mode))
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    norm, std, gamma = cache["norm"], cache["std"], cache["gamma"]
    N = len(norm)
    dgamma = (dout * norm).sum(axis=0)
    dbeta = dout.sum(axis=0)
    dnorm = dout * gamma
    centered = norm * std
    dvar = (dnorm * centered).sum(axis=0) * (-0.5) * std ** -3
    dmean = -(dnorm / std).sum(axis=0) - 2 * dvar * centered.mean(axis=0)
    dx = dnorm / std + dvar * 2 * centered / N + dmean / N
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    norm, std, gamma = cache["norm"], cache["std"], cache["gamma"]
    dgamma = (dout * norm).sum(axis=0)
    dbeta = dout.sum(axis=0)
    dx = gamma / std * (dout - dout.mean(axis=0) - norm * (dout * norm).mean(axis=0))
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    std = np.sqrt(x.var(axis=1, keepdims=True) + eps)
    norm = (x - x.mean(axis=1, keepdims=True)) / std
    return norm * gamma + beta, {"norm": norm, "std": std, "gamma": gamma}


def layernorm_backward(dout, cache):
    norm, std, gamma = cache["norm"], cache["std"], cache["gamma"]
    dnorm = dout * gamma
    dx = (dnorm - dnorm.mean(axis=1, keepdims=True) - norm * (dnorm * norm).mean(axis=1, keepdims=True)) / std
    return dx, (dout * norm).sum(axis=0), dout.sum(axis=0)


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = None
    out = x
    if mode == "train":
        mask = np.random.uniform(size=x.shape) < p
        out = x * mask / p
    return out, {"param": dropout_param, "mask": mask}


def dropout_backward(dout, cache):
    if cache["param"]["mode"] == "train":
        return dout * cache["mask"] / cache["param"]["p"]
    return dout


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=x.dtype)
    padded[:, :, pad:pad + H, pad:pad + W] = x
    win = _windows(padded, HH, WW, stride)
    out = np.tensordot(win, w, axes=([1, 4, 5], [1, 2, 3]))
    out = out.transpose(0, 3, 1, 2) + b.reshape(1, F, 1, 1)
    return out, {"padded": padded, "w": w, "stride": stride, "pad": pad, "x_shape": x.shape}


def conv_backward_naive(dout, cache):
    padded, w, stride, pad = cache["padded"], cache["w"], cache["stride"], cache["pad"]
    N, C, H, W = cache["x_shape"]
    F, _, HH, WW = w.shape
    Ho, Wo = dout.shape[2:]
    win = _windows(padded, HH, WW, stride)
    dw = np.tensordot(dout, win, axes=([0, 2, 3], [0, 2, 3]))
    db = dout.sum(axis=(0, 2, 3))
    # dx: spread dout apart by the stride, pad it, and correlate with the turned kernel
    Hp, Wp = padded.shape[2:]
    spread = np.zeros((N, F, Hp + HH - 1, Wp + WW - 1), dtype=dout.dtype)
    spread[:, :, HH - 1:HH - 1 + stride * (Ho - 1) + 1:stride, WW - 1:WW - 1 + stride * (Wo - 1) + 1:stride] = dout
    turned = w[:, :, ::-1, ::-1]
    dpadded = np.tensordot(_windows(spread, HH, WW, 1), turned, axes=([1, 4, 5], [0, 2, 3])).transpose(0, 3, 1, 2)
    dx = dpadded[:, :, pad:pad + H, pad:pad + W]
    return dx, dw, db


def max_pool_forward_naive(x, pool_param):
    kh, kw, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    win = _windows(x, kh, kw, stride)
    out = win.max(axis=(4, 5))
    return out, {"x": x, "param": pool_param}


def max_pool_backward_naive(dout, cache):
    x, param = cache["x"], cache["param"]
    kh, kw, stride = param["pool_height"], param["pool_width"], param["stride"]
    win = _windows(x, kh, kw, stride)
    flat = win.reshape(win.shape[:4] + (kh * kw,))
    arg = flat.argmax(axis=4)
    dx = np.zeros(x.shape, dtype=dout.dtype)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            for n in range(dout.shape[0]):
                for c in range(dout.shape[1]):
                    r, s = np.unravel_index(arg[n, c, i, j], (kh, kw))
                    dx[n, c, i * stride + r, j * stride + s] += dout[n, c, i, j]
    return dx


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    rows = np.moveaxis(x, 1, 3).reshape(N * H * W, C)
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    return np.moveaxis(out.reshape(N, H, W, C), 3, 1), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    rows = np.moveaxis(dout, 1, 3).reshape(N * H * W, C)
    dx, dgamma, dbeta = batchnorm_backward(rows, cache)
    return np.moveaxis(dx.reshape(N, H, W, C), 3, 1), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    rows = x.reshape(N * G, -1)
    std = np.sqrt(rows.var(axis=1, keepdims=True) + eps)
    norm = (rows - rows.mean(axis=1, keepdims=True)) / std
    out = norm.reshape(x.shape) * gamma + beta
    return out, {"norm": norm, "std": std, "gamma": gamma, "G": G}


def spatial_groupnorm_backward(dout, cache):
    norm, std, gamma, G = cache["norm"], cache["std"], cache["gamma"], cache["G"]
    N, C, H, W = dout.shape
    dnorm = (dout * gamma).reshape(N * G, -1)
    dx = (dnorm - dnorm.mean(axis=1, keepdims=True) - norm * (dnorm * norm).mean(axis=1, keepdims=True)) / std
    dgamma = (dout * norm.reshape(dout.shape)).sum(axis=(0, 2, 3), keepdims=True)
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    return dx.reshape(dout.shape), dgamma, dbeta


def sgd(w, dw, config=None):
    config = config or {}
    config.setdefault("learning_rate", 1e-2)
    return w - config["learning_rate"] * dw, config


def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    if "velocity" not in config:
        config["velocity"] = np.zeros_like(w)
    config["velocity"] = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    return w + config["velocity"], config


def rmsprop(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("decay_rate", 0.99)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("cache", np.zeros_like(w))
    decay = config["decay_rate"]
    config["cache"] = decay * config["cache"] + (1 - decay) * np.square(dw)
    return w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"]), config


def adam(w, dw, config=None):
    if config is None:
        config = {}
    for key, value in (("learning_rate", 1e-3), ("beta1", 0.9), ("beta2", 0.999), ("epsilon", 1e-8), ("t", 0)):
        config.setdefault(key, value)
    for key in ("m", "v"):
        if key not in config:
            config[key] = np.zeros_like(w)
    config["t"] += 1
    t = config["t"]
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * np.square(dw)
    rate = config["learning_rate"] * np.sqrt(1 - config["beta2"] ** t) / (1 - config["beta1"] ** t)
    # the square root of v is not corrected here, so epsilon has to be scaled too
    eps = config["epsilon"] * np.sqrt(1 - config["beta2"] ** t)
    return w - rate * config["m"] / (np.sqrt(config["v"]) + eps), config
