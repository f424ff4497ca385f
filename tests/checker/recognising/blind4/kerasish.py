"""Layers in the manner of a well-known high-level library, NHWC throughout."""
import numpy as np


class Layer:
    def __init__(self, name=None):
        self.name = name or type(self).__name__.lower()
        self.built = False

    def build(self, input_shape):
        pass

    def __call__(self, inputs, training=True):
        if not self.built:
            self.build(inputs.shape)
            self.built = True
        return self.call(inputs, training=training)


class Dense(Layer):
    def __init__(self, units, use_bias=True, name=None):
        super().__init__(name)
        self.units = units
        self.use_bias = use_bias

    def build(self, input_shape):
        limit = np.sqrt(6 / (input_shape[-1] + self.units))
        self.kernel = np.random.uniform(-limit, limit, (input_shape[-1], self.units))
        self.bias = np.zeros(self.units)

    def call(self, inputs, training=True):
        self._inputs = inputs
        z = inputs @ self.kernel
        return z + self.bias if self.use_bias else z

    def gradients(self, upstream):
        return {
            "inputs": upstream @ self.kernel.T,
            "kernel": self._inputs.T @ upstream,
            "bias": upstream.sum(axis=0),
        }


class LayerNormalization(Layer):
    def __init__(self, epsilon=1e-3, name=None):
        super().__init__(name)
        self.epsilon = epsilon

    def build(self, input_shape):
        self.gamma = np.ones(input_shape[-1])
        self.beta = np.zeros(input_shape[-1])

    def call(self, inputs, training=True):
        mean = np.mean(inputs, axis=-1, keepdims=True)
        variance = np.var(inputs, axis=-1, keepdims=True)
        self._std = np.sqrt(variance + self.epsilon)
        self._normal = (inputs - mean) / self._std
        return self.gamma * self._normal + self.beta

    def gradients(self, upstream):
        d = self._normal.shape[-1]
        lead = tuple(range(upstream.ndim - 1))
        dn = upstream * self.gamma
        dx = (d * dn - dn.sum(-1, keepdims=True) - self._normal * (dn * self._normal).sum(-1, keepdims=True)) / (d * self._std)
        return {"inputs": dx, "gamma": (upstream * self._normal).sum(lead), "beta": upstream.sum(lead)}


class BatchNormalization(Layer):
    def __init__(self, momentum=0.99, epsilon=1e-3, name=None):
        super().__init__(name)
        self.momentum = momentum
        self.epsilon = epsilon

    def build(self, input_shape):
        c = input_shape[-1]
        self.gamma, self.beta = np.ones(c), np.zeros(c)
        self.moving_mean, self.moving_variance = np.zeros(c), np.ones(c)

    def call(self, inputs, training=True):
        if not training:
            return self.gamma * (inputs - self.moving_mean) / np.sqrt(self.moving_variance + self.epsilon) + self.beta
        axes = tuple(range(inputs.ndim - 1))
        mean, variance = inputs.mean(axes), inputs.var(axes)
        self.moving_mean = self.momentum * self.moving_mean + (1 - self.momentum) * mean
        self.moving_variance = self.momentum * self.moving_variance + (1 - self.momentum) * mean
        self._inv = 1 / np.sqrt(variance + self.epsilon)
        self._xhat = (inputs - mean) * self._inv
        return self.gamma * self._xhat + self.beta

    def gradients(self, upstream):
        axes = tuple(range(upstream.ndim - 1))
        dbeta = upstream.sum(axes)
        dgamma = (upstream * self._xhat).sum(axes)
        m = upstream.size / upstream.shape[-1]
        dx = self.gamma * self._inv * (upstream - dbeta / m - self._xhat * dgamma / m)
        return {"inputs": dx, "gamma": dgamma, "beta": dbeta}


class GlobalAveragePooling2D(Layer):
    def call(self, inputs, training=True):
        self._shape = inputs.shape
        return inputs.mean(axis=(1, 2))

    def gradients(self, upstream):
        n, h, w, c = self._shape
        return {"inputs": np.ones(self._shape) * upstream[:, None, None, :] / (h * w)}


class Conv2D(Layer):
    """padding='valid' only"""

    def __init__(self, filters, kernel_size=3, strides=1, name=None):
        super().__init__(name)
        self.filters, self.k, self.s = filters, kernel_size, strides

    def build(self, input_shape):
        self.kernel = 0.1 * np.random.randn(self.k, self.k, input_shape[-1], self.filters)
        self.bias = np.zeros(self.filters)

    def call(self, inputs, training=True):
        self._x = inputs
        n, h, w, _ = inputs.shape
        oh, ow = (h - self.k) // self.s + 1, (w - self.k) // self.s + 1
        out = np.zeros((n, oh, ow, self.filters))
        for i in range(oh):
            for j in range(ow):
                patch = inputs[:, i * self.s:i * self.s + self.k, j * self.s:j * self.s + self.k, :]
                out[:, i, j, :] = np.tensordot(patch, self.kernel, axes=([1, 2, 3], [0, 1, 2]))
        return out + self.bias

    def gradients(self, upstream):
        dx, dk = np.zeros_like(self._x), np.zeros_like(self.kernel)
        _, oh, ow, _ = upstream.shape
        for i in range(oh):
            for j in range(ow):
                rows, cols = slice(i * self.s, i * self.s + self.k), slice(j * self.s, j * self.s + self.k)
                g = upstream[:, i, j, :]
                dk += np.tensordot(self._x[:, rows, cols, :], g, axes=([0], [0]))
                dx[:, rows, cols, :] += np.tensordot(g, self.kernel, axes=([1], [3]))
        return {"inputs": dx, "kernel": dk, "bias": upstream.sum(axis=(0, 1, 2))}


class DepthwiseConv2D(Layer):
    """One filter a channel; padding='valid', strides=1"""

    def __init__(self, kernel_size=3, name=None):
        super().__init__(name)
        self.k = kernel_size

    def build(self, input_shape):
        self.kernel = 0.1 * np.random.randn(self.k, self.k, input_shape[-1])

    def call(self, inputs, training=True):
        self._x = inputs
        n, h, w, c = inputs.shape
        oh, ow = h - self.k + 1, w - self.k + 1
        out = np.zeros((n, oh, ow, c))
        for a in range(self.k):
            for b in range(self.k):
                out += inputs[:, a:a + oh, b:b + ow, :] * self.kernel[a, b]
        return out

    def gradients(self, upstream):
        _, oh, ow, _ = upstream.shape
        dx, dk = np.zeros_like(self._x), np.zeros_like(self.kernel)
        for a in range(self.k):
            for b in range(self.k):
                dk[a, b] = (self._x[:, a:a + oh, b:b + ow, :] * upstream).sum(axis=(0, 1, 2))
                dx[:, a:a + oh, b:b + ow, :] += upstream * self.kernel[self.k - 1 - a, self.k - 1 - b]
        return {"inputs": dx, "kernel": dk}


class Embedding(Layer):
    def __init__(self, input_dim, output_dim, name=None):
        super().__init__(name)
        self.embeddings = 0.05 * np.random.randn(input_dim, output_dim)

    def call(self, inputs, training=True):
        self._ids = inputs
        return self.embeddings[inputs]

    def gradients(self, upstream):
        g = np.zeros_like(self.embeddings)
        g[self._ids] += upstream
        return {"embeddings": g}
