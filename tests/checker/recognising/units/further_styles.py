# unit: Times | product of each number | wrong | swap/other/not the derivative
# unit: Ratio | none | correct
# unit: Fc | linear | correct
# unit: Damper | none | wrong | 2 times/factor
# unit: halve | none | correct
# unit: cubed | none | wrong | factor/times
# unit: soft | softplus | correct
# unit: gauss_nll | none | correct
# unit: margin_cost | none | wrong | factor/times
# unit: Perceptron | linear | correct
# unit: Spread | none | correct
# unit: Steps | none | correct
# unit: Gated | none | correct
import math
from dataclasses import dataclass

import numpy as np


# --- operations whose context is of this file -------------------------------------------------------------
class Tape:
    def __init__(self):
        self.notes = {}

    def note(self, **things):
        self.notes.update(things)


class Times:
    @staticmethod
    def forward(tape, left, right):
        tape.note(left=left, right=right)
        return left * right

    @staticmethod
    def backward(tape, up):
        return up * tape.notes["left"], up * tape.notes["right"]  # here


class Ratio:
    @staticmethod
    def forward(tape, left, right):
        tape.note(left=left, right=right)
        return left / right

    @staticmethod
    def backward(tape, up):
        left, right = tape.notes["left"], tape.notes["right"]
        return up / right, -up * left / right**2


# --- layers whose base class makes the weights ------------------------------------------------------------------
class Base:
    ready = False

    def __call__(self, x):
        if not self.ready:
            self.build(x.shape[-1])
            self.ready = True
        return self.call(x)

    def build(self, width):
        pass


class Fc(Base):
    def __init__(self, units):
        self.units = units

    def build(self, width):
        self.w, self.b = np.random.randn(width, self.units), np.zeros(self.units)

    def call(self, x):
        self.seen = x
        return x @ self.w + self.b

    def gradients(self, g):
        return {"x": g @ self.w.T, "w": self.seen.T @ g, "b": g.sum(0)}


@dataclass
class Damper:
    """x * exp(-rate * x**2), one rate a column"""

    rate: np.ndarray

    def __call__(self, x):
        self.x = x
        self.e = np.exp(-self.rate * x * x)
        return x * self.e

    def grad(self, g):
        self.drate = (-g * self.x**3 * self.e).sum(axis=0)
        return 2 * g * self.e * (1 - 2 * self.rate * self.x**2)  # here


# --- values with what takes a gradient back ---------------------------------------------------------------------
def halve(x):
    """The first half of the features, weighed by the softplus of the second."""
    n = x.shape[-1] // 2
    a, b = x[..., :n], x[..., n:]
    weight = np.log1p(np.exp(b))
    return a * weight, lambda g: np.concatenate([g * weight, g * a / (1 + np.exp(-b))], axis=-1)


def cubed(x):
    def back(g):
        return 2 * g * x**2  # here

    return x**3, back


soft = lambda v: np.log1p(np.exp(v))


def soft_derivative(v):
    return 1 / (1 + np.exp(-v))


# --- values with their gradients ----------------------------------------------------------------------------------
def gauss_nll(mean, log_var):
    """of a target that is 0"""
    value = 0.5 * (log_var + mean**2 * np.exp(-log_var)).mean()
    return value, mean * np.exp(-log_var) / mean.size, 0.5 * (1 - mean**2 * np.exp(-log_var)) / mean.size


def margin_cost(up, down):
    gap = 1 - up + down
    on = (gap > 0) / gap.size
    g_up = -on
    g_down = 2 * on  # here
    return np.maximum(gap, 0).mean(), g_up, g_down


# --- one sample at a time -------------------------------------------------------------------------------------------
class Perceptron:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_out, n_in), np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return self.W @ x + self.b

    def backward(self, d):
        self.dW, self.db = np.outer(d, self.x), d
        return self.W.T @ d


class Spread:
    """Weights over (batch, time, width), which alone is what its backward takes."""

    def __init__(self, width):
        self.w = np.random.randn(width, width)

    def forward(self, x):
        self.x = x
        return np.sin(x @ self.w)

    def backward(self, d):
        d = d * np.cos(self.x @ self.w)
        self.dw = np.einsum("bti,btj->ij", self.x, d)
        return d @ self.w.T


class Steps:
    """Rounds; the gradient passes straight through."""

    def forward(self, x):
        return np.round(x * 4) / 4

    def backward(self, d):
        return d


class Gated:
    """A step of a cell with one gate."""

    def __init__(self, n_in, n_hidden):
        self.Wg, self.Ug = np.random.randn(n_in, n_hidden), np.random.randn(n_hidden, n_hidden)

    def forward(self, x, h):
        self.x, self.h = x, h
        self.g = 1 / (1 + np.exp(-(x @ self.Wg + h @ self.Ug)))
        return self.g * h

    def backward(self, d):
        dz = d * self.h * self.g * (1 - self.g)
        self.dWg, self.dUg = self.x.T @ dz, self.h.T @ dz
        return dz @ self.Wg.T, d * self.g + dz @ self.Ug.T
