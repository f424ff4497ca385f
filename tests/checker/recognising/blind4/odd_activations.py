"""Activations that I tried last summer. Derivatives take what the activation took."""
import numpy as np


def snake(x, a=1.5):
    return x + np.sin(a * x) ** 2 / a


def d_snake(x, a=1.5):
    return 1 + np.sin(2 * a * x)


def squareplus(x, b=4.0):
    return 0.5 * (x + np.sqrt(x * x + b))


def d_squareplus(x, b=4.0):
    return 0.5 * (1 + x / np.sqrt(x * x + b))


def softsign(x):
    return x / (1 + np.abs(x))


def d_softsign(x):
    return 1 / (1 + np.abs(x))


def bump(x):
    return np.exp(-x * x)


def d_bump(x):
    return -x * np.exp(-x * x)


def shrink(x, width=0.5):
    return np.sign(x) * np.maximum(np.abs(x) - width, 0)


def d_shrink(x, width=0.5):
    return (np.abs(x) > width).astype(float)


def bent(x):
    return (np.sqrt(x**2 + 1) - 1) / 2 + x


def d_bent(x):
    return x / (2 * np.sqrt(x**2 + 1)) + 1


def celu(x, a=0.8):
    return np.maximum(0, x) + np.minimum(0, a * (np.exp(x / a) - 1))


def d_celu(x, a=0.8):
    return np.where(x >= 0, 1, np.exp(x))
