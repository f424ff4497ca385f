"""Chapter code, from scratch: one function for each idea, its gradient beside it."""
import numpy as np


def linreg(X, w, b):
    """The linear regression model."""
    return X @ w + b


def linreg_grad(dy, X, w, b):
    return dy @ w.T, X.T @ dy, dy


def squared_loss(y_hat, y):
    """Squared loss."""
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def squared_loss_grad(y_hat, y):
    return y_hat - y.reshape(y_hat.shape)


def corr2d(X, K):
    """Compute 2D cross-correlation."""
    h, w = K.shape
    Y = np.zeros((X.shape[0] - h + 1, X.shape[1] - w + 1))
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i:i + h, j:j + w] * K).sum()
    return Y


def corr2d_grad(dY, X, K):
    h, w = K.shape
    dX, dK = np.zeros_like(X), np.zeros_like(K)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dX[i:i + h, j:j + w] += K[::-1, ::-1] * dY[i, j]
            dK += X[i:i + h, j:j + w] * dY[i, j]
    return dX, dK


def pool2d(X, p_h=2, p_w=2):
    """Average pooling with stride 1."""
    Y = np.zeros((X.shape[0] - p_h + 1, X.shape[1] - p_w + 1))
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = X[i:i + p_h, j:j + p_w].mean()
    return Y


def pool2d_grad(dY, X, p_h=2, p_w=2):
    dX = np.zeros_like(X)
    for i in range(dY.shape[0]):
        for j in range(dY.shape[1]):
            dX[i:i + p_h, j:j + p_w] += dY[i, j] / (p_h * p_w)
    return dX


def log_loss(y_hat, y):
    """Cross-entropy of probabilities; y holds class numbers."""
    return -np.log(y_hat[range(len(y_hat)), y]).mean()


def log_loss_grad(y_hat, y):
    g = np.zeros_like(y_hat)
    g[range(len(y_hat)), y] = -1 / y_hat[range(len(y_hat)), y]
    return g / len(y_hat)


def transpose_conv(X, K):
    h, w = K.shape
    Y = np.zeros((X.shape[0] + h - 1, X.shape[1] + w - 1))
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            Y[i:i + h, j:j + w] += X[i, j] * K
    return Y


def transpose_conv_grad(dY, X, K):
    h, w = K.shape
    dX, dK = np.zeros_like(X), np.zeros_like(K)
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            dX[i, j] = (dY[i:i + h, j:j + w] * K).sum()
            dK += X[i, j] * dY[i:i + h, j:j + w]
    return dX, dK


def l2_penalty(w):
    return (w ** 2).sum() / 2


def l2_penalty_grad(w):
    return 2 * w


def sgd(params, grads, lr, batch_size):
    """Minibatch stochastic gradient descent."""
    for param, grad in zip(params, grads):
        param[:] = param - lr * grad / batch_size


def adagrad(params, states, grads, hyperparams):
    eps = 1e-6
    for p, s, g in zip(params, states, grads):
        s[:] += g
        p[:] -= hyperparams["lr"] * g / np.sqrt(s + eps)


def rmsprop(params, states, grads, hyperparams):
    gamma, eps = hyperparams["gamma"], 1e-6
    for p, s, g in zip(params, states, grads):
        s[:] = gamma * s + (1 - gamma) * np.square(g)
        p[:] -= hyperparams["lr"] * g / np.sqrt(s + eps)
