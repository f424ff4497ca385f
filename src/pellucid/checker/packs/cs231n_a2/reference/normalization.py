"""Batch, layer and group normalization, in the plainest form, and in other forms for some mistakes."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    if mode == "train":
        mean = np.sum(x, axis=0) / N
        centered = x - mean
        var = np.sum(centered**2, axis=0) / N
        std = np.sqrt(var + eps)
        x_hat = centered / std
        out = gamma * x_hat + beta
        cache = (x_hat, centered, std, gamma, var, eps)
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * var
    elif mode == "test":
        x_hat = (x - running_mean) / np.sqrt(running_var + eps)
        out = gamma * x_hat + beta
        cache = None
    else:
        raise ValueError("mode")
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward(dout, cache):
    x_hat, centered, std, gamma, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * x_hat, axis=0)
    dx_hat = dout * gamma
    dvar = np.sum(dx_hat * centered, axis=0) * -0.5 * (var + eps) ** -1.5
    dmean = np.sum(-dx_hat / std, axis=0) + dvar * np.sum(-2 * centered, axis=0) / N
    dx = dx_hat / std + dvar * 2 * centered / N + dmean / N
    return dx, dgamma, dbeta


def batchnorm_backward__closed(dout, cache):
    x_hat, centered, std, gamma, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * x_hat, axis=0)
    dx_hat = dout * gamma
    dx = (N * dx_hat - np.sum(dx_hat, axis=0) - x_hat * np.sum(dx_hat * x_hat, axis=0)) / (N * std)
    return dx, dgamma, dbeta


def batchnorm_backward__nodes(dout, cache):
    x_hat, centered, std, gamma, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * x_hat, axis=0)
    dx_hat = dout * gamma
    inv_std = 1 / std
    dcentered1 = dx_hat * inv_std
    dinv_std = np.sum(dx_hat * centered, axis=0)
    dstd = -1 / std**2 * dinv_std
    dvar = 0.5 / std * dstd
    dsquares = np.ones((N, D)) / N * dvar
    dcentered2 = 2 * centered * dsquares
    dcentered = dcentered1 + dcentered2
    dmean = -np.sum(dcentered, axis=0)
    dx1 = dcentered
    dx2 = np.ones((N, D)) / N * dmean
    dx = dx1 + dx2
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    N, D = x.shape
    mean = np.sum(x, axis=1, keepdims=True) / D
    centered = x - mean
    var = np.sum(centered**2, axis=1, keepdims=True) / D
    std = np.sqrt(var + eps)
    x_hat = centered / std
    out = gamma * x_hat + beta
    return out, (x_hat, centered, std, gamma, var, eps)


def layernorm_backward(dout, cache):
    x_hat, centered, std, gamma, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * x_hat, axis=0)
    dx_hat = dout * gamma
    dvar = np.sum(dx_hat * centered, axis=1, keepdims=True) * -0.5 * (var + eps) ** -1.5
    dmean = np.sum(-dx_hat / std, axis=1, keepdims=True) + dvar * np.sum(-2 * centered, axis=1, keepdims=True) / D
    dx = dx_hat / std + dvar * 2 * centered / D + dmean / D
    return dx, dgamma, dbeta


def layernorm_backward__closed(dout, cache):
    x_hat, centered, std, gamma, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * x_hat, axis=0)
    dx_hat = dout * gamma
    along = np.sum(dx_hat * x_hat, axis=1, keepdims=True)
    dx = (D * dx_hat - np.sum(dx_hat, axis=1, keepdims=True) - x_hat * along) / (D * std)
    return dx, dgamma, dbeta


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    rows = x.transpose(0, 2, 3, 1).reshape(N * H * W, C)
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    out = out.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return out, cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    rows = dout.transpose(0, 2, 3, 1).reshape(N * H * W, C)
    dx, dgamma, dbeta = batchnorm_backward(rows, cache)
    dx = dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    return dx, dgamma, dbeta


def spatial_batchnorm_backward__whole(dout, cache):
    x_hat, centered, std, gamma, var, eps = cache
    N, C, H, W = dout.shape
    M = N * H * W
    x_hat = x_hat.reshape(N, H, W, C).transpose(0, 3, 1, 2)
    std = std.reshape(1, C, 1, 1)
    dbeta = np.sum(dout, axis=(0, 2, 3))
    dgamma = np.sum(dout * x_hat, axis=(0, 2, 3))
    dx_hat = dout * gamma.reshape(1, C, 1, 1)
    through_mean = np.sum(dx_hat, axis=(0, 2, 3), keepdims=True)
    through_var = x_hat * np.sum(dx_hat * x_hat, axis=(0, 2, 3), keepdims=True)
    dx = (M * dx_hat - through_mean - through_var) / (M * std)
    return dx, dgamma, dbeta


def spatial_batchnorm_forward__whole(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, C, H, W = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(C))
    running_var = bn_param.get("running_var", np.zeros(C))
    scale, shift = gamma.reshape(1, C, 1, 1), beta.reshape(1, C, 1, 1)
    if mode == "train":
        mean = np.mean(x, axis=(0, 2, 3), keepdims=True)
        centered = x - mean
        var = np.mean(centered**2, axis=(0, 2, 3), keepdims=True)
        out = scale * centered / np.sqrt(var + eps) + shift
        running_mean = momentum * running_mean + (1 - momentum) * np.ravel(mean)[: mean.size]
        running_var = momentum * running_var + (1 - momentum) * np.ravel(var)[: var.size]
    else:
        centered = x - running_mean.reshape(1, C, 1, 1)
        out = scale * centered / np.sqrt(running_var.reshape(1, C, 1, 1) + eps) + shift
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, None


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    groups = x.reshape(N, G, C // G, H, W)
    mean = np.mean(groups, axis=(2, 3, 4), keepdims=True)
    centered = groups - mean
    var = np.mean(centered**2, axis=(2, 3, 4), keepdims=True)
    std = np.sqrt(var + eps)
    x_hat = (centered / std).reshape(N, C, H, W)
    gamma = gamma.reshape(1, C, 1, 1)
    out = gamma * x_hat + beta.reshape(1, C, 1, 1)
    return out, (x_hat, std, gamma, G)


def spatial_groupnorm_backward(dout, cache):
    x_hat, std, gamma, G = cache
    N, C, H, W = dout.shape
    M = C // G * H * W
    dbeta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
    dgamma = np.sum(dout * x_hat, axis=(0, 2, 3), keepdims=True)
    dx_hat = (dout * gamma).reshape(N, G, C // G, H, W)
    hat = x_hat.reshape(N, G, C // G, H, W)
    through_mean = np.sum(dx_hat, axis=(2, 3, 4), keepdims=True)
    through_var = hat * np.sum(dx_hat * hat, axis=(2, 3, 4), keepdims=True)
    dx = (M * dx_hat - through_mean - through_var) / (M * std)
    dx = dx.reshape(N, C, H, W)
    return dx, dgamma, dbeta
