import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    """Batch norm following the computational graph in the blog post style, step by step."""
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    r_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    r_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))

    if mode == "train":
        mu = 1.0 / N * np.sum(x, axis=0)            # step 1
        xmu = x - mu                                # step 2
        sq = xmu ** 2                               # step 3
        var = 1.0 / N * np.sum(sq, axis=0) + eps    # step 4
        sqrtvar = np.sqrt(var)                      # step 5
        ivar = 1.0 / sqrtvar                        # step 6
        xhat = xmu * ivar                           # step 7
        out = gamma * xhat + beta                   # step 8 and 9
        cache = (xhat, gamma, xmu, ivar, sqrtvar, var)
        r_mean = momentum * r_mean + (1 - momentum) * mu
        r_var = momentum * r_var + (1 - momentum) * var
    elif mode == "test":
        out = gamma * (x - r_mean) / np.sqrt(r_var + eps) + beta
        cache = None
    else:
        raise ValueError("Invalid forward batchnorm mode %s" % mode)
    bn_param["running_mean"] = r_mean
    bn_param["running_var"] = r_var
    return out, cache


def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1.0 / (sqrtvar ** 2) * divar
    dvar = 0.5 / sqrtvar * dsqrtvar
    dsq = 1.0 / N * np.ones((N, D), dtype=dout.dtype) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1.0 / N * np.ones((N, D), dtype=dout.dtype) * dmu
    return dx1 + dx2, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    xhat, gamma, _, ivar, _, _ = cache
    N = len(dout)
    dbeta = dout.sum(0)
    dgamma = (dout * xhat).sum(0)
    dx = gamma * ivar / N * (N * dout - dbeta - xhat * dgamma)
    return dx, dgamma, dbeta
