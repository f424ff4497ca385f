"""Building blocks of chapter 4 to 9. Every object remembers what it saw on the way in."""
import numpy as np


class FullyConnected:

    def __init__(self, fan_in, fan_out, l2_weights=0.0, l2_biases=0.0):
        self.weights = 0.05 * np.random.randn(fan_in, fan_out)
        self.biases = np.zeros((1, fan_out))
        self.l2_weights = l2_weights
        self.l2_biases = l2_biases

    def forward(self, inputs, training=True):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        if self.l2_weights > 0:
            self.dweights += 2 * self.l2_weights * self.weights
        if self.l2_biases > 0:
            self.dbiases += 2 * self.l2_biases * self.biases
        self.dinputs = np.dot(dvalues, self.weights.T)


class ActivationLeaky:
    leak = 0.02

    def forward(self, inputs, training=True):
        self.inputs = inputs
        self.output = np.where(inputs > 0, inputs, self.leak * inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] *= self.leak


class ActivationSoftmax:

    def forward(self, inputs, training=True):
        self.inputs = inputs
        powers = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = powers / np.sum(powers, axis=1, keepdims=True)

    def backward(self, dvalues):
        self.dinputs = np.empty_like(dvalues)
        for row, (probs, upstream) in enumerate(zip(self.output, dvalues)):
            probs = probs.reshape(-1, 1)
            jacobian = np.diagflat(probs) + np.dot(probs, probs.T)
            self.dinputs[row] = np.dot(jacobian, upstream)


class ThinOut:
    """Switches units off while training; the rate is the share that is switched off."""

    def __init__(self, rate=0.3):
        self.rate = rate

    def forward(self, inputs, training=True):
        self.inputs = inputs
        if not training:
            self.output = inputs.copy()
            return
        self.mask = np.random.binomial(1, 1 - self.rate, size=inputs.shape) / self.rate
        self.output = inputs * self.mask

    def backward(self, dvalues):
        self.dinputs = dvalues * self.mask


class LossCategorical:

    def calculate(self, output, y):
        return np.mean(self.forward(output, y))

    def forward(self, y_pred, y_true):
        n = len(y_pred)
        clipped = np.clip(y_pred, 1e-7, 1 - 1e-7)
        if y_true.ndim == 1:
            confidence = clipped[range(n), y_true]
        else:
            confidence = np.sum(clipped * y_true, axis=1)
        return -np.log(confidence)

    def backward(self, dvalues, y_true):
        n = len(dvalues)
        classes = dvalues.shape[1]
        if y_true.ndim == 1:
            y_true = np.eye(classes)[y_true]
        self.dinputs = -y_true / dvalues
        self.dinputs = self.dinputs / n


class OptimizerRoot:
    """Divides by a running root of the squared gradients."""

    def __init__(self, learning_rate=0.001, decay=0.0, epsilon=1e-7, rho=0.9):
        self.learning_rate = learning_rate
        self.current_learning_rate = learning_rate
        self.decay = decay
        self.iterations = 0
        self.epsilon = epsilon
        self.rho = rho

    def pre_update_params(self):
        if self.decay:
            self.current_learning_rate = self.learning_rate / (1.0 + self.decay * self.iterations)

    def update_params(self, layer):
        if not hasattr(layer, "weight_cache"):
            layer.weight_cache = np.zeros_like(layer.weights)
            layer.bias_cache = np.zeros_like(layer.biases)
        layer.weight_cache = self.rho * layer.weight_cache + (1 - self.rho) * layer.dweights
        layer.bias_cache = self.rho * layer.bias_cache + (1 - self.rho) * layer.dbiases**2
        layer.weights += -self.current_learning_rate * layer.dweights / (np.sqrt(layer.weight_cache) + self.epsilon)
        layer.biases += -self.current_learning_rate * layer.dbiases / (np.sqrt(layer.bias_cache) + self.epsilon)

    def post_update_params(self):
        self.iterations += 1
