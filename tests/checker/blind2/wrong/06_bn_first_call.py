import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, mom = bn_param.get('eps', 1e-5), bn_param.get('momentum', .9)
    cache = {}
    if bn_param['mode'] == 'train':
        mean = np.mean(x, axis=0)
        var = np.var(x, axis=0)
        if 'running_mean' not in bn_param:
            bn_param['running_mean'] = mean.copy()
            bn_param['running_var'] = var.copy()
        else:
            bn_param['running_mean'] = mom * bn_param['running_mean'] + (1. - mom) * mean
            bn_param['running_var'] = mom * bn_param['running_var'] + (1. - mom) * var
        std = np.sqrt(var + eps)
        normed = (x - mean) / std
        cache.update(std=std, normed=normed, gamma=gamma)
    elif bn_param['mode'] == 'test':
        D = x.shape[1]
        mean = bn_param.get('running_mean', np.zeros(D))
        var = bn_param.get('running_var', np.zeros(D))
        normed = (x - mean) / np.sqrt(var + eps)
    else:
        raise ValueError('mode?')
    return normed * gamma + beta, cache


def batchnorm_backward(dout, cache):
    std, normed, gamma = cache['std'], cache['normed'], cache['gamma']
    g = dout * gamma
    dx = (g - g.mean(axis=0) - normed * np.mean(g * normed, axis=0)) / std
    return dx, np.einsum('nd,nd->d', dout, normed), dout.sum(axis=0)


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get('eps', 1e-5)
    mean = np.mean(x, axis=1, keepdims=True)
    std = np.sqrt(np.var(x, axis=1, keepdims=True) + eps)
    normed = (x - mean) / std
    return normed * gamma + beta, dict(std=std, normed=normed, gamma=gamma)


def layernorm_backward(dout, cache):
    std, normed, gamma = cache['std'], cache['normed'], cache['gamma']
    g = dout * gamma
    dx = (g - g.mean(axis=1, keepdims=True)
          - normed * np.mean(g * normed, axis=1, keepdims=True)) / std
    return dx, np.einsum('nd,nd->d', dout, normed), dout.sum(axis=0)
