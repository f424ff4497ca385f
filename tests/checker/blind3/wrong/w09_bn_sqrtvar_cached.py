import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    out, cache = None, None
    if mode == "train":
        # step1: mean
        mu = 1.0 / N * np.sum(x, axis=0)
        # step2
        xmu = x - mu
        # step3, 4
        sq = xmu**2
        var = 1.0 / N * np.sum(sq, axis=0)
        # step5, 6
        sqrtvar = np.sqrt(var + eps)
        ivar = 1.0 / sqrtvar
        # step7
        xhat = xmu * ivar
        gammax = gamma * xhat
        out = gammax + beta
        cache = [xhat, gamma, xmu, ivar, sqrtvar, var, eps]
        running_mean = momentum * running_mean + (1 - momentum) * mu
        running_var = momentum * running_var + (1 - momentum) * var
    elif mode == "test":
        xhat = (x - running_mean) / np.sqrt(running_var + eps)
        out = gamma * xhat + beta
    else:
        raise ValueError('Invalid forward batchnorm mode "%s"' % mode)
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache


def batchnorm_backward_alt(dout, cache):
    xhat, gamma, _, _, ivar, _, _ = cache
    m = float(len(dout))
    dbeta = dout.sum(0)
    dgamma = (dout * xhat).sum(0)
    dx = (gamma * ivar / m) * (m * dout - xhat * dgamma - dbeta)
    return dx, dgamma, dbeta
