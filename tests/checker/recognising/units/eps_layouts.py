# unit: bn_a | batchnorm | wrong | outside
# unit: bn_b | batchnorm | wrong | outside
# unit: bn_c | batchnorm | wrong | outside
# unit: bn_d | batchnorm | wrong | outside
# unit: bn_e | batchnorm | wrong | outside
# unit: BnA | batchnorm | wrong | outside
# unit: BnB | batchnorm | wrong | outside
# unit: BnC | batchnorm | wrong | outside
# unit: BnD | batchnorm | wrong | outside
# unit: BnE | batchnorm | wrong | outside
import numpy as np


def bn_a(x, gamma, beta, eps=1e-5):
    return gamma * (x - x.mean(axis=0)) / (np.sqrt(x.var(axis=0)) + eps) + beta  # here


def bn_b(x, gamma, beta, eps):
    mean = x.mean(axis=0)
    centered = x - mean
    std = np.sqrt(np.mean(centered**2, axis=0))
    inverse = 1.0 / (std + eps)  # here
    return gamma * (centered * inverse) + beta


def bn_c(inputs, scale, shift):
    mu, var = np.mean(inputs, 0), np.var(inputs, 0)
    x_hat = (inputs - mu) / (var**0.5 + 1e-4)  # here
    return scale * x_hat + shift


def bn_d(Z, gamma, beta, epsilon=1e-6):
    mu = Z.mean(axis=1, keepdims=True)
    sigma = Z.std(axis=1, keepdims=True)
    Z_norm = (Z - mu) / (sigma + epsilon)  # here
    return gamma * Z_norm + beta


def bn_e(x, gamma, beta):
    n = x.shape[0]
    mu = x.sum(axis=0) / n
    d = x - mu
    v = (d * d).sum(axis=0) / n
    root = np.sqrt(v)
    root = root + 1e-3  # here
    return d / root * gamma + beta


class BnA:
    def __init__(self, dim, eps=1e-5):
        self.gamma, self.beta, self.eps = np.ones(dim), np.zeros(dim), eps

    def forward(self, x):
        mean = x.mean(0)
        self.std = np.sqrt(x.var(0)) + self.eps  # here
        return self.gamma * (x - mean) / self.std + self.beta


class BnB:
    def __init__(self, gamma, beta):
        self.gamma, self.beta = gamma, beta

    def __call__(self, x):
        m = x.mean(axis=0)
        s = np.sqrt(((x - m) ** 2).mean(axis=0))
        return (x - m) / (s + 1e-5) * self.gamma + self.beta  # here


class BnC:
    def __init__(self, num_features):
        self.params = {"gamma": np.ones(num_features), "beta": np.zeros(num_features)}

    def forward(self, inputs):
        mu = inputs.mean(axis=0)
        std = np.std(inputs, axis=0)
        self.output = self.params["gamma"] * ((inputs - mu) / (std + 1e-6)) + self.params["beta"]  # here


class BnD:
    @staticmethod
    def forward(ctx, x, gamma, beta):
        mu = x.mean(axis=0)
        inv = 1 / (np.sqrt(x.var(axis=0)) + 1e-5)  # here
        ctx.save_for_backward(x, gamma, mu, inv)
        return gamma * (x - mu) * inv + beta

    @staticmethod
    def backward(ctx, g):
        x, gamma, mu, inv = ctx.saved_tensors
        n, c = len(x), x - mu
        std = np.sqrt(x.var(axis=0))
        gx = g * gamma
        dvar = (gx * c).sum(0) * -(inv**2) * 0.5 / std
        dx = gx * inv + dvar * 2 * c / n
        return dx - dx.mean(0), (g * c * inv).sum(0), g.sum(0)


class BnE:
    def __init__(self, channels):
        self.g = np.ones((1, channels, 1, 1))
        self.b = np.zeros((1, channels, 1, 1))

    def forward(self, x):
        axes = (0, 2, 3)
        mean = x.mean(axis=axes, keepdims=True)
        dev = np.sqrt(x.var(axis=axes, keepdims=True))
        return (x - mean) / (dev + 1e-5) * self.g + self.b  # here
