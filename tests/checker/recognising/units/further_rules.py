# unit: Glide | SGD with Nesterov | correct
# unit: Thaw | RMSProp | correct
# unit: Keeper | momentum | correct
# unit: improve_with_adam | Adam | wrong | beta2
# unit: adadelta_step | AdaDelta | correct
# unit: lion_step | Lion | correct
# unit: adagrad_rule | AdaGrad | wrong | added up
import numpy as np


class Glide:
    def __init__(self, rate=0.02, momentum=0.8, l2=0.003):
        self.rate, self.momentum, self.l2, self.v = rate, momentum, l2, None

    def update(self, w, grad):
        grad = grad + self.l2 * w
        self.v = grad if self.v is None else self.momentum * self.v + grad
        return w - self.rate * (grad + self.momentum * self.v)


class Thaw:
    """RMSProp with a rate that falls."""

    def __init__(self, rate=0.05, rho=0.9, lr_decay=0.3):
        self.rate, self.rho, self.lr_decay, self.n, self.sq = rate, rho, lr_decay, 0, 0.0

    def step(self, params, grads):
        for name in params:
            self.sq = self.rho * self.sq + (1 - self.rho) * grads[name] ** 2
            params[name] -= self.rate / (1 + self.lr_decay * self.n) * grads[name] / (np.sqrt(self.sq) + 1e-8)
        self.n += 1


class Keeper:
    def __init__(self, weights, lr, mu):
        self.weights, self.lr, self.mu = weights, lr, mu
        self.speed = [np.zeros_like(w) for w in weights]

    def step(self, grads):
        for w, g, s in zip(self.weights, grads, self.speed):
            s *= self.mu
            s -= self.lr * g
            w += s


def improve_with_adam(params, grads, m, v, t, lr=0.02, beta1=0.8, beta2=0.95, eps=1e-7):
    for k in params:
        m["d" + k] = beta1 * m["d" + k] + (1 - beta1) * grads["d" + k]
        v["d" + k] = beta2 * v["d" + k] + (1 - beta2) * np.square(grads["d" + k])
        step = m["d" + k] / (1 - np.power(beta2, t))  # here
        params[k] = params[k] - lr * step / (np.sqrt(v["d" + k] / (1 - np.power(beta2, t))) + eps)
    return params, m, v


def adadelta_step(theta, grad, seen, moved, decay=0.9, eps=1e-5):
    seen = decay * seen + (1 - decay) * grad**2
    change = grad * np.sqrt((moved + eps) / (seen + eps))
    moved = decay * moved + (1 - decay) * change**2
    return theta - change, seen, moved


def lion_step(theta, grad, memory, lr=0.01):
    theta = theta - lr * np.sign(0.9 * memory + 0.1 * grad)
    return theta, 0.99 * memory + 0.01 * grad


def adagrad_rule(w, dw, cache, lr=0.1):
    cache = dw * dw  # here
    return w - lr * dw / (np.sqrt(cache) + 1e-8), cache
