import numpy as np
from numpy.lib.stride_tricks import as_strided


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    x = np.ascontiguousarray(x)
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode='constant')
    Ho = (H + 2 * pad - HH) // stride + 1
    Wo = (W + 2 * pad - WW) // stride + 1
    sn, sc, sh, sw = x.strides
    windows = as_strided(xp, shape=(N, Ho, Wo, C, HH, WW),
                         strides=(sn, sh * stride, sw * stride, sc, sh, sw), writeable=False)
    cols = windows.reshape(N * Ho * Wo, -1)
    out = cols @ w.reshape(F, -1).T + b
    return out.reshape(N, Ho, Wo, F).transpose(0, 3, 1, 2), (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param['stride'], conv_param['pad']
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode='constant')
    F, C, HH, WW = w.shape
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for n, f, i, j in np.ndindex(*dout.shape):
        g = dout[n, f, i, j]
        a, c = i * stride, j * stride
        dw[f] += g * xp[n, :, a:a + HH, c:c + WW]
        dxp[n, :, a:a + HH, c:c + WW] += g * w[f]
    return dxp[:, :, pad:dxp.shape[2] - pad, pad:dxp.shape[3] - pad], dw, dout.sum(axis=(0, 2, 3))


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    zero = np.zeros(x.shape[1], dtype=x.dtype)
    rm, rv = bn_param.get('running_mean', zero), bn_param.get('running_var', zero)
    if bn_param['mode'] == 'train':
        mu, var = x.mean(axis=0), x.var(axis=0)
        bn_param['running_mean'] = momentum * rm + (1 - momentum) * mu
        bn_param['running_var'] = momentum * rv + (1 - momentum) * var
    else:
        mu, var = rm, rv
    isd = (var + eps) ** -0.5
    xn = (x - mu) * isd
    return gamma * xn + beta, (xn, isd, gamma)


def batchnorm_backward(dout, cache):
    xn, isd, gamma = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xn).sum(axis=0)
    return gamma * isd * (dout - (dbeta + xn * dgamma) / dout.shape[0]), dgamma, dbeta


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(np.moveaxis(x, 1, 3).reshape(-1, C), gamma, beta, bn_param)
    return np.moveaxis(out.reshape(N, H, W, C), 3, 1), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(np.moveaxis(dout, 1, 3).reshape(-1, C), cache)
    return np.swapaxes(dx.reshape(N, H, W, C), 1, 3), dgamma, dbeta
