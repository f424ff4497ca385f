from __future__ import print_function

import numpy as np

try:
    xrange
except NameError:
    xrange = range


def affine_forward(x, w, b):
    out = None
    N = x.shape[0]
    D = int(np.prod(x.shape[1:]))
    x2 = np.reshape(x, (N, D))
    out = np.dot(x2, w) + np.tile(b, (N, 1))
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    dx, dw, db = None, None, None
    N = x.shape[0]
    D = int(np.prod(x.shape[1:]))
    x2 = np.reshape(x, (N, D))
    dx2 = np.dot(dout, w.T)
    dw = np.dot(x2.T, dout)
    db = np.dot(dout.T, np.ones(N))
    dx = np.reshape(dx2, x.shape)
    return dx, dw, db


def relu_forward(x):
    out = x * (x > 0)
    return out, (out, x)


def relu_backward(dout, cache):
    out, x = cache
    dx = dout * np.sign(out)
    return dx


def svm_loss(x, y):
    N = x.shape[0]
    correct = x[np.arange(N), y]
    margins = np.maximum(0, x - correct[:, np.newaxis] + 1.0)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins) / N
    num_pos = np.sum(margins > 0, axis=1)
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= num_pos
    dx /= N
    return loss, dx


def softmax_loss(x, y):
    probs = np.exp(x - np.max(x, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    N = x.shape[0]
    loss = -np.sum(np.log(probs[np.arange(N), y])) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


def max_pool_forward_naive(x, pool_param):
    N, C, H, W = x.shape
    hp = pool_param["pool_height"]
    wp = pool_param["pool_width"]
    s = pool_param["stride"]
    Hn = int(1 + np.floor((H - hp) / float(s)))
    Wn = int(1 + np.floor((W - wp) / float(s)))
    out = np.zeros((N, C, Hn, Wn))
    masks = {}
    for n in xrange(N):
        for c in xrange(C):
            for i in xrange(Hn):
                for j in xrange(Wn):
                    win = x[n, c, i * s : i * s + hp, j * s : j * s + wp]
                    k = np.unravel_index(np.argmax(win), win.shape)
                    out[n, c, i, j] = win[k]
                    masks[n, c, i, j] = (i * s + k[0], j * s + k[1])
    cache = (x, masks)
    return out, cache


def max_pool_backward_naive(dout, cache):
    x, masks = cache
    dx = np.zeros_like(x)
    for (n, c, i, j), (r, q) in masks.items():
        dx[n, c, r, q] += dout[n, c, i, j]
    return dx


def dropout_forward(x, dropout_param):
    """
    Performs the forward pass for (inverted) dropout.

    - dropout_param: A dictionary with the following keys:
      - p: Dropout parameter. We drop each neuron output with probability p.
      - mode: 'test' or 'train'.
      - seed: Seed for the random number generator.
    """
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = None
    out = None
    if mode == "train":
        mask = (np.random.rand(*x.shape) >= p) / (1.0 - p)
        out = x * mask
    elif mode == "test":
        out = x
    cache = (dropout_param, mask)
    out = out.astype(x.dtype, copy=False)
    return out, cache


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    mode = dropout_param["mode"]
    dx = None
    if mode == "train":
        dx = dout * mask
    elif mode == "test":
        dx = dout
    return dx
