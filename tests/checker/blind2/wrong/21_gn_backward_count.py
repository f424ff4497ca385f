import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get('eps', 1e-5)
    N, C, H, W = x.shape
    rows = x.reshape(N * G, -1)
    mean = rows.mean(axis=1).reshape(-1, 1)
    std = np.sqrt(rows.var(axis=1).reshape(-1, 1) + eps)
    norm = (rows - mean) / std
    out = norm.reshape(x.shape) * gamma + beta
    return out, {'norm': norm, 'std': std, 'gamma': gamma, 'G': G}


def spatial_groupnorm_backward(dout, cache):
    norm, std, gamma, G = (cache[k] for k in ('norm', 'std', 'gamma', 'G'))
    N, C, H, W = dout.shape
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    dgamma = (dout * norm.reshape(N, C, H, W)).sum(axis=(0, 2, 3), keepdims=True)
    dn = (dout * gamma).reshape(N * G, -1)
    m = dout.size / N
    dx = dn / std
    dx -= dn.sum(axis=1, keepdims=True) / (m * std)
    dx -= norm * (dn * norm).sum(axis=1, keepdims=True) / (m * std)
    return dx.reshape(N, C, H, W), dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get('eps', 1e-5)
    mean = x.mean(axis=1).reshape(-1, 1)
    std = np.sqrt(x.var(axis=1).reshape(-1, 1) + eps)
    norm = (x - mean) / std
    return norm * gamma + beta, {'norm': norm, 'std': std, 'gamma': gamma}


def layernorm_backward(dout, cache):
    norm, std, gamma = (cache[k] for k in ('norm', 'std', 'gamma'))
    dbeta, dgamma = dout.sum(axis=0), (dout * norm).sum(axis=0)
    dn = dout * gamma
    m = dn.shape[1]
    dx = dn / std
    dx -= dn.sum(axis=1, keepdims=True) / (m * std)
    dx -= norm * (dn * norm).sum(axis=1, keepdims=True) / (m * std)
    return dx, dgamma, dbeta


def max_pool_forward_naive(x, pool_param):
    a, b, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    N, C, H, W = x.shape
    ys, xs = range(0, H - a + 1, s), range(0, W - b + 1, s)
    out = np.array([[x[:, :, i:i + a, j:j + b].max(axis=3).max(axis=2) for j in xs] for i in ys])
    return out.transpose(2, 3, 0, 1), (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    a, b, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    dx = np.zeros(x.shape, dtype=x.dtype)
    for (n, c, i, j), g in np.ndenumerate(dout):
        block = x[n, c, i * s:i * s + a, j * s:j * s + b]
        k = int(np.argmax(block))
        dx[n, c, i * s + k // b, j * s + k % b] += g
    return dx
