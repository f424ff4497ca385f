"""nnfromscratch: a small neural network library, only numpy."""
import numpy as np


class Layer:
    def __init__(self, name):
        self.name = name
        self.params = {}
        self.grads = {}
        self.is_training = True

    def forward(self, inputs):
        raise NotImplementedError

    def backward(self, grad):
        raise NotImplementedError


class Dense(Layer):
    def __init__(self, num_in, num_out):
        super().__init__("Dense")
        self.params = {"w": np.random.randn(num_in, num_out) * 0.1, "b": np.zeros(num_out)}
        self.inputs = None

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.params["w"] + self.params["b"]

    def backward(self, grad):
        n = self.inputs.shape[0]
        self.grads["w"] = self.inputs.T @ grad / n
        self.grads["b"] = np.sum(grad, axis=0) / n
        return grad @ self.params["w"].T


class Activation(Layer):
    def __init__(self, name):
        super().__init__(name)
        self.inputs = None

    def forward(self, inputs):
        self.inputs = inputs
        return self.func(inputs)

    def backward(self, grad):
        return self.derivative_func(self.inputs) * grad

    def func(self, x):
        raise NotImplementedError

    def derivative_func(self, x):
        raise NotImplementedError


class Sigmoid(Activation):
    def __init__(self):
        super().__init__("Sigmoid")

    def func(self, x):
        return 1.0 / (1.0 + np.exp(-x))

    def derivative_func(self, x):
        return self.func(x) * (1.0 - self.func(x))


class Tanh(Activation):
    def __init__(self):
        super().__init__("Tanh")

    def func(self, x):
        return np.tanh(x)

    def derivative_func(self, x):
        return 1.0 - x ** 2


class LeakyReLU(Activation):
    def __init__(self, slope=0.2):
        super().__init__("LeakyReLU")
        self._slope = slope

    def func(self, x):
        x = x.copy()
        x[x < 0.0] *= self._slope
        return x

    def derivative_func(self, x):
        dx = np.ones_like(x)
        dx[x < 0.0] = self._slope
        return dx


class Dropout(Layer):
    def __init__(self, keep_prob=0.7):
        super().__init__("Dropout")
        self._keep_prob = keep_prob
        self._multiplier = None

    def forward(self, inputs):
        if not self.is_training:
            return inputs
        kept = np.random.binomial(1, self._keep_prob, size=inputs.shape)
        self._multiplier = kept / self._keep_prob
        return inputs * self._multiplier

    def backward(self, grad):
        return grad * self._multiplier / self._keep_prob


class BatchNormalization(Layer):
    def __init__(self, num_features, momentum=0.9, epsilon=1e-5):
        super().__init__("BatchNormalization")
        self.params = {"gamma": np.ones(num_features), "beta": np.zeros(num_features)}
        self.momentum = momentum
        self.epsilon = epsilon
        self.r_mean = np.zeros(num_features)
        self.r_var = np.ones(num_features)

    def forward(self, inputs):
        if not self.is_training:
            scaled = (inputs - self.r_mean) / np.sqrt(self.r_var + self.epsilon)
            return self.params["gamma"] * scaled + self.params["beta"]
        mean, var = inputs.mean(axis=0), inputs.var(axis=0)
        self.r_mean = self.momentum * self.r_mean + (1 - self.momentum) * mean
        self.r_var = self.momentum * self.r_var + (1 - self.momentum) * var
        self.stddev_inv = 1.0 / np.sqrt(var + self.epsilon)
        self.x_norm = (inputs - mean) * self.stddev_inv
        return self.params["gamma"] * self.x_norm + self.params["beta"]

    def backward(self, grad):
        self.grads["gamma"] = np.sum(grad * self.x_norm, axis=0)
        self.grads["beta"] = np.sum(grad, axis=0)
        n = grad.shape[0]
        d_norm = grad * self.params["gamma"]
        dx = n * d_norm - d_norm.sum(axis=0) + self.x_norm * (d_norm * self.x_norm).sum(axis=0)
        return dx * self.stddev_inv / n


class BaseLoss:
    def loss(self, predicted, actual):
        raise NotImplementedError

    def grad(self, predicted, actual):
        raise NotImplementedError


class MSE(BaseLoss):
    def loss(self, predicted, actual):
        return np.mean((predicted - actual) ** 2)

    def grad(self, predicted, actual):
        return 2.0 * (predicted - actual) / predicted.shape[0]


class SoftmaxCrossEntropy(BaseLoss):
    def loss(self, logits, labels):
        m = logits.shape[0]
        exps = np.exp(logits - np.max(logits, axis=1, keepdims=True))
        p = exps / np.sum(exps, axis=1, keepdims=True)
        return -np.sum(labels * np.log(p)) / m

    def grad(self, logits, labels):
        m = logits.shape[0]
        exps = np.exp(logits - np.max(logits, axis=1, keepdims=True))
        p = exps / np.sum(exps, axis=1, keepdims=True)
        return (p - labels) / m
