import numpy as np


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
    return dx, (dxhat * xhat).sum((0, 2, 3))[None, :, None, None], dout.sum((0, 2, 3))[None, :, None, None]
