"""Fully connected network: every column is an example."""
import numpy as np


class LinearLayer:
    def __init__(self, n_in, n_out, seed=1):
        rng = np.random.RandomState(seed)
        self.W = rng.randn(n_out, n_in) * np.sqrt(2 / n_in)
        self.b = np.zeros((n_out, 1))

    def fprop(self, X):
        self.X = X
        return self.W @ X + self.b

    def bprop(self, dZ):
        m = self.X.shape[1]
        self.dW = dZ @ self.X.T / m
        self.db = dZ.mean(axis=1, keepdims=True)
        return self.W.T @ dZ


class ReluLayer:
    def fprop(self, X):
        self.mask = X > 0
        return X * self.mask

    def bprop(self, dA):
        return dA[self.mask]


class SoftmaxLayer:
    def fprop(self, X):
        e = np.exp(X - X.max(axis=0))
        self.P = e / e.sum(axis=0)
        return self.P

    def bprop(self, dP):
        return self.P * (dP - (dP * self.P).sum(axis=1, keepdims=True))


class BatchNormLayer:
    def __init__(self, n, eps=1e-8):
        self.g, self.o, self.eps = np.ones((n, 1)), np.zeros((n, 1)), eps

    def fprop(self, X):
        self.mu = X.mean(axis=1, keepdims=True)
        self.var = X.var(axis=1, keepdims=True)
        self.hat = (X - self.mu) / np.sqrt(self.var + self.eps)
        return self.g * self.hat + self.o

    def bprop(self, dY):
        m = dY.shape[1]
        self.dg = (dY * self.hat).sum(axis=1, keepdims=True)
        self.do = dY.sum(axis=1, keepdims=True)
        return self.g / (m * np.sqrt(self.var + self.eps)) * (m * dY - self.do - self.hat * self.dg)


class CrossEntropy:
    """Takes probabilities and one-hot columns."""

    def fprop(self, P, Y):
        self.P, self.Y = P, Y
        return -(Y * np.log(P)).sum() / Y.shape[1]

    def bprop(self):
        return -self.Y / self.P / self.Y.shape[0]


class SigmoidLayer:
    def fprop(self, X):
        self.A = 1 / (1 + np.exp(-X))
        return self.A

    def bprop(self, dA):
        return dA * self.A * (1 - self.A)


class MaxoutLayer:
    """Of every pair of neighbouring rows the larger one."""

    def fprop(self, X):
        self.first = X[0::2] >= X[1::2]
        return np.where(self.first, X[0::2], X[1::2])

    def bprop(self, dA):
        dX = np.zeros((2 * dA.shape[0], dA.shape[1]))
        dX[0::2] = dA * self.first
        dX[1::2] = dA * ~self.first
        return dX


class LeakyLayer:
    def __init__(self, slope=0.1):
        self.slope = slope

    def fprop(self, X):
        self.below = X < 0
        X[self.below] *= self.slope
        return X

    def bprop(self, dA):
        dX = dA.copy()
        dX[self.below] *= self.slope
        return dX
