import numpy as np


def svm_loss(x, y):
    """Multiclass SVM, written out long so that I can follow it."""
    N, C = x.shape
    total = 0.0
    grad = np.zeros(x.shape, dtype=x.dtype)
    for row in range(N):
        target = y[row]
        for col in range(C):
            if col == target:
                break
            gap = x[row, col] - x[row, target] + 1.0
            if gap > 0:
                total += gap
                grad[row, col] += 1.0
                grad[row, target] -= 1.0
    return total / N, grad / N


def softmax_loss(x, y):
    """Same treatment for softmax."""
    N, C = x.shape
    total = 0.0
    grad = np.zeros(x.shape, dtype=x.dtype)
    for row in range(N):
        s = x[row] - max(x[row])
        p = np.exp(s)
        tot = sum(p)
        total += np.log(tot) - s[y[row]]
        for col in range(C):
            grad[row, col] = p[col] / tot
            if col == y[row]:
                grad[row, col] -= 1
    return total / N, grad / N


def relu_forward(x):
    return np.maximum(0, x), (x,)


def relu_backward(dout, cache):
    x, = cache
    return dout * np.heaviside(x, 0)


def dropout_forward(x, dropout_param):
    """p is the probability that a unit is KEPT."""
    keep = dropout_param["p"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = None
    out = x
    if dropout_param["mode"] == "train":
        mask = np.random.binomial(1, keep, size=x.shape) / keep
        out = x * mask
    return out.astype(x.dtype, copy=False), (dropout_param, mask)


def dropout_backward(dout, cache):
    param, mask = cache
    return dout * mask if param["mode"] == "train" else dout
