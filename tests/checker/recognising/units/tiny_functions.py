# unit: fc | linear | wrong | transpos/factor/batch/sign/sum
# unit: sigmoid | sigmoid | correct
# unit: tanh | tanh | correct
# unit: elu | elu | correct
# unit: cross_entropy | softmax cross-entropy | wrong | batch
# unit: hinge_loss | svm | correct
# unit: layer_norm | layernorm | wrong | mean/variance
# unit: attention | attention | correct
# unit: embed | embedding | wrong | repeat/add/accumul/overwrit/+=
# unit: softplus | softplus | correct
import numpy as np


def fc(x, w, b):
    return x @ w + b, (x, w)


def fc_back(dy, saved):
    x, w = saved
    dx = dy @ w.T
    dw = x.T @ dy
    db = dy.sum()  # here
    return dx, dw, db


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    s = sigmoid(z)
    return s * (1 - s)


def tanh(z):
    return np.tanh(z)


def d_tanh(z):
    return 1 - np.tanh(z) ** 2


def elu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1))


def elu_grad(x, alpha=1.0):
    return np.where(x > 0, 1.0, alpha * np.exp(np.minimum(x, 0)))


def softplus(x):
    return np.log1p(np.exp(x))


def softplus_derivative(x):
    return 1 / (1 + np.exp(-x))


def cross_entropy(scores, labels):
    n = scores.shape[0]
    shifted = scores - scores.max(1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    loss = -logp[np.arange(n), labels].mean()
    d = np.exp(logp)
    d[np.arange(n), labels] -= 1  # here
    return loss, d


def hinge_loss(scores, y):
    n = len(y)
    correct = scores[np.arange(n), y][:, None]
    margins = np.maximum(0, scores - correct + 1.0)
    margins[np.arange(n), y] = 0
    loss = margins.sum() / n
    g = (margins > 0).astype(float)
    g[np.arange(n), y] = -g.sum(axis=1)
    return loss, g / n


def layer_norm(x, g, b, eps=1e-6):
    mu = x.mean(-1, keepdims=True)
    var = x.var(-1, keepdims=True)
    xn = (x - mu) / np.sqrt(var + eps)
    return xn * g + b, (xn, var, g, eps)


def layer_norm_backward(dy, cache):
    xn, var, g, eps = cache
    dxn = dy * g
    dx = (dxn - dxn.mean(-1, keepdims=True)) / np.sqrt(var + eps)  # here
    return dx, (dy * xn).sum(0), dy.sum(0)


def attention(q, k, v):
    scores = q @ k.T / np.sqrt(k.shape[1])
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p @ v, (q, k, v, p)


def attention_backward(do, cache):
    q, k, v, p = cache
    dv = p.T @ do
    dp = do @ v.T
    ds = p * (dp - (dp * p).sum(axis=1, keepdims=True)) / np.sqrt(k.shape[1])
    return ds @ k, ds.T @ q, dv


def embed(ids, table):
    return table[ids], (ids, table.shape)


def embed_backward(dout, cache):
    ids, shape = cache
    dtable = np.zeros(shape)
    dtable[ids] += dout  # here
    return dtable
