# ported from our Julia scripts; features are rows, observations are columns
import numpy as np

sigm = lambda z: 1.0 / (1.0 + np.exp(-z))


def sigm_grad(z):
    s = sigm(z)
    return s * (1.0 - s)


def affine_fwd(X, W, b):
    return W @ X + b[:, None]


def affine_bwd(dY, X, W, b):
    dX = W @ dY
    dW = dY @ X.T
    db = np.sum(dY, axis=1)
    return dX, dW, db


# true convolution of a signal (L) with a kernel (K), 'valid' part
def conv_fwd(x, k):
    L, K = x.size, k.size
    y = np.zeros(L - K + 1)
    for i in range(L - K + 1):
        for j in range(K):
            y[i] += x[i + K - 1 - j] * k[j]
    return y


def conv_bwd(dy, x, k):
    L, K = x.size, k.size
    dx, dk = np.zeros(L), np.zeros(K)
    for i in range(L - K + 1):
        for j in range(K):
            dx[i + K - 1 - j] += dy[i] * k[j]
            dk[j] += dy[i] * x[i + K - 1 - j]
    return dx, dk


# response normalisation over neighbouring channels, x is C x H x W
def lrn_fwd(x, n=3, k=2.0, alpha=0.1, beta=0.75):
    C = x.shape[0]
    s = np.zeros_like(x)
    for c in range(C):
        lo, hi = max(0, c - n // 2), min(C, c + n // 2 + 1)
        s[c] = k + alpha * np.sum(x[lo:hi] ** 2, axis=0)
    return x * s ** (-beta), (x, s, n, alpha, beta)


def lrn_bwd(dy, cache):
    x, s, n, alpha, beta = cache
    C = x.shape[0]
    dx = dy * s ** (-beta)
    r = dy * x * s ** (-beta - 1)
    for c in range(C):
        lo, hi = max(0, c - n // 2), min(C, c + n // 2 + 1)
        dx[c] -= 2 * alpha * beta * x[c] * np.sum(r[lo:hi], axis=0)
    return dx


# every pixel becomes a 2 x 2 block
def upsample_fwd(x):
    return np.kron(x, np.ones((1, 1, 2, 2)))


def upsample_bwd(dy):
    return dy[:, :, ::2, ::2]


# cost and gradient of softmax regression with weight decay
def softmax_cost(theta, data, labels, lam=1e-4):
    m = data.shape[1]
    z = theta @ data
    z = z - np.max(z, axis=0)
    p = np.exp(z)
    p = p / np.sum(p, axis=0)
    truth = np.zeros_like(p)
    truth[labels, np.arange(m)] = 1
    cost = -np.sum(truth * np.log(p)) / m + lam / 2 * np.sum(theta**2)
    grad = -(truth - p) @ data.T / m + lam * theta
    return cost, grad


def huber_fwd(yhat, y, delta=0.7):
    e = yhat - y
    quad = np.abs(e) <= delta
    return np.mean(np.where(quad, 0.5 * e**2, delta * (np.abs(e) - 0.5 * delta)))


def huber_bwd(yhat, y, delta=0.7):
    e = yhat - y
    quad = np.abs(e) <= delta
    return np.where(quad, e, np.sign(e)) / e.size
