# unit: Dense | linear | correct
# unit: BatchNorm1d | batchnorm | correct
# unit: LeakyReLU | leaky relu | correct
# unit: GELU | gelu | correct
# unit: Swish | swish | wrong | x/missing/term
# unit: LayerNorm | layernorm | correct
# unit: MaxPool2D | maxpool | wrong | accumul/+=/overlap/overwrit
# unit: AvgPool2D | avgpool | correct
# unit: Flatten | flatten | correct
# unit: MSELoss | mse | correct
# unit: Dropout | dropout | wrong | mask/scal
import numpy as np


class Module:
    def __call__(self, *args):
        return self.forward(*args)


class Dense(Module):
    def __init__(self, input_size, output_size, rng=None):
        rng = rng or np.random.default_rng(0)
        self.params = {"W": rng.normal(size=(input_size, output_size)), "b": np.zeros(output_size)}
        self.grads = {}

    def forward(self, x):
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, grad):
        self.grads["b"] = grad.sum(axis=0)
        self.grads["W"] = self.x.T @ grad
        return grad @ self.params["W"].T


class BatchNorm1d(Module):
    def __init__(self, num_features, eps=1e-7, momentum=0.1):
        self.eps, self.momentum, self.training = eps, momentum, True
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)

    def forward(self, x):
        if not self.training:
            return self.gamma * (x - self.running_mean) / np.sqrt(self.running_var + self.eps) + self.beta
        mean, var = x.mean(0), x.var(0)
        self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
        self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var
        self.inv = 1.0 / np.sqrt(var + self.eps)
        self.hat = (x - mean) * self.inv
        return self.gamma * self.hat + self.beta

    def backward(self, grad):
        n = len(grad)
        self.dgamma, self.dbeta = (grad * self.hat).sum(0), grad.sum(0)
        g = grad * self.gamma
        return self.inv / n * (n * g - g.sum(0) - self.hat * (g * self.hat).sum(0))


class LeakyReLU(Module):
    def __init__(self, alpha=0.2):
        self.alpha = alpha

    def forward(self, x):
        self.slope = np.where(x > 0, 1.0, self.alpha)
        return x * self.slope

    def backward(self, grad):
        return grad * self.slope


class GELU(Module):
    def forward(self, x):
        self.x = x
        self.t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
        return 0.5 * x * (1 + self.t)

    def backward(self, grad):
        x, t = self.x, self.t
        inner = np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2)
        return grad * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * inner)


class Swish(Module):
    def forward(self, x):
        self.x, self.s = x, 1 / (1 + np.exp(-x))
        return x * self.s

    def backward(self, grad):
        return grad * (self.s + self.s * (1 - self.s))  # here


class LayerNorm(Module):
    def __init__(self, dim, eps=1e-5):
        self.weight, self.bias, self.eps = np.ones(dim), np.zeros(dim), eps

    def forward(self, x):
        m = x.mean(axis=-1, keepdims=True)
        v = ((x - m) ** 2).mean(axis=-1, keepdims=True)
        self.rstd = (v + self.eps) ** -0.5
        self.norm = (x - m) * self.rstd
        return self.norm * self.weight + self.bias

    def backward(self, dout):
        self.dweight = (dout * self.norm).sum(axis=0)
        self.dbias = dout.sum(axis=0)
        d = dout * self.weight
        d = d - d.mean(axis=-1, keepdims=True) - self.norm * (d * self.norm).mean(axis=-1, keepdims=True)
        return d * self.rstd


class MaxPool2D(Module):
    def __init__(self, kernel_size, stride):
        self.k, self.s = kernel_size, stride

    def forward(self, x):
        self.x = x
        n, c, h, w = x.shape
        oh, ow = (h - self.k) // self.s + 1, (w - self.k) // self.s + 1
        out = np.empty((n, c, oh, ow))
        for i in range(oh):
            for j in range(ow):
                out[:, :, i, j] = x[:, :, i * self.s : i * self.s + self.k, j * self.s : j * self.s + self.k].max((2, 3))
        return out

    def backward(self, grad):
        dx = np.zeros_like(self.x)
        n, c, oh, ow = grad.shape
        for b in range(n):
            for ch in range(c):
                for i in range(oh):
                    for j in range(ow):
                        win = self.x[b, ch, i * self.s : i * self.s + self.k, j * self.s : j * self.s + self.k]
                        p, q = np.unravel_index(win.argmax(), win.shape)
                        dx[b, ch, i * self.s + p, j * self.s + q] = grad[b, ch, i, j]  # here
        return dx


class AvgPool2D(Module):
    def __init__(self, size=2):
        self.size = size

    def forward(self, x):
        self.shape = x.shape
        n, c, h, w = x.shape
        k = self.size
        return x[:, :, : h // k * k, : w // k * k].reshape(n, c, h // k, k, w // k, k).mean(axis=(3, 5))

    def backward(self, grad):
        k = self.size
        dx = np.zeros(self.shape)
        big = np.repeat(np.repeat(grad, k, axis=2), k, axis=3) / k**2
        dx[:, :, : big.shape[2], : big.shape[3]] = big
        return dx


class Flatten(Module):
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(x.shape[0], -1)

    def backward(self, grad):
        return grad.reshape(self.shape)


class MSELoss(Module):
    def forward(self, pred, target):
        self.diff = pred - target
        return (self.diff**2).mean()

    def backward(self):
        return 2 * self.diff / self.diff.size


class Dropout(Module):
    def __init__(self, p=0.5):
        self.p = p
        self.training = True

    def forward(self, x):
        if not self.training:
            return x
        self.mask = np.random.rand(*x.shape) >= self.p
        return x * self.mask / (1 - self.p)

    def backward(self, grad):
        return grad * self.mask  # here
