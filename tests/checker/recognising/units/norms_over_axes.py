# unit: LastTwoLayerNorm | layer norm | correct
# unit: ChannelLayerNorm | layer norm | wrong | variance
# unit: InstanceNorm | instance norm | wrong | mean and the variance
# unit: GroupNorm | group norm | correct
# unit: batchnorm_nlc | batch norm | correct
import numpy as np


class LastTwoLayerNorm:
    def __init__(self, normalized_shape, eps=1e-5):
        self.eps = eps
        self.gamma, self.beta = np.ones(normalized_shape), np.zeros(normalized_shape)

    def forward(self, x):
        mu, var = x.mean(axis=(-2, -1), keepdims=True), x.var(axis=(-2, -1), keepdims=True)
        self.inv = 1 / np.sqrt(var + self.eps)
        self.hat = (x - mu) * self.inv
        return self.gamma * self.hat + self.beta

    def backward(self, dout):
        self.dgamma, self.dbeta = (dout * self.hat).sum(axis=0), dout.sum(axis=0)
        g = dout * self.gamma
        axes = (-2, -1)
        return self.inv * (g - g.mean(axis=axes, keepdims=True) - self.hat * (g * self.hat).mean(axis=axes, keepdims=True))


class ChannelLayerNorm:
    def __init__(self, channels):
        self.g, self.b = np.ones((1, channels, 1, 1)), np.zeros((1, channels, 1, 1))

    def forward(self, x):
        self.inv = 1 / np.sqrt(x.var(axis=1, keepdims=True) + 1e-6)
        self.hat = (x - x.mean(axis=1, keepdims=True)) * self.inv
        return self.g * self.hat + self.b

    def backward(self, d):
        self.dg = (d * self.hat).sum(axis=(0, 2, 3), keepdims=True)
        self.db = d.sum(axis=(0, 2, 3), keepdims=True)
        g = d * self.g
        return self.inv * (g - g.mean(axis=1, keepdims=True))  # here


class InstanceNorm:
    def __init__(self, num_features, eps=1e-5):
        self.eps, self.weight, self.bias = eps, np.ones(num_features), np.zeros(num_features)

    def forward(self, x):
        self.mean, self.var = x.mean(axis=(2, 3), keepdims=True), x.var(axis=(2, 3), keepdims=True)
        self.hat = (x - self.mean) / np.sqrt(self.var + self.eps)
        return self.weight[:, None, None] * self.hat + self.bias[:, None, None]

    def backward(self, grad):
        self.dweight, self.dbias = (grad * self.hat).sum(axis=(0, 2, 3)), grad.sum(axis=(0, 2, 3))
        return grad * self.weight[:, None, None] / np.sqrt(self.var + self.eps)  # here


class GroupNorm:
    def __init__(self, num_groups, num_channels, eps=1e-5):
        self.G, self.eps = num_groups, eps
        self.gamma, self.beta = np.ones((1, num_channels, 1, 1)), np.zeros((1, num_channels, 1, 1))

    def forward(self, x):
        n, c, h, w = x.shape
        xg = x.reshape(n, self.G, -1)
        self.inv = 1 / np.sqrt(xg.var(axis=2, keepdims=True) + self.eps)
        self.hat = (xg - xg.mean(axis=2, keepdims=True)) * self.inv
        self.out = self.hat.reshape(x.shape)
        return self.gamma * self.out + self.beta

    def backward(self, dout):
        self.dgamma = (dout * self.out).sum(axis=(0, 2, 3), keepdims=True)
        self.dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
        g = (dout * self.gamma).reshape(self.hat.shape)
        dx = self.inv * (g - g.mean(axis=2, keepdims=True) - self.hat * (g * self.hat).mean(axis=2, keepdims=True))
        return dx.reshape(dout.shape)


def batchnorm_nlc(x, gamma, beta, eps=1e-5):
    return gamma * (x - x.mean(axis=(0, 1))) / np.sqrt(x.var(axis=(0, 1)) + eps) + beta
