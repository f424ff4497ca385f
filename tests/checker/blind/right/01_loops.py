"""Assignment 2, everything written out with plain loops."""
import numpy as np


def affine_forward(x, w, b):
    N = x.shape[0]
    D, M = w.shape
    flat = np.reshape(x, (N, D))
    out = np.zeros((N, M))
    for i in range(N):
        for j in range(M):
            total = b[j]
            for k in range(D):
                total = total + flat[i, k] * w[k, j]
            out[i, j] = total
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    N = x.shape[0]
    D, M = w.shape
    flat = np.reshape(x, (N, D))
    dflat = np.zeros((N, D))
    dw = np.zeros((D, M))
    db = np.zeros(M)
    for i in range(N):
        for j in range(M):
            db[j] += dout[i, j]
            for k in range(D):
                dflat[i, k] += dout[i, j] * w[k, j]
                dw[k, j] += dout[i, j] * flat[i, k]
    return dflat.reshape(x.shape), dw, db


def relu_forward(x):
    out = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        if x[index] > 0:
            out[index] = x[index]
    return out, x


def relu_backward(dout, cache):
    x = cache
    dx = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        if x[index] > 0:
            dx[index] = dout[index]
    return dx


def softmax_loss(x, y):
    N, C = x.shape
    loss = 0.0
    dx = np.zeros((N, C))
    for i in range(N):
        row = x[i] - max(x[i])
        total = 0.0
        for c in range(C):
            total += np.exp(row[c])
        loss += np.log(total) - row[y[i]]
        for c in range(C):
            dx[i, c] = np.exp(row[c]) / total
            if c == y[i]:
                dx[i, c] -= 1
    return loss / N, dx / N


def svm_loss(x, y):
    N, C = x.shape
    loss = 0.0
    dx = np.zeros((N, C))
    for i in range(N):
        for c in range(C):
            if c == y[i]:
                continue
            margin = x[i, c] - x[i, y[i]] + 1
            if margin > 0:
                loss += margin
                dx[i, c] += 1
                dx[i, y[i]] -= 1
    loss /= N
    dx /= N
    return loss, dx


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    out = np.zeros((N, D))
    cache = None
    if mode == "train":
        mean = np.zeros(D)
        var = np.zeros(D)
        xhat = np.zeros((N, D))
        for d in range(D):
            for i in range(N):
                mean[d] += x[i, d] / N
            for i in range(N):
                var[d] += (x[i, d] - mean[d]) ** 2 / N
            for i in range(N):
                xhat[i, d] = (x[i, d] - mean[d]) / np.sqrt(var[d] + eps)
                out[i, d] = gamma[d] * xhat[i, d] + beta[d]
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * var
        cache = (xhat, gamma, np.sqrt(var + eps))
    elif mode == "test":
        for d in range(D):
            for i in range(N):
                out[i, d] = gamma[d] * (x[i, d] - running_mean[d]) / np.sqrt(running_var[d] + eps) + beta[d]
    else:
        raise ValueError('Invalid forward batchnorm mode "%s"' % mode)
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    xhat, gamma, std = cache
    N, D = dout.shape
    dx = np.zeros((N, D))
    dgamma = np.zeros(D)
    dbeta = np.zeros(D)
    for d in range(D):
        dxhat_sum = 0.0
        dxhat_xhat_sum = 0.0
        for i in range(N):
            dbeta[d] += dout[i, d]
            dgamma[d] += dout[i, d] * xhat[i, d]
            dxhat_sum += dout[i, d] * gamma[d]
            dxhat_xhat_sum += dout[i, d] * gamma[d] * xhat[i, d]
        for i in range(N):
            dx[i, d] = (N * dout[i, d] * gamma[d] - dxhat_sum - xhat[i, d] * dxhat_xhat_sum) / (N * std[d])
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    xhat, gamma, std = cache
    N, D = dout.shape
    dgamma = np.sum(dout * xhat, axis=0)
    dbeta = np.sum(dout, axis=0)
    dx = np.zeros_like(dout)
    for i in range(N):
        dx[i] = gamma / std * (dout[i] - dbeta / N - xhat[i] * dgamma / N)
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    N, D = x.shape
    xhat = np.zeros((N, D))
    std = np.zeros(N)
    out = np.zeros((N, D))
    for i in range(N):
        mean = 0.0
        for d in range(D):
            mean += x[i, d]
        mean /= D
        var = 0.0
        for d in range(D):
            var += (x[i, d] - mean) ** 2
        var /= D
        std[i] = np.sqrt(var + eps)
        for d in range(D):
            xhat[i, d] = (x[i, d] - mean) / std[i]
            out[i, d] = gamma[d] * xhat[i, d] + beta[d]
    return out, (xhat, gamma, std)


