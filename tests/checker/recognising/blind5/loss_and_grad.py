"""Every loss returns the pair (loss, gradient with respect to the predictions)."""
import numpy as np


def softmax_xent(scores, y):
    scores = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(scores)
    p /= p.sum(axis=1, keepdims=True)
    n = len(y)
    loss = -np.log(p[np.arange(n), y]).sum() / n
    p[np.arange(n), y] -= 1
    return loss, p


def hinge(scores, y, delta=1.0):
    n = scores.shape[0]
    correct = scores[np.arange(n), y][:, None]
    margins = np.maximum(0, scores - correct + delta)
    margins[np.arange(n), y] = 0
    loss = margins.sum() / n
    d = (margins > 0).astype(float)
    d[np.arange(n), y] = -d.sum(axis=1)
    return loss, d / n


def multiclass_svm(scores, y):
    n = scores.shape[0]
    correct = scores[np.arange(n), y][:, None]
    margins = np.maximum(0, scores - correct + 1)
    margins[np.arange(n), y] = 0
    d = (margins > 0).astype(float)
    d[np.arange(n), y] = -1
    return margins.sum() / n, d / n


def mse(pred, target):
    diff = pred - target
    return (diff ** 2).mean(), 2 * diff / diff.size


def mae(pred, target):
    diff = pred - target
    return np.abs(diff).mean(), np.sign(diff) / diff.size


def huber(pred, target, delta=1.0):
    diff = pred - target
    small = np.abs(diff) <= delta
    loss = np.where(small, 0.5 * diff ** 2, delta * (np.abs(diff) - 0.5 * delta))
    grad = np.where(small, diff, np.sign(diff))
    return loss.mean(), grad / diff.size


def log_cosh(pred, target):
    diff = pred - target
    return np.log(np.cosh(diff)).mean(), np.tanh(diff) / diff.size


def bce_with_logits(z, t):
    loss = np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))
    grad = 1 / (1 + np.exp(-z)) - t
    return loss.mean(), grad / z.size


def binary_xent(p, t):
    loss = -(t * np.log(p) + (1 - t) * np.log(1 - p))
    grad = (p - t) / (p * (1 - p))
    return loss.mean(), grad / p.size


def kl_to_standard_normal(mu, logvar):
    """KL divergence of N(mu, exp(logvar)) from N(0, 1), averaged over rows."""
    n = mu.shape[0]
    loss = -0.5 * np.sum(1 + logvar - mu ** 2 - np.exp(logvar)) / n
    return loss, mu / n, 0.5 * (1 - np.exp(logvar)) / n


def poisson_nll(log_rate, count):
    rate = np.exp(log_rate)
    return (rate - count * log_rate).mean(), (rate - count) / count.size


def pairwise_ranking(pos, neg):
    """Softplus of the score differences."""
    d = neg - pos
    s = 1 / (1 + np.exp(-d))
    return np.log1p(np.exp(d)).mean(), -s / d.size, -s / d.size


def smoothed_xent(scores, y, smoothing=0.1):
    n, c = scores.shape
    shifted = scores - scores.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    q = np.full((n, c), smoothing / c)
    q[np.arange(n), y] += 1 - smoothing
    return -(q * logp).sum() / n, (np.exp(logp) - q) / n
