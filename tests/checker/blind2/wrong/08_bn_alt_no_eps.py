import numpy as np


class Stash:
    """a bag for things that backward wants"""
    def __init__(self, **kw):
        self.__dict__.update(kw)


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    mom = bn_param.get("momentum", 0.9)
    rm = bn_param.get("running_mean")
    rv = bn_param.get("running_var")
    if rm is None:
        rm, rv = np.zeros(x.shape[1], x.dtype), np.zeros(x.shape[1], x.dtype)
    if bn_param["mode"] == "train":
        mu, var = x.mean(0), x.var(0)
        rm = rm * mom + mu * (1 - mom)
        rv = rv * mom + var * (1 - mom)
    else:
        mu, var = rm, rv
    bn_param["running_mean"], bn_param["running_var"] = rm, rv
    centred = x - mu
    root = np.sqrt(var + eps)
    xhat = centred / root
    s = Stash(centred=centred, root=root, xhat=xhat, gamma=gamma, var=var)
    return xhat * gamma + beta, s


def batchnorm_backward(dout, cache):
    s = cache
    n = dout.shape[0]
    dxhat = dout * s.gamma
    droot = -(dxhat * s.xhat).sum(0) / s.root
    dvar = droot / (2 * s.root)
    dcentred = dxhat / s.root + 2 * s.centred * dvar / n
    dx = dcentred - dcentred.mean(0)
    return dx, (dout * s.xhat).sum(0), dout.sum(0)


def batchnorm_backward_alt(dout, cache):
    s = cache
    dgamma = (dout * s.xhat).sum(0)
    dbeta = dout.sum(0)
    dy = dout * s.gamma
    proj = s.centred * np.mean(dy * s.centred, axis=0) / s.var
    dx = (dy - dy.mean(0) - proj) / s.root
    return dx, dgamma, dbeta


def relu_forward(x):
    gate = x > 0
    return x * gate, gate


def relu_backward(dout, cache):
    return dout * cache
