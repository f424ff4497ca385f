"""
My solutions, with notes to myself. Some functions return things in an unusual but fitting form
(lists instead of tuples, 0-d arrays, views instead of copies).
"""
import numpy as np


# ---------------------------------------------------------------- fully connected

def affine_forward(x, w, b):
    # keep x as it came: the backward pass has to give dx the same shape
    N = x.shape[0]
    out = b + x.reshape(N, -1).dot(w)
    return [out, [x, w, b]]          # a list unpacks just as well


def affine_backward(dout, cache):
    x, w, b = cache
    # (N,M)(M,D) = (N,D)   and   (D,N)(N,M) = (D,M); every sample uses the same b, so its gradients add up
    N = x.shape[0]
    return [dout.dot(w.T).reshape(x.shape), x.reshape(N, -1).T.dot(dout), dout.sum(axis=0)]


def relu_forward(x):
    # 0.5 * (x + |x|) is max(0, x)
    return 0.5 * (x + np.abs(x)), x


def relu_backward(dout, cache):
    # sign is -1, 0, 1; the gate is open only for 1
    gate = np.sign(cache)
    gate[gate < 0] = 0
    return gate * dout


# ---------------------------------------------------------------- losses

def softmax_loss(x, y):
    # d loss / d x = (p - onehot) / N
    N = x.shape[0]
    top = np.max(x, axis=1, keepdims=True)
    p = np.exp(x - top)
    Z = p.sum(axis=1, keepdims=True)
    loss = np.array((np.log(Z) + top).sum() - x[np.arange(N), y].sum()) / N
    p = p / Z
    p[np.arange(N), y] -= 1
    return loss, p / N


def svm_loss(x, y):
    N, C = x.shape
    # one row at a time
    dx = []
    loss = 0
    for scores, label in zip(x, y):
        m = scores - scores[label] + 1
        m[label] = 0
        violated = m > 0
        loss += m[violated].sum()
        d = violated.astype(float)
        d[label] = -violated.sum()
        dx.append(d)
    return loss / N, np.array(dx) / N


# ---------------------------------------------------------------- batch normalization

def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    if mode == "train":
        mu = x.mean(axis=0)
        # E[x^2] - mu^2 would lose digits for large means, hence from the centred x
        t = x - mu
        v = (t * t).mean(axis=0)
        r = (v + eps) ** 0.5
        out = gamma * (t / r) + beta
        # old + (1 - momentum) * (new - old) is the same as momentum * old + (1 - momentum) * new
        running_mean = running_mean + (1 - momentum) * (mu - running_mean)
        running_var = running_var + (1 - momentum) * (v - running_var)
        cache = [t, r, gamma]
    elif mode == "test":
        out = gamma * ((x - running_mean) / (running_var + eps) ** 0.5) + beta
        cache = [x - running_mean, (running_var + eps) ** 0.5, gamma]   # not needed
    else:
        raise ValueError('Invalid forward batchnorm mode "%s"' % mode)
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    t, r, gamma = cache
    N = t.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * t / r).sum(axis=0)
    # out = gamma * t / r + beta, with t = x - mu, r = sqrt(mean(t^2) + eps)
    dt = dout * gamma / r
    dr = -(dout * gamma * t).sum(axis=0) / r ** 2
    dt = dt + dr / r * t / N                     # dr/dt = t / (N r)
    return dt - dt.mean(axis=0), dgamma, dbeta   # t = x - mean(x): subtract the mean going back as well


def batchnorm_backward_alt(dout, cache):
    t, r, gamma = cache
    h = t / r
    dgamma = (dout * h).sum(axis=0)
    dbeta = dout.sum(axis=0)
    return (gamma / r) * (dout - (dbeta + h * dgamma) / len(dout)), dgamma, dbeta


# ---------------------------------------------------------------- layer normalization: batch norm lying down

def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    D = x.shape[1]
    ones = np.ones(x.shape[0])
    hat, cache = batchnorm_forward(x.T, ones, 0 * ones, {"mode": "train", "eps": eps})
    hat = hat.T
    return gamma * hat + beta, [cache, hat, gamma]


def layernorm_backward(dout, cache):
    inner, hat, gamma = cache
    # gamma is outside of the inner normalization, so it goes in before the transposition
    dx, _, _ = batchnorm_backward((dout * gamma).T, inner)
    return dx.T, np.sum(dout * hat, axis=0), np.sum(dout, axis=0)


# ---------------------------------------------------------------- dropout

def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    rng = np.random.default_rng(dropout_param.get("seed"))   # None: a fresh one
    if mode == "train":
        mask = (rng.random(x.shape) < p) / p
        return x * mask, [dropout_param, mask]
    return x, [dropout_param, None]


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    if dropout_param["mode"] == "train":
        dout = dout * mask
    return dout


