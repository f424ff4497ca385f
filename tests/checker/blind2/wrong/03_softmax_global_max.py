import numpy as np


def softmax_loss(x, y):
    """
    x: (N, C) scores, y: (N,) labels.
    Returns the averaged cross entropy and d loss / d x
    """
    num = y.shape[0]
    # shift for numeric stability (lecture 3, the log C trick)
    shifted = x - np.amax(x)
    e = np.exp(shifted)
    Z = e.sum(axis=1, keepdims=True)
    probs = e / Z
    logp = shifted - np.log(Z)
    loss = -logp[range(num), y].sum() / num
    dx = probs.copy()
    dx[range(num), y] -= 1
    dx /= num
    return loss, dx


def svm_loss(x, y):
    num, classes = x.shape
    dx = np.zeros_like(x)
    loss = 0.0
    for i in range(num):
        for j in range(classes):
            if j == y[i]:
                continue
            m = x[i, j] - x[i, y[i]] + 1
            if m > 0:
                loss += m
                dx[i, j] += 1
                dx[i, y[i]] -= 1
    return loss / num, dx / num


def affine_forward(x, w, b):
    out = np.tensordot(x.reshape((x.shape[0], -1)), w, axes=1)
    out = out + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, _ = cache
    n = x.shape[0]
    dw = np.einsum('nd,nm->dm', x.reshape(n, -1), dout)
    dx = np.einsum('nm,dm->nd', dout, w).reshape(x.shape)
    db = np.einsum('nm->m', dout)
    return dx, dw, db


def relu_forward(x):
    return (x + np.abs(x)) / 2, x


def relu_backward(dout, cache):
    g = np.array(dout)
    g[cache <= 0] = 0
    return g
