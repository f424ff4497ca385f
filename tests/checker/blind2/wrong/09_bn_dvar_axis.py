import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param['mode']
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    D = x.shape[1]
    if 'running_mean' not in bn_param:
        bn_param['running_mean'] = np.zeros(D, dtype=x.dtype)
    if 'running_var' not in bn_param:
        bn_param['running_var'] = np.zeros(D, dtype=x.dtype)

    if mode == 'test':
        z = (x - bn_param['running_mean']) / np.sqrt(bn_param['running_var'] + eps)
        return gamma * z + beta, None

    mean = x.mean(axis=0)
    xc = x - mean
    var = np.mean(xc * xc, axis=0)
    ivar = 1 / np.sqrt(var + eps)
    z = xc * ivar
    for key, batch_value in (('running_mean', mean), ('running_var', var)):
        bn_param[key] = momentum * bn_param[key] + (1 - momentum) * batch_value
    return gamma * z + beta, (z, xc, ivar, gamma)


def batchnorm_backward(dout, cache):
    z, xc, ivar, gamma = cache
    N = dout.shape[0]
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * z, axis=0)
    dz = dout * gamma
    dvar = -0.5 * np.sum(dz * xc * ivar ** 3)
    dmean = -np.sum(dz * ivar, axis=0)
    dx = dz * ivar + dvar * 2 * xc / N + dmean / N
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    z, xc, ivar, gamma = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = np.sum(dout * z, axis=0)
    return gamma * ivar * (dout - (dbeta + z * dgamma) / N), dgamma, dbeta


def dropout_forward(x, dropout_param):
    # p = how likely it is to keep a unit
    p, mode = dropout_param['p'], dropout_param['mode']
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    if mode == 'test':
        return x, (dropout_param, None)
    mask = (np.random.random_sample(x.shape) < p) / p
    return (x * mask).astype(x.dtype, copy=False), (dropout_param, mask)


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    if dropout_param['mode'] == 'test':
        return dout
    return dout * mask