# ---------------------------------------------------------------- convolution

def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    Ho = (H + 2 * pad - HH) // stride + 1
    Wo = (W + 2 * pad - WW) // stride + 1
    # pad on all four sides
    big = np.zeros((N, C, H + 2 * pad, W + 2 * pad), x.dtype)
    big[:, :, pad:pad + H, pad:pad + W] = x
    # rows: (Ho, Wo, N, C*HH*WW)
    rows = np.array([[big[:, :, i * stride:i * stride + HH, j * stride:j * stride + WW].reshape(N, -1)
                      for j in range(Wo)] for i in range(Ho)])
    out = rows @ w.reshape(F, -1).T + b
    return out.transpose(2, 3, 0, 1), [rows, x.shape, w, conv_param]


def conv_backward_naive(dout, cache):
    rows, (N, C, H, W), w, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    F, _, HH, WW = w.shape
    Ho, Wo = dout.shape[2:]
    d = dout.transpose(2, 3, 0, 1)                    # (Ho, Wo, N, F)
    dw = np.tensordot(d, rows, ([0, 1, 2], [0, 1, 2])).reshape(w.shape)
    drows = d @ w.reshape(F, -1)
    dbig = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for i in range(Ho):
        for j in range(Wo):
            dbig[:, :, i * stride:i * stride + HH, j * stride:j * stride + WW] += drows[i, j].reshape(N, C, HH, WW)
    # a view of the padded gradient is good enough
    return dbig[:, :, pad:pad + H, pad:pad + W], dw, d.sum(axis=(0, 1, 2))


# ---------------------------------------------------------------- pooling

def max_pool_forward_naive(x, pool_param):
    hh, ww, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    Ho, Wo = 1 + (H - hh) // stride, 1 + (W - ww) // stride
    out = np.array([[x[:, :, i * stride:i * stride + hh, j * stride:j * stride + ww].max(axis=3).max(axis=2)
                     for j in range(Wo)] for i in range(Ho)])
    return out.transpose(2, 3, 0, 1), [x, pool_param]


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    hh, ww, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        # a view: adding to it adds to dx
        window = x[n, c, i * stride:i * stride + hh, j * stride:j * stride + ww]
        target = dx[n, c, i * stride:i * stride + hh, j * stride:j * stride + ww]
        target[np.unravel_index(np.argmax(window), window.shape)] += dout[n, c, i, j]
    return dx


# ---------------------------------------------------------------- spatial norms

def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(x.transpose(0, 2, 3, 1).reshape(-1, C), gamma, beta, bn_param)
    return out.reshape(N, H, W, C).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(dout.transpose(0, 2, 3, 1).reshape(-1, C), cache)
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    # each (image, group) is a column of one big batch norm
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    ones = np.ones(N * G)
    hat, cache = batchnorm_forward(x.reshape(N * G, -1).T, ones, 0 * ones, {"mode": "train", "eps": eps})
    hat = hat.T.reshape(x.shape)
    return gamma * hat + beta, [cache, hat, gamma, G]


def spatial_groupnorm_backward(dout, cache):
    inner, hat, gamma, G = cache
    N = dout.shape[0]
    dx, _, _ = batchnorm_backward((dout * gamma).reshape(N * G, -1).T, inner)
    return (dx.T.reshape(dout.shape), np.sum(dout * hat, axis=(0, 2, 3), keepdims=True),
            np.sum(dout, axis=(0, 2, 3), keepdims=True))


# ---------------------------------------------------------------- update rules

def sgd(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    w -= config["learning_rate"] * dw      # in place, as handed out
    return w, config


def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    # v is changed in place; nobody else holds it
    v *= config["momentum"]
    v -= config["learning_rate"] * dw
    config["velocity"] = v
    return w + v, config


def rmsprop(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("decay_rate", 0.99)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("cache", np.zeros_like(w))
    rho = config["decay_rate"]
    config["cache"] = rho * config["cache"] + (1 - rho) * dw * dw
    return w - config["learning_rate"] * dw / (config["cache"] ** 0.5 + config["epsilon"]), config


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
    b1, b2 = config["beta1"], config["beta2"]
    m, v, t = config["m"], config["v"], config["t"]
    t = t + 1                               # first, so that 1 - b ** t is never 0
    m = b1 * m + (1 - b1) * dw
    v = b2 * v + (1 - b2) * dw * dw
    mt, vt = m / (1 - b1 ** t), v / (1 - b2 ** t)
    config["m"], config["v"], config["t"] = m, v, t
    return w - config["learning_rate"] * mt / (vt ** 0.5 + config["epsilon"]), config
