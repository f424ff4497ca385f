import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum') or 0.9
    D = x.shape[1]
    if bn_param.get('running_mean') is None:
        bn_param['running_mean'] = np.zeros(D, dtype=x.dtype)
        bn_param['running_var'] = np.zeros(D, dtype=x.dtype)
    if bn_param['mode'] == 'train':
        mu, sigma2 = np.mean(x, 0), np.var(x, 0)
        bn_param['running_mean'] = momentum * bn_param['running_mean'] + (1 - momentum) * mu
        bn_param['running_var'] = momentum * bn_param['running_var'] + (1 - momentum) * sigma2
    else:
        mu, sigma2 = bn_param['running_mean'], bn_param['running_var']
    inv = 1.0 / np.sqrt(sigma2 + eps)
    xhat = (x - mu) * inv
    return gamma * xhat + beta, (xhat, inv, gamma)


def batchnorm_backward(dout, cache):
    xhat, inv, gamma = cache
    N, D = dout.shape
    dx = np.empty_like(dout)
    dgamma, dbeta = np.empty(D, dout.dtype), np.empty(D, dout.dtype)
    # feature by feature with the full Jacobian: it is small enough to write down
    for d in range(D):
        h = xhat[:, d:d + 1]
        J = inv[d] * (np.eye(N) - 1.0 / N - h @ h.T / N)
        dx[:, d] = J @ (gamma[d] * dout[:, d])
        dgamma[d] = dout[:, d] @ h[:, 0]
        dbeta[d] = dout[:, d].sum()
    return dx, dgamma, dbeta


def adam(w, dw, config=None):
    if config is None:
        config = {}
    lr = config.setdefault('learning_rate', 1e-3)
    b1 = config.setdefault('beta1', 0.9)
    b2 = config.setdefault('beta2', 0.999)
    eps = config.setdefault('epsilon', 1e-8)
    m = config.setdefault('m', np.zeros_like(w))
    v = config.setdefault('v', np.zeros_like(w))
    t = config.setdefault('t', 0) + 1
    m = b1 * m + (1 - b1) * dw
    m = m / (1 - b1 ** t)
    v = b2 * v + (1 - b2) * (dw * dw)
    vc = v / (1 - b2 ** t)
    config.update(m=m, v=v, t=t)
    return w - lr * m / (np.sqrt(vc) + eps), config


def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    lr = config.setdefault('learning_rate', 1e-2)
    mu = config.setdefault('momentum', 0.9)
    v = mu * config.get('velocity', np.zeros_like(w)) - lr * dw
    config.update(velocity=v)
    return w + v, config
