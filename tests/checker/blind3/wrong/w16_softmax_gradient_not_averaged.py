import numpy as np


def logsumexp(a, axis):
    top = np.max(a, axis=axis, keepdims=True)
    return top + np.log(np.sum(np.exp(a - top), axis=axis, keepdims=True))


def softmax_loss(x, y, *, return_probs=False):
    logp = x - logsumexp(x, axis=1)
    target = np.zeros_like(x)
    np.put_along_axis(target, y[:, None], 1, axis=1)
    loss = -np.mean(np.take_along_axis(logp, y[:, None], axis=1))
    dx = np.exp(logp) - target
    if return_probs:
        return loss, dx, np.exp(logp)
    return loss, dx


def svm_loss(x, y, delta=1.0):
    own = np.choose(y, x.T)[:, None] if x.shape[1] <= 32 else x[np.arange(len(y)), y][:, None]
    hinge = np.clip(x - own + delta, 0, None)
    # the true class always contributes delta: take it off again
    loss = hinge.sum() / len(y) - delta
    active = np.sign(hinge)
    active[range(len(y)), y] -= active.sum(1)
    return loss, active / len(y)
