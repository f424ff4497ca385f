from cs231n.fast_layers import *
from cs231n.layers import *


def chain(*steps):
    def forward(x):
        caches = []
        for forward_step, backward_step in steps:
            x, cache = forward_step(x)
            caches.append((backward_step, cache))
        return x, caches

    return forward


def affine_relu_forward(x, w, b):
    return chain((lambda a: affine_forward(a, w, b), affine_backward), (relu_forward, relu_backward))(x)


def affine_relu_backward(dout, cache):
    rest = ()
    for back, c in reversed(cache):
        got = back(dout, c)
        if isinstance(got, tuple):
            dout, rest = got[0], got[1:] + rest
        else:
            dout = got
    return (dout,) + rest


def affine_bn_relu_forward(x, w, b, gamma, beta, bn_param):
    a, fc_cache = affine_forward(x, w, b)
    n, bn_cache = batchnorm_forward(a, gamma, beta, bn_param)
    out, relu_cache = relu_forward(n)
    return out, (fc_cache, bn_cache, relu_cache)


def affine_bn_relu_backward(dout, cache):
    fc_cache, bn_cache, relu_cache = cache
    dn = relu_backward(dout, relu_cache)
    da, dgamma, dbeta = batchnorm_backward_alt(dn, bn_cache)
    dx, dw, db = affine_backward(da, fc_cache)
    return dx, dw, db, dgamma, dbeta


def conv_relu_forward(x, w, b, conv_param):
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    out, relu_cache = relu_forward(a)
    return out, dict(conv=conv_cache, relu=relu_cache)


def conv_relu_backward(dout, cache):
    return conv_backward_fast(relu_backward(dout, cache["relu"]), cache["conv"])


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    s, cr_cache = conv_relu_forward(x, w, b, conv_param)
    out, pool_cache = max_pool_forward_fast(s, pool_param)
    return out, (cr_cache, pool_cache)


def conv_relu_pool_backward(dout, cache):
    cr_cache, pool_cache = cache
    return conv_relu_backward(max_pool_backward_fast(dout, pool_cache), cr_cache)


def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param):
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    an, bn_cache = spatial_batchnorm_forward(a, gamma, beta, bn_param)
    out, relu_cache = relu_forward(an)
    return out, (conv_cache, bn_cache, relu_cache)


def conv_bn_relu_backward(dout, cache):
    conv_cache, bn_cache, relu_cache = cache
    dan = relu_backward(dout, relu_cache)
    da, dgamma, dbeta = spatial_batchnorm_backward(dan, bn_cache)
    dx, dw, db = conv_backward_fast(da, conv_cache)
    return dx, dw, db, dgamma, dbeta
