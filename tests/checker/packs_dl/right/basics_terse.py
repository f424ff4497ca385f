import math

import numpy as np


def basic_sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


def sigmoid(x):
    return np.exp(-np.logaddexp(0, -x))


def sigmoid_derivative(x):
    s = sigmoid(x)
    return s - s**2


def image2vector(image):
    return image.reshape(-1, 1)


def normalizeRows(x):
    return x / np.sqrt((x * x).sum(axis=1))[:, None]


def softmax(x):
    e = np.exp(x)
    return (e.T / e.sum(axis=1)).T


def L1(yhat, y):
    return abs(yhat - y).sum()


def L2(yhat, y):
    d = yhat - y
    return np.dot(d, d)
