import numpy as np


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    eps, m = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    rm = bn_param.get("running_mean", np.zeros(C, dtype=x.dtype))
    rv = bn_param.get("running_var", np.zeros(C, dtype=x.dtype))
    wide = lambda a: np.reshape(a, (1, C, 1, 1))  # noqa: E731
    if bn_param["mode"] == "train":
        mean = x.mean(axis=(0, 2, 3))
        var = ((x - wide(mean)) ** 2).mean(axis=(0, 2, 3))
        inv = 1 / np.sqrt(wide(var) + eps)
        xhat = (x - wide(mean)) * inv
        bn_param["running_mean"] = m * rm + (1 - m) * mean
        bn_param["running_var"] = m * rv + (1 - m) * var
        return wide(gamma) * xhat + wide(beta), (xhat, inv, gamma)
    elif bn_param["mode"] == "test":
        bn_param["running_mean"], bn_param["running_var"] = rm, rv
        return wide(gamma) * (x - wide(rm)) / np.sqrt(wide(rv) + eps) + wide(beta), None
    raise ValueError("bad mode")


def spatial_batchnorm_backward(dout, cache):
    xhat, inv, gamma = cache
    N, C, H, W = dout.shape
    m = N * H * W
    dgamma = np.sum(dout * xhat, axis=(0, 2, 3))
    dbeta = np.sum(dout, axis=(0, 2, 3))
    g = gamma[None, :, None, None]
    dx = inv * g * (dout - dbeta[None, :, None, None] / m - xhat * dgamma[None, :, None, None] / m)
    return dx, dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    eps = gn_param.get("eps", 1e-5)
    xhat, stds = np.zeros(x.shape), []
    size = C // G
    for g in range(G):
        part = x[:, g * size : (g + 1) * size]
        mu = part.mean(axis=(1, 2, 3), keepdims=True)
        std = np.sqrt(part.var(axis=(1, 2, 3), keepdims=True) + eps)
        xhat[:, g * size : (g + 1) * size] = (part - mu) / std
        stds.append(std)
    return gamma * xhat + beta, (xhat, stds, gamma, size)


def spatial_groupnorm_backward(dout, cache):
    xhat, stds, gamma, size = cache
    dxhat = dout * gamma
    pieces = []
    for g, std in enumerate(stds):
        d = dxhat[:, g * size : (g + 1) * size]
        h = xhat[:, g * size : (g + 1) * size]
        M = d[0].size
        pieces.append((M * d - d.sum((1, 2, 3), keepdims=True) - h * (d * h).sum((1, 2, 3), keepdims=True)) / (M * std))
    dx = np.concatenate(pieces, axis=1)
    return dx, (dout * xhat).sum((0, 2, 3))[None, :, None, None], dout.sum((0, 2, 3))[None, :, None, None]
