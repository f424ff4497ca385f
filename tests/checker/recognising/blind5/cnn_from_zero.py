"""A CNN for one grey image at a time. Every backprop also takes a step."""
import numpy as np


class Conv3x3:
    # A convolution layer with 3x3 filters, no padding.

    def __init__(self, num_filters):
        self.num_filters = num_filters
        self.filters = np.random.randn(num_filters, 3, 3) / 9

    def iterate_regions(self, image):
        h, w = image.shape
        for i in range(h - 2):
            for j in range(w - 2):
                yield image[i:(i + 3), j:(j + 3)], i, j

    def forward(self, input):
        self.last_input = input
        h, w = input.shape
        output = np.zeros((h - 2, w - 2, self.num_filters))
        for region, i, j in self.iterate_regions(input):
            output[i, j] = np.sum(region * self.filters, axis=(1, 2))
        return output

    def backprop(self, d_L_d_out, learn_rate=0.01):
        d_L_d_filters = np.zeros(self.filters.shape)
        for region, i, j in self.iterate_regions(self.last_input):
            for f in range(self.num_filters):
                d_L_d_filters[f] += d_L_d_out[i, j, f] * region
        self.filters -= learn_rate * d_L_d_filters
        return None


class MaxPool2:
    # A max pooling layer with windows of 2x2.

    def iterate_regions(self, image):
        h, w, _ = image.shape
        for i in range(h // 2):
            for j in range(w // 2):
                yield image[(i * 2):(i * 2 + 2), (j * 2):(j * 2 + 2)], i, j

    def forward(self, input):
        self.last_input = input
        h, w, num_filters = input.shape
        output = np.zeros((h // 2, w // 2, num_filters))
        for region, i, j in self.iterate_regions(input):
            output[i, j] = np.amax(region, axis=(0, 1))
        return output

    def backprop(self, d_L_d_out):
        d_L_d_input = np.zeros(self.last_input.shape)
        for region, i, j in self.iterate_regions(self.last_input):
            h, w, f = region.shape
            amax = np.amax(region, axis=(0, 1))
            for i2 in range(h):
                for j2 in range(w):
                    for f2 in range(f):
                        if region[i2, j2, f2] == amax[f2]:
                            d_L_d_input[i + i2, j + j2, f2] = d_L_d_out[i, j, f2]
        return d_L_d_input


class Softmax:
    # A fully connected layer with softmax; backprop takes the gradient of the loss by the probabilities.

    def __init__(self, input_len, nodes):
        self.weights = np.random.randn(input_len, nodes) / input_len
        self.biases = np.zeros(nodes)

    def forward(self, input):
        self.last_input = input
        totals = np.dot(input, self.weights) + self.biases
        exp = np.exp(totals - totals.max())
        self.out = exp / exp.sum()
        return self.out

    def backprop(self, d_L_d_out, learn_rate=0.01):
        jacobian = np.diag(self.out) - np.outer(self.out, self.out)
        d_L_d_t = jacobian @ d_L_d_out
        d_L_d_inputs = self.weights @ d_L_d_t
        self.weights -= learn_rate * np.outer(self.last_input, d_L_d_t)
        self.biases -= learn_rate * d_L_d_t
        return d_L_d_inputs


class Hidden:
    # A fully connected layer with a sigmoid.

    def __init__(self, input_len, nodes):
        self.weights = np.random.randn(input_len, nodes) / input_len
        self.biases = np.zeros(nodes)

    def forward(self, input):
        self.last_input = input
        self.out = 1 / (1 + np.exp(-(np.dot(input, self.weights) + self.biases)))
        return self.out

    def backprop(self, d_L_d_out, learn_rate=0.01):
        delta = d_L_d_out * self.out * (1 - self.out)
        self.weights -= learn_rate * np.outer(self.last_input, delta)
        self.biases -= learn_rate * delta
        return self.weights @ delta


class ReLU:
    def forward(self, input):
        self.last_input = input
        return np.maximum(0, input)

    def backprop(self, d_L_d_out):
        d_L_d_out = d_L_d_out.copy()
        d_L_d_out[self.last_input <= 0] = 0
        return d_L_d_out
