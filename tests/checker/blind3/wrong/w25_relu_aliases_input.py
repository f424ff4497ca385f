import numpy as np


def affine_forward(x, w, b):
    out = x.reshape(len(x), -1) @ w
    out += b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(0)


def relu_forward(x):
    out = x
    out *= x > 0
    return out, out


def relu_backward(dout, cache):
    return dout * (cache > 0)
