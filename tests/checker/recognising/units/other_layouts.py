# unit: bn_train | batchnorm | wrong | unbiased/N-1/ddof
# unit: DenseLayer | linear | correct
# unit: Conv2D | conv | wrong | bias/sum
# unit: loss_fn | mse | correct
# unit: Softmax | softmax | wrong | jacobian/other/sum/mean/cross
# unit: InstanceScale | none | correct
# unit: MyActivation | none | wrong | factor/derivative/term
# unit: BinaryCrossEntropy | bce | correct
import numpy as np


def bn_train(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=0)
    sigma2 = x.var(axis=0, ddof=1)  # here
    x_hat = (x - mu) / np.sqrt(sigma2 + eps)
    return gamma * x_hat + beta


class DenseLayer:
    def __init__(self, n_inputs, n_outputs):
        self.w = np.random.randn(n_outputs, n_inputs)
        self.b = np.random.randn(n_outputs, 1)

    def forward_pass(self, a):
        self.a = a
        return self.w @ a + self.b

    def backward_pass(self, delta, learning_rate):
        back = self.w.T @ delta
        self.w -= learning_rate * (delta @ self.a.T)
        self.b -= learning_rate * delta.sum(axis=1, keepdims=True)
        return back


class Conv2D:
    def __init__(self, in_channels, out_channels, kernel_size):
        self.K = np.random.randn(out_channels, in_channels, kernel_size, kernel_size)
        self.bias = np.zeros(out_channels)
        self.k = kernel_size

    def forward(self, x):
        self.x = x
        n, c, h, w = x.shape
        k = self.k
        out = np.zeros((n, len(self.K), h - k + 1, w - k + 1))
        for i in range(h - k + 1):
            for j in range(w - k + 1):
                out[:, :, i, j] = np.einsum("ncij,fcij->nf", x[:, :, i : i + k, j : j + k], self.K) + self.bias
        return out

    def backward(self, dout):
        k = self.k
        self.dK, dx = np.zeros_like(self.K), np.zeros_like(self.x)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                d = dout[:, :, i, j]
                self.dK += np.einsum("nf,ncij->fcij", d, self.x[:, :, i : i + k, j : j + k])
                dx[:, :, i : i + k, j : j + k] += np.einsum("nf,fcij->ncij", d, self.K)
        self.dbias = dout.mean(axis=(0, 2, 3))  # here
        return dx


def loss_fn(y_hat, y):
    return ((y_hat - y) ** 2 / 2).sum() / len(y)


def loss_fn_grad(y_hat, y):
    return (y_hat - y) / len(y)


class Softmax:
    def __call__(self, x):
        e = np.exp(x - x.max(-1, keepdims=True))
        self.p = e / e.sum(-1, keepdims=True)
        return self.p

    def bprop(self, dout):
        return dout * self.p * (1 - self.p)  # here


class InstanceScale:
    def __init__(self, dim):
        self.a = np.random.randn(dim)

    def forward(self, x):
        self.x = x
        return x * np.exp(self.a)

    def backward(self, g):
        self.da = (g * self.x * np.exp(self.a)).sum(0)
        return g * np.exp(self.a)


class MyActivation:
    def forward(self, x):
        self.x = x
        return x * np.arctan(x)

    def backward(self, g):
        return g * (np.arctan(self.x) + 1 / (1 + self.x**2))  # here


class BinaryCrossEntropy:
    def __call__(self, p, t):
        self.p, self.t = p, t
        return -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean()

    def grad(self):
        return (self.p - self.t) / (self.p * (1 - self.p)) / self.p.size
