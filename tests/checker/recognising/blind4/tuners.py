"""Optimizers. `step` changes the arrays it is given."""
import math

import numpy as np


class Sgd:
    def __init__(self, lr=0.1, momentum=0.9, weight_decay=1e-4, nesterov=True):
        self.lr, self.mu, self.wd, self.nesterov = lr, momentum, weight_decay, nesterov
        self.buf = None

    def step(self, params, grads):
        if self.buf is None:
            self.buf = [np.zeros_like(p) for p in params]
        for p, g, b in zip(params, grads, self.buf):
            g = g + self.wd * p
            b *= self.mu
            b += g
            p -= self.lr * (g + self.mu * b if self.nesterov else b)


class WarmAdam:
    """Adam whose rate climbs for `warmup` steps and falls along a cosine afterwards."""

    def __init__(self, lr=1e-3, betas=(0.9, 0.98), eps=1e-9, warmup=10, total=100):
        self.lr, self.betas, self.eps = lr, betas, eps
        self.warmup, self.total, self.t = warmup, total, 0
        self.m, self.v = {}, {}

    def rate(self):
        if self.t <= self.warmup:
            return self.lr * self.t / self.warmup
        done = (self.t - self.warmup) / (self.total - self.warmup)
        return 0.5 * self.lr * (1 + math.cos(math.pi * min(done, 1.0)))

    def step(self, params, grads):
        self.t += 1
        b1, b2 = self.betas
        for name, g in grads.items():
            self.m[name] = b1 * self.m.get(name, 0) + (1 - b1) * g
            self.v[name] = b2 * self.v.get(name, 0) + (1 - b2) * g * g
            mhat = self.m[name] / (1 - b1**self.t)
            vhat = self.v[name] / (1 - b2**self.t)
            params[name] -= self.rate() * mhat / (np.sqrt(vhat) + self.eps)


class StuckAdam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m = self.v = None

    def update(self, w, dw):
        if self.m is None:
            self.m, self.v = np.zeros_like(w), np.zeros_like(w)
        t = 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * dw
        self.v = self.beta2 * self.v + (1 - self.beta2) * dw**2
        m_hat = self.m / (1 - self.beta1**t)
        v_hat = self.v / (1 - self.beta2**t)
        return w - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


class HeavyBall:
    def __init__(self, lr=0.05, mu=0.9):
        self.lr, self.mu, self.velocity = lr, mu, 0.0

    def update(self, w, dw):
        self.velocity = self.mu * self.velocity - self.lr * dw
        return w - self.velocity


class AdaptiveGradient:
    def __init__(self, lr=0.01, eps=1e-10):
        self.lr = lr
        self.eps = eps
        self.h = {}

    def step(self, params, grads):
        for key in params:
            if key not in self.h:
                self.h[key] = np.zeros_like(params[key])
            self.h[key] = grads[key] ** 2
            params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + self.eps)


class RmsInside:
    """eps stands under the root, as in the lecture"""

    def __init__(self, lr=0.01, rho=0.95, eps=1e-6):
        self.lr, self.rho, self.eps = lr, rho, eps
        self.sq = None

    def update(self, w, dw):
        if self.sq is None:
            self.sq = np.zeros_like(w)
        self.sq = self.rho * self.sq + (1 - self.rho) * dw**2
        w -= self.lr * dw / np.sqrt(self.sq + self.eps)
        return w


def adadelta(w, g, eg, ex, rho=0.95, eps=1e-6):
    eg = rho * eg + (1 - rho) * g * g
    dx = -np.sqrt(ex + eps) / np.sqrt(eg + eps) * g
    ex = rho * ex + (1 - rho) * dx * dx
    return w + dx, eg, ex


def lion(w, g, m, lr=1e-3, b1=0.9, b2=0.99, wd=0.01):
    c = np.sign(b1 * m + (1 - b1) * g)
    w = w - lr * (c + wd * w)
    m = b2 * m + (1 - b2) * g
    return w, m


def adamax(w, g, m, u, t, lr=0.002, b1=0.9, b2=0.999, eps=1e-8):
    m = b1 * m + (1 - b1) * g
    u = np.maximum(b2 * u, np.abs(g))
    w = w - lr / (1 - b1**t) * m / (u + eps)
    return w, m, u
