"""Collection of activation functions and their gradients."""
import numpy as np


class ELU():
    def __init__(self, alpha=0.1):
        self.alpha = alpha

    def __call__(self, x):
        return np.where(x >= 0.0, x, self.alpha * (np.exp(x) - 1))

    def gradient(self, x):
        return np.where(x >= 0.0, 1, self.__call__(x) + self.alpha)


class SELU():
    def __init__(self):
        self.alpha = 1.6732632423543772848170429916717
        self.scale = 1.0507009873554804934193349852946

    def __call__(self, x):
        return self.scale * np.where(x >= 0.0, x, self.alpha * (np.exp(x) - 1))

    def gradient(self, x):
        return self.scale * np.where(x >= 0.0, 1, np.exp(x))


class SoftPlus():
    def __call__(self, x):
        return np.log(1 + np.exp(x))

    def gradient(self, x):
        return 1 / (1 + np.exp(-x))


class SoftSign():
    def __call__(self, x):
        return x / (1 + np.abs(x))

    def gradient(self, x):
        return 1 / (1 + np.abs(x)) ** 2


class Softmax():
    def __call__(self, x):
        e_x = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return e_x / np.sum(e_x, axis=-1, keepdims=True)

    def gradient(self, x):
        p = self.__call__(x)
        return p * (1 - p)


class HardTanh():
    def __call__(self, x):
        return np.clip(x, -1, 1)

    def gradient(self, x):
        return np.where(x < 1, 1.0, 0.0)


class Mish():
    def __call__(self, x):
        return x * np.tanh(np.log1p(np.exp(x)))

    def gradient(self, x):
        t = np.tanh(np.log1p(np.exp(x)))
        return t + x * (1 - t ** 2) / (1 + np.exp(-x))


class Swish():
    def __init__(self, beta=1.5):
        self.beta = beta

    def __call__(self, x):
        return x / (1 + np.exp(-self.beta * x))

    def gradient(self, x):
        s = 1 / (1 + np.exp(-self.beta * x))
        return s + x * s * (1 - s)


class Gaussian():
    def __call__(self, x):
        return np.exp(-x ** 2)

    def gradient(self, x):
        return -2 * x * self.__call__(x)


class BentIdentity():
    def __call__(self, x):
        return (np.sqrt(x ** 2 + 1) - 1) / 2 + x

    def gradient(self, x):
        return x / (2 * np.sqrt(x ** 2 + 1)) + 1


class SquaredReLU():
    def __call__(self, x):
        return np.maximum(0, x) ** 2

    def gradient(self, x):
        return 2 * (x > 0)


class HardSigmoid():
    def __call__(self, x):
        return np.clip(0.2 * x + 0.5, 0, 1)

    def gradient(self, x):
        return np.where((x > -2.5) & (x < 2.5), 0.2, 0)
