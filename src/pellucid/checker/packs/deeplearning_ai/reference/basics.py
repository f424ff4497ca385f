"""Course 1, NumPy basics: functions of numbers and arrays, losses of vectors."""

import numpy as np


def sigmoid(x):
    s = 1 / (1 + np.exp(-x))
    return s


def relu(x):
    s = np.maximum(0, x)
    return s


def sigmoid_derivative(x):
    s = 1 / (1 + np.exp(-x))
    ds = s * (1 - s)
    return ds


def image2vector(image):
    v = image.reshape(image.shape[0] * image.shape[1] * image.shape[2], 1)
    return v


def normalize_rows(x):
    x_norm = np.linalg.norm(x, ord=2, axis=1, keepdims=True)
    return x / x_norm


def softmax(x):
    shifted = x - np.max(x, axis=1, keepdims=True)
    x_exp = np.exp(shifted)
    s = x_exp / np.sum(x_exp, axis=1, keepdims=True)
    return s


def softmax__plain(x):
    x_exp = np.exp(x)
    s = x_exp / np.sum(x_exp, axis=1, keepdims=True)
    return s


def L1(yhat, y):
    loss = np.sum(np.abs(y - yhat))
    return loss


def L2(yhat, y):
    loss = np.sum((y - yhat) ** 2)
    return loss


def basic_sigmoid(x):
    s = 1 / (1 + np.exp(-x))
    return s
