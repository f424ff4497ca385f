"""What the exercises hand out where an activation returns its value alone."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def relu(x):
    return np.maximum(0, x)


def compute_cost(a3, Y):
    return -np.sum(Y * np.log(a3) + (1 - Y) * np.log(1 - a3)) / Y.shape[1]