def layernorm_backward(dout, cache):
    xhat, gamma, std = cache
    N, D = dout.shape
    dx = np.zeros((N, D))
    dgamma = np.zeros(D)
    dbeta = np.zeros(D)
    for i in range(N):
        a = 0.0
        b = 0.0
        for d in range(D):
            dgamma[d] += dout[i, d] * xhat[i, d]
            dbeta[d] += dout[i, d]
            a += dout[i, d] * gamma[d]
            b += dout[i, d] * gamma[d] * xhat[i, d]
        for d in range(D):
            dx[i, d] = (dout[i, d] * gamma[d] - a / D - xhat[i, d] * b / D) / std[i]
    return dx, dgamma, dbeta


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = None
    out = None
    if mode == "train":
        mask = np.zeros(x.shape)
        for index in np.ndindex(*x.shape):
            if np.random.rand() < p:
                mask[index] = 1.0 / p
        out = x * mask
    elif mode == "test":
        out = x
    cache = (dropout_param, mask)
    out = out.astype(x.dtype, copy=False)
    return out, cache


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    mode = dropout_param["mode"]
    dx = None
    if mode == "train":
        dx = np.zeros(dout.shape)
        for index in np.ndindex(*dout.shape):
            dx[index] = dout[index] * mask[index]
    elif mode == "test":
        dx = dout
    return dx


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    H_out = 1 + (H + 2 * pad - HH) // stride
    W_out = 1 + (W + 2 * pad - WW) // stride
    x_pad = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    x_pad[:, :, pad:pad + H, pad:pad + W] = x
    out = np.zeros((N, F, H_out, W_out))
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    window = x_pad[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    cache = (x, w, b, conv_param)
    return out, cache


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    _, _, H_out, W_out = dout.shape
    x_pad = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    x_pad[:, :, pad:pad + H, pad:pad + W] = x
    dx_pad = np.zeros_like(x_pad)
    dw = np.zeros(w.shape)
    db = np.zeros(b.shape)
    for n in range(N):
        for f in range(F):
            db[f] += np.sum(dout[n, f])
            for i in range(H_out):
                for j in range(W_out):
                    window = x_pad[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
                    dw[f] += dout[n, f, i, j] * window
                    dx_pad[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW] += dout[n, f, i, j] * w[f]
    dx = dx_pad[:, :, pad:pad + H, pad:pad + W]
    return dx, dw, db


def max_pool_forward_naive(x, pool_param):
    ph, pw, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    H_out = 1 + (H - ph) // stride
    W_out = 1 + (W - pw) // stride
    out = np.zeros((N, C, H_out, W_out))
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    best = x[n, c, i * stride, j * stride]
                    for r in range(i * stride, min(i * stride + ph, H)):
                        for s in range(j * stride, min(j * stride + pw, W)):
                            if x[n, c, r, s] > best:
                                best = x[n, c, r, s]
                    out[n, c, i, j] = best
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros(x.shape)
    N, C, H_out, W_out = dout.shape
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    best_r, best_s = i * stride, j * stride
                    for r in range(i * stride, i * stride + ph):
                        for s in range(j * stride, j * stride + pw):
                            if x[n, c, r, s] > x[n, c, best_r, best_s]:
                                best_r, best_s = r, s
                    dx[n, c, best_r, best_s] += dout[n, c, i, j]
    return dx


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    rows = np.zeros((N * H * W, C), dtype=x.dtype)
    for c in range(C):
        rows[:, c] = x[:, c, :, :].ravel()
    out_rows, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    out = np.zeros((N, C, H, W))
    for c in range(C):
        out[:, c, :, :] = out_rows[:, c].reshape(N, H, W)
    return out, cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    rows = np.zeros((N * H * W, C))
    for c in range(C):
        rows[:, c] = dout[:, c, :, :].ravel()
    dx_rows, dgamma, dbeta = batchnorm_backward(rows, cache)
    dx = np.zeros((N, C, H, W))
    for c in range(C):
        dx[:, c, :, :] = dx_rows[:, c].reshape(N, H, W)
    return dx, dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    size = C // G
    xhat = np.zeros((N, C, H, W))
    std = np.zeros((N, G))
    for n in range(N):
        for g in range(G):
            block = x[n, g * size:(g + 1) * size]
            mean = np.mean(block)
            std[n, g] = np.sqrt(np.mean((block - mean) ** 2) + eps)
            xhat[n, g * size:(g + 1) * size] = (block - mean) / std[n, g]
    out = gamma * xhat + beta
    return out, (xhat, gamma, std, G)


def spatial_groupnorm_backward(dout, cache):
    xhat, gamma, std, G = cache
    N, C, H, W = dout.shape
    size = C // G
    dxhat = dout * gamma
    dx = np.zeros((N, C, H, W))
    for n in range(N):
        for g in range(G):
            a = dxhat[n, g * size:(g + 1) * size]
            h = xhat[n, g * size:(g + 1) * size]
            m = size * H * W
            dx[n, g * size:(g + 1) * size] = (a - np.sum(a) / m - h * np.sum(a * h) / m) / std[n, g]
    dgamma = np.zeros((1, C, 1, 1))
    dbeta = np.zeros((1, C, 1, 1))
    for c in range(C):
        dgamma[0, c, 0, 0] = np.sum(dout[:, c] * xhat[:, c])
        dbeta[0, c, 0, 0] = np.sum(dout[:, c])
    return dx, dgamma, dbeta


def sgd(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    w -= config["learning_rate"] * dw
    return w, config


def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    v = config["momentum"] * v - config["learning_rate"] * dw
    next_w = w + v
    config["velocity"] = v
    return next_w, config


def rmsprop(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("decay_rate", 0.99)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("cache", np.zeros_like(w))
    rate = config["decay_rate"]
    config["cache"] = rate * config["cache"] + (1 - rate) * dw ** 2
    next_w = w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"])
    return next_w, config


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
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * dw * dw
    m_hat = config["m"] / (1 - config["beta1"] ** config["t"])
    v_hat = config["v"] / (1 - config["beta2"] ** config["t"])
    next_w = w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"])
    return next_w, config
