# unit: clip_gradients | gradient clipping | correct
# unit: clip_grad_norm | gradient clipping | wrong | scaled up
# unit: clip_by_value | gradient clipping | correct
# unit: adamw | adamw | correct
# unit: AdamW | adamw | wrong | goes through the moments
# unit: Adamax | adamax | wrong | absolute
# unit: nadam_update | nadam | correct
# unit: RAdam | radam | correct
# unit: AMSGrad | amsgrad | correct
# unit: RMSpropCentered | rmsprop | correct
# unit: adadelta | adadelta | wrong | root
# unit: Lion | lion | wrong | momentum is updated before
# unit: SGD | sgd | wrong | sign
# unit: adam_of_layers | adam | correct
# unit: adam_with_state | adam | wrong | bias correction
import numpy as np


def adamw(w, dw, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw * dw
    mh, vh = m / (1 - beta1**t), v / (1 - beta2**t)
    w = w - lr * (mh / (np.sqrt(vh) + eps) + weight_decay * w)
    return w, m, v


class AdamW:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.02):
        self.params, self.lr, self.eps, self.weight_decay = params, lr, eps, weight_decay
        self.b1, self.b2 = betas
        self.m = [np.zeros_like(p) for p in params]
        self.v = [np.zeros_like(p) for p in params]
        self.t = 0

    def step(self, grads):
        self.t += 1
        for i, (p, g) in enumerate(zip(self.params, grads)):
            g = g + self.weight_decay * p  # here
            self.m[i] = self.b1 * self.m[i] + (1 - self.b1) * g
            self.v[i] = self.b2 * self.v[i] + (1 - self.b2) * g**2
            mh = self.m[i] / (1 - self.b1**self.t)
            vh = self.v[i] / (1 - self.b2**self.t)
            p -= self.lr * mh / (np.sqrt(vh) + self.eps)


class Adamax:
    def __init__(self, lr=0.002, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m, self.u, self.t = {}, {}, 0

    def update(self, params, grads):
        self.t += 1
        for k in params:
            self.m[k] = self.beta1 * self.m.get(k, 0) + (1 - self.beta1) * grads[k]
            self.u[k] = np.maximum(self.beta2 * self.u.get(k, 0), grads[k])  # here
            params[k] -= self.lr / (1 - self.beta1**self.t) * self.m[k] / (self.u[k] + self.eps)


def nadam_update(theta, grad, m, v, t, lr=0.01, beta1=0.9, beta2=0.99, eps=1e-8):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    ahead = beta1 * m / (1 - beta1**t) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * ahead / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


class RAdam:
    def __init__(self, parameters, lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8):
        self.parameters, self.lr, self.beta1, self.beta2, self.eps, self.t = parameters, lr, beta1, beta2, eps, 0
        self.rho_inf = 2 / (1 - beta2) - 1
        self.state = [(0.0, 0.0) for _ in parameters]

    def step(self):
        self.t += 1
        for n, p in enumerate(self.parameters):
            m, v = self.state[n]
            m = self.beta1 * m + (1 - self.beta1) * p.grad
            v = self.beta2 * v + (1 - self.beta2) * p.grad**2
            self.state[n] = m, v
            mh = m / (1 - self.beta1**self.t)
            rho = self.rho_inf - 2 * self.t * self.beta2**self.t / (1 - self.beta2**self.t)
            if rho > 4:
                r = np.sqrt((rho - 4) * (rho - 2) * self.rho_inf / ((self.rho_inf - 4) * (self.rho_inf - 2) * rho))
                p.data = p.data - self.lr * r * mh / (np.sqrt(v / (1 - self.beta2**self.t)) + self.eps)
            else:
                p.data = p.data - self.lr * mh


class AMSGrad:
    def __init__(self, lr=0.01, b1=0.9, b2=0.99):
        self.lr, self.b1, self.b2 = lr, b1, b2
        self.m = self.v = self.vmax = None

    def step(self, w, dw):
        if self.m is None:
            self.m, self.v, self.vmax = np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)
        self.m = self.b1 * self.m + (1 - self.b1) * dw
        self.v = self.b2 * self.v + (1 - self.b2) * dw**2
        self.vmax = np.maximum(self.vmax, self.v)
        return w - self.lr * self.m / (np.sqrt(self.vmax) + 1e-8)


class RMSpropCentered:
    def __init__(self, lr=0.01, rho=0.9, momentum=0.5, eps=1e-6):
        self.lr, self.rho, self.momentum, self.eps = lr, rho, momentum, eps
        self.sq = self.avg = self.buf = 0.0

    def update(self, w, grad):
        self.sq = self.rho * self.sq + (1 - self.rho) * grad**2
        self.avg = self.rho * self.avg + (1 - self.rho) * grad
        self.buf = self.momentum * self.buf + self.lr * grad / np.sqrt(self.sq - self.avg**2 + self.eps)
        return w - self.buf


def adadelta(w, dw, v, u, rho=0.95, eps=1e-6):
    v = rho * v + (1 - rho) * dw**2
    dx = (u + eps) / (v + eps) * dw  # here
    u = rho * u + (1 - rho) * dx**2
    return w - dx, v, u


class Lion:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.99):
        self.lr, self.beta1, self.beta2, self.m = lr, beta1, beta2, None

    def step(self, params, grads):
        if self.m is None:
            self.m = [np.zeros_like(p) for p in params]
        for i, (p, g) in enumerate(zip(params, grads)):
            self.m[i] = self.beta2 * self.m[i] + (1 - self.beta2) * g  # here
            p -= self.lr * np.sign(self.beta1 * self.m[i] + (1 - self.beta1) * g)


class SGD:
    def __init__(self, lr=0.1, weight_decay=0.0):
        self.lr, self.weight_decay = lr, weight_decay

    def step(self, params, grads):
        for p, g in zip(params, grads):
            p -= self.lr * (g - self.weight_decay * p)  # here


def adam_of_layers(parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    for l in range(1, len(parameters) // 2 + 1):
        for p in ("W", "b"):
            d = "d" + p + str(l)
            v[d] = beta1 * v[d] + (1 - beta1) * grads[d]
            s[d] = beta2 * s[d] + (1 - beta2) * grads[d] ** 2
            vc, sc = v[d] / (1 - beta1**t), s[d] / (1 - beta2**t)
            parameters[p + str(l)] = parameters[p + str(l)] - learning_rate * vc / (np.sqrt(sc) + epsilon)
    return parameters, v, s


def adam_with_state(params, grads, state, lr=0.01, b1=0.9, b2=0.99, eps=1e-8):
    state["t"] += 1
    for k in params.keys():
        state["m"][k] = b1 * state["m"][k] + (1 - b1) * grads[k]
        state["v"][k] = b2 * state["v"][k] + (1 - b2) * grads[k] ** 2
        params[k] = params[k] - lr * state["m"][k] / (np.sqrt(state["v"][k]) + eps)  # here
    return params, state


def clip_gradients(grads, max_norm):
    total = np.sqrt(sum((g**2).sum() for g in grads.values()))
    if total > max_norm:
        grads = {k: g * max_norm / total for k, g in grads.items()}
    return grads


def clip_grad_norm(grads, max_norm=5.0):
    norm = np.sqrt(sum(np.sum(g * g) for g in grads))
    for g in grads:
        g *= max_norm / norm  # here


def clip_by_value(gradients, maxValue):
    for g in (gradients["dW"], gradients["db"]):
        np.clip(g, -maxValue, maxValue, out=g)
    return gradients
