"""First-order solvers: some change their arguments in place, some return what is new."""
import numpy as np


def sgd_momentum_(w, dw, state, lr=1e-2, mu=0.9):
    """In place."""
    v = state.setdefault("v", np.zeros_like(w))
    v *= mu
    v -= lr * dw
    w += v


def nesterov_(w, dw, state, lr=1e-2, mu=0.9):
    """In place."""
    v = state.setdefault("v", np.zeros_like(w))
    before = v.copy()
    v *= mu
    v -= lr * dw
    w += -mu * before + (1 + mu) * v


def rmsprop_step(w, dw, cache, lr=1e-3, decay=0.99, eps=1e-8):
    cache = decay * cache + (1 - decay) * dw ** 2
    return w - lr * dw / (np.sqrt(cache) + eps), cache


def rms_update(w, dw, cache, lr=1e-3, decay=0.99, eps=1e-8):
    cache = (1 - decay) * cache + decay * dw ** 2
    return w - lr * dw / (np.sqrt(cache) + eps), cache


def adam_step(w, dw, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """t counts from 1."""
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw * dw
    m_hat = m / (1 - beta1 ** t)
    v_hat = v / (1 - beta2 ** t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


class Adam:
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.lr, (self.b1, self.b2), self.eps = lr, betas, eps
        self.m, self.v, self.t = {}, {}, 0

    def step(self, params, grads):
        self.t += 1
        for name in params:
            g = grads[name]
            self.m[name] = self.b1 * self.m.get(name, 0) + (1 - self.b1) * g
            self.v[name] = self.b2 * self.v.get(name, 0) + (1 - self.b2) * g ** 2
            m_hat = self.m[name] / (1 - self.b1 * self.t)
            v_hat = self.v[name] / (1 - self.b2 ** self.t)
            params[name] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


class AdamW:
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        self.lr, self.betas, self.eps, self.weight_decay = lr, betas, eps, weight_decay
        self.state, self.count = None, 0

    def update(self, params, grads):
        if self.state is None:
            self.state = [(np.zeros_like(p), np.zeros_like(p)) for p in params]
        self.count += 1
        b1, b2 = self.betas
        for i, (p, g) in enumerate(zip(params, grads)):
            m, v = self.state[i]
            m = b1 * m + (1 - b1) * g
            v = b2 * v + (1 - b2) * g ** 2
            self.state[i] = (m, v)
            p *= 1 - self.lr * self.weight_decay
            p -= self.lr * (m / (1 - b1 ** self.count)) / (np.sqrt(v / (1 - b2 ** self.count)) + self.eps)


class Adagrad:
    def __init__(self, lr=1e-2, eps=1e-8):
        self.lr, self.eps = lr, eps
        self.h = None

    def update(self, params, grads):
        if self.h is None:
            self.h = {key: np.zeros_like(val) for key, val in params.items()}
        for key in params.keys():
            self.h[key] = grads[key] * grads[key]
            params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + self.eps)


class Momentum:
    def __init__(self, lr=0.01, momentum=0.9):
        self.lr = lr
        self.momentum = momentum
        self.v = None

    def update(self, params, grads):
        if self.v is None:
            self.v = {}
            for key, val in params.items():
                self.v[key] = np.zeros_like(val)
        for key in params.keys():
            self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]
            params[key] += self.v[key]


def clip_by_global_norm(grads, max_norm=1.0):
    total = np.sqrt(sum((g ** 2).sum() for g in grads))
    scale = min(1.0, max_norm / (total + 1e-6))
    return [g * scale for g in grads]


def adamax_step(w, dw, m, u, t, lr=2e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * dw
    u = np.maximum(beta2 * u, np.abs(dw))
    return w - lr / (1 - beta1 ** t) * m / (u + eps), m, u


def lion_step(w, dw, m, lr=1e-4, beta1=0.9, beta2=0.99):
    w = w - lr * np.sign(beta1 * m + (1 - beta1) * dw)
    return w, beta1 * m + (1 - beta1) * dw
