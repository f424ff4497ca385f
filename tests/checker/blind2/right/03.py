"""einsum for everything that is a sum"""
import numpy as np

E = np.einsum


def affine_forward(x, w, b):
    X = x.reshape(len(x), w.shape[0])
    return E('nd,dm->nm', X, w) + b, (X, w, x.shape)


def affine_backward(dout, cache):
    X, w, shape = cache
    return E('nm,dm->nd', dout, w).reshape(shape), E('nd,nm->dm', X, dout), E('nm->m', dout)


def relu_forward(x):
    return 0.5 * (abs(x) + x), np.sign(np.maximum(x, 0))


def relu_backward(dout, cache):
    return E('...,...->...', dout, cache)


def batchnorm_forward(x, gamma, beta, bn_param):
    """running statistics are kept as (1, D) rows"""
    N, D = x.shape
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    rm = np.reshape(bn_param.get('running_mean', np.zeros((1, D), x.dtype)), (1, D))
    rv = np.reshape(bn_param.get('running_var', np.zeros((1, D), x.dtype)), (1, D))
    if bn_param['mode'] == 'train':
        mu = E('nd->d', x)[None] / N
        c = x - mu
        var = E('nd,nd->d', c, c)[None] / N
        rm = momentum * rm + (1 - momentum) * mu
        rv = momentum * rv + (1 - momentum) * var
    elif bn_param['mode'] == 'test':
        c, var = x - rm, rv
    else:
        raise ValueError(bn_param['mode'])
    bn_param['running_mean'], bn_param['running_var'] = rm, rv
    r = (var + eps) ** -0.5
    return E('d,nd,id->nd', gamma, c, r) + beta, (c, r, gamma, bn_param['mode'])


def batchnorm_backward(dout, cache):
    c, r, gamma, mode = cache
    N = len(c)
    dgamma, dbeta = E('nd,nd,id->d', dout, c, r), E('nd->d', dout)
    g = E('nd,d,id->nd', dout, gamma, r)
    if mode == 'test':
        return g, dgamma, dbeta
    dx = g - E('nd->d', g) / N - c * E('id,id,nd,nd->d', r, r, g, c) / N
    return dx, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    c, r, gamma, mode = cache
    N = len(c)
    dgamma, dbeta = E('nd,nd,id->d', dout, c, r), E('nd->d', dout)
    if mode == 'test':
        return dout * gamma * r, dgamma, dbeta
    return gamma * r * (dout - dbeta / N - c * r * dgamma / N), dgamma, dbeta


def layernorm_forward(x, gamma, beta, ln_param):
    D = x.shape[1]
    eps = ln_param.get('eps', 1e-5)
    c = x - E('nd->n', x)[:, None] / D
    r = (E('nd,nd->n', c, c) / D + eps) ** -0.5
    h = E('nd,n->nd', c, r)
    return E('nd,d->nd', h, gamma) + beta, (h, r, gamma)


def layernorm_backward(dout, cache):
    h, r, gamma = cache
    D = h.shape[1]
    g = dout * gamma
    inner = g - E('nd->n', g)[:, None] / D - h * E('nd,nd->n', g, h)[:, None] / D
    return E('n,nd->nd', r, inner), E('nd,nd->d', dout, h), E('nd->d', dout)


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, _, R, S = w.shape
    Ho, Wo = (H + 2 * p - R) // s + 1, (W + 2 * p - S) // s + 1
    # selection matrices: Y[o, r, h] = 1 when output row o at filter row r reads input row h
    Y = (s * np.arange(Ho)[:, None, None] + np.arange(R)[:, None] - p == np.arange(H)).astype(x.dtype)
    X = (s * np.arange(Wo)[:, None, None] + np.arange(S)[:, None] - p == np.arange(W)).astype(x.dtype)
    rows = E('nchw,orh->ncorw', x, Y, optimize=True)
    cols = E('ncorw,qsw->ncorqs', rows, X, optimize=True)
    out = E('ncorqs,fcrs->nfoq', cols, w, optimize=True) + b[:, None, None]
    return out, (cols, w, Y, X)


def conv_backward_naive(dout, cache):
    cols, w, Y, X = cache
    dw = E('ncorqs,nfoq->fcrs', cols, dout, optimize=True)
    dcols = E('nfoq,fcrs->ncorqs', dout, w, optimize=True)
    drows = E('ncorqs,qsw->ncorw', dcols, X, optimize=True)
    return E('ncorw,orh->nchw', drows, Y, optimize=True), dw, E('nfoq->f', dout)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    out, cache = batchnorm_forward(E('nchw->nhwc', x).reshape(-1, C), gamma, beta, bn_param)
    return E('nhwc->nchw', out.reshape(N, H, W, C)), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(E('nchw->nhwc', dout).reshape(-1, C), cache)
    return E('nhwc->nchw', dx.reshape(N, H, W, C)), dgamma, dbeta
