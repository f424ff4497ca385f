import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    N, D = x.shape
    eps = bn_param.get('eps', 1e-5)
    mom = bn_param.get('momentum', 0.9)
    run_m = bn_param.get('running_mean', np.zeros(D, dtype=x.dtype))
    run_v = bn_param.get('running_var', np.zeros(D, dtype=x.dtype))
    if bn_param['mode'] == 'train':
        m, v = x.mean(axis=0), x.var(axis=0)
        run_m, run_v = mom * run_m + (1 - mom) * m, mom * run_v + (1 - mom) * v
        bn_param.update(running_mean=run_m, running_var=run_v)
    elif bn_param['mode'] == 'test':
        m, v = run_m, run_v
    std = np.sqrt(v + eps)
    x_hat = (x - m) / std
    return gamma * x_hat + beta, (x_hat, std, gamma)


def batchnorm_backward_alt(dout, cache):
    x_hat, std, gamma = cache
    dgamma = (dout * x_hat).sum(axis=0)
    dbeta = dout.sum(axis=0)
    # worked out on paper, fits into one line
    dx = gamma / std * (dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0))
    return dx, dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get('eps', 1e-5)
    m = x.mean(axis=1, keepdims=True)
    v = x.var(axis=1, keepdims=True)
    std = np.sqrt(v + eps)
    x_hat = (x - m) / std
    return gamma * x_hat + beta, (x_hat, std, gamma)


def layernorm_backward(dout, cache):
    x_hat, std, gamma = cache
    dgamma = (dout * x_hat).sum(axis=0)
    dbeta = dout.sum(axis=0)
    dx = gamma / std * (dout - dout.mean(axis=1, keepdims=True)
                        - x_hat * (dout * x_hat).mean(axis=1, keepdims=True))
    return dx, dgamma, dbeta
