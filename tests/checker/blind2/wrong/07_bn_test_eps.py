import numpy as np


def affine_forward(x, w, b):
    n = x.shape[0]
    return x.reshape(n, -1).dot(w) + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    n = x.shape[0]
    return dout.dot(w.T).reshape(x.shape), x.reshape(n, -1).T.dot(dout), dout.T.dot(np.ones(n, dtype=dout.dtype))


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param['mode']
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    N, D = x.shape
    running_mean = bn_param.get('running_mean', np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get('running_var', np.zeros(D, dtype=x.dtype))
    out, cache = None, None
    if mode == 'train':
        batch_mean = x.mean(axis=0)
        batch_var = ((x - batch_mean) ** 2).mean(axis=0)
        x_norm = (x - batch_mean) / np.sqrt(batch_var + eps)
        out = gamma * x_norm + beta
        running_mean = momentum * running_mean + (1 - momentum) * batch_mean
        running_var = momentum * running_var + (1 - momentum) * batch_var
        cache = (x, batch_mean, batch_var, gamma, eps)
    elif mode == 'test':
        scale = gamma / (np.sqrt(running_var) + eps)
        out = x * scale + (beta - running_mean * scale)
    bn_param['running_mean'] = running_mean
    bn_param['running_var'] = running_var
    return out, cache


def batchnorm_backward_alt(dout, cache):
    x, mu, var, gamma, eps = cache
    m = x.shape[0]
    inv = (var + eps) ** -.5
    xh = (x - mu) * inv
    dgamma = np.sum(dout * xh, axis=0)
    dbeta = np.sum(dout, axis=0)
    dx = (gamma * inv / m) * (m * dout - dgamma * xh - dbeta)
    return dx, dgamma, dbeta


def batchnorm_backward(dout, cache):
    x, mu, var, gamma, eps = cache
    m = x.shape[0]
    dxh = dout * gamma
    dvar = np.sum(dxh * (x - mu), axis=0) * -0.5 * (var + eps) ** -1.5
    dmu = -np.sum(dxh, axis=0) / np.sqrt(var + eps) + dvar * np.mean(-2 * (x - mu), axis=0)
    dx = dxh / np.sqrt(var + eps) + dvar * 2 * (x - mu) / m + dmu / m
    dgamma = np.sum(dout * (x - mu) / np.sqrt(var + eps), axis=0)
    return dx, dgamma, np.sum(dout, axis=0)
