"""What the recurrent exercises hand out: activations of columns."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    exps = np.exp(x - np.max(x))
    return exps / exps.sum(axis=0)
