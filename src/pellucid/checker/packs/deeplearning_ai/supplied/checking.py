"""What gradient checking's exercise hands out: the network's forward, and dictionaries turned into vectors and back."""

import numpy as np

SHAPES = {"W1": (5, 4), "b1": (5, 1), "W2": (3, 5), "b2": (3, 1), "W3": (1, 3), "b3": (1, 1)}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def relu(x):
    return np.maximum(0, x)


def forward_propagation(x, theta):
    return theta * x


def backward_propagation(x, theta):
    return x


def forward_propagation_n(X, Y, parameters):
    W1, b1, W2, b2, W3, b3 = (parameters[name] for name in SHAPES)
    Z1 = np.dot(W1, X) + b1
    A1 = np.maximum(0, Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = np.maximum(0, Z2)
    Z3 = np.dot(W3, A2) + b3
    A3 = 1 / (1 + np.exp(-Z3))
    cost = -np.sum(Y * np.log(A3) + (1 - Y) * np.log(1 - A3)) / X.shape[1]
    return cost, (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3)


def dictionary_to_vector(parameters):
    keys = [name for name in SHAPES for _ in range(parameters[name].size)]
    return np.concatenate([parameters[name].reshape(-1, 1) for name in SHAPES]), keys


def gradients_to_vector(gradients):
    return np.concatenate([gradients["d" + name].reshape(-1, 1) for name in SHAPES])


def vector_to_dictionary(theta):
    parameters, start = {}, 0
    for name, shape in SHAPES.items():
        size = shape[0] * shape[1]
        parameters[name] = np.reshape(theta[start : start + size], shape)
        start += size
    return parameters
