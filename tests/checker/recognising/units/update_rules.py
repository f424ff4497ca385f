# unit: sgd | sgd | correct
# unit: adam_update | adam | correct
# unit: rmsprop | rmsprop | wrong | eps/root/outside/square
# unit: AdaGrad | adagrad | correct
# unit: momentum_step | momentum | correct
import numpy as np


def sgd(params, grads, lr):
    return {name: value - lr * grads[name] for name, value in params.items()}


def adam_update(w, dw, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    mh, vh = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - lr * mh / (np.sqrt(vh) + eps), m, v


def rmsprop(w, dw, cache, lr=0.01, decay=0.9, eps=1e-8):
    cache = decay * cache + (1 - decay) * dw  # here
    return w - lr * dw / (np.sqrt(np.abs(cache)) + eps), cache


class AdaGrad:
    def __init__(self, lr=0.01):
        self.lr, self.h = lr, None

    def step(self, params, grads):
        if self.h is None:
            self.h = [np.zeros_like(p) for p in params]
        for i, (p, g) in enumerate(zip(params, grads)):
            self.h[i] += g * g
            p -= self.lr * g / (np.sqrt(self.h[i]) + 1e-7)


def momentum_step(w, dw, v, lr=0.1, mu=0.9):
    v = mu * v + dw
    return w - lr * v, v
