# unit: Logistic | sigmoid | correct
# unit: Hyper | tanh | wrong | square/derivative
# unit: Logit | sigmoid | correct
# unit: Arctan | none | wrong | not the derivative
# unit: affine_fwd | linear | correct
# unit: ramp_fwd | relu | correct
# unit: bounded_fwd | sigmoid | wrong | not the derivative/1 -
# unit: nonlin | sigmoid | correct
# unit: hyperbolic | tanh | wrong | not the derivative
# unit: smooth_l1 | huber | wrong | not the derivative/delta
# unit: Shares | softmax | wrong | diagonal
"""Base classes that hold forward and backward, residuals before the gradient, a flag for the derivative, a width with a default of 1."""

from abc import ABC, abstractmethod

import numpy as np

class Squash:
    def __init__(self, name):
        self.name = name

    def forward(self, u):
        self.u = u
        return self.shape_of(u)

    def backward(self, g):
        return self.slope_of(self.u) * g

    def shape_of(self, u):
        raise NotImplementedError

    def slope_of(self, u):
        raise NotImplementedError


class Logistic(Squash):
    def __init__(self):
        super().__init__("logistic")

    def shape_of(self, u):
        return 1 / (1 + np.exp(-u))

    def slope_of(self, u):
        return self.shape_of(u) * (1 - self.shape_of(u))


class Hyper(Squash):
    def __init__(self):
        super().__init__("hyper")

    def shape_of(self, u):
        return np.tanh(u)

    def slope_of(self, u):
        return 1 - np.tanh(u)  # here


class Curve(ABC):
    def __call__(self, z):
        return self.fn(z)

    @abstractmethod
    def fn(self, z):
        raise NotImplementedError

    @abstractmethod
    def grad(self, x):
        raise NotImplementedError


class Logit(Curve):
    def fn(self, z):
        return 1 / (1 + np.exp(-z))

    def grad(self, x):
        s = self.fn(x)
        return s * (1 - s)


class Arctan(Curve):
    def fn(self, z):
        return np.arctan(z)

    def grad(self, x):
        return 1 / (1 - x ** 2)  # here


def affine_fwd(params, x):
    return x @ params["w"] + params["b"], (params, x)


def affine_bwd(kept, g):
    params, x = kept
    return {"w": x.T @ g, "b": g.sum(axis=0)}, g @ params["w"].T


def ramp_fwd(x):
    return np.maximum(0, x), x > 0


def ramp_bwd(positive, g):
    return g * positive


def bounded_fwd(x):
    s = 1 / (1 + np.exp(-x))
    return s, s


def bounded_bwd(s, g):
    return g * s * (1 + s)  # here


def nonlin(x, deriv=False):
    if deriv == True:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))


def hyperbolic(x, derivative=False):
    if derivative:
        return 1 - x  # here
    return np.tanh(x)


def smooth_l1(guess, target, delta=1.0):
    gap = guess - target
    near = np.abs(gap) < delta
    value = np.where(near, gap ** 2 / 2, delta * np.abs(gap) - delta ** 2 / 2).sum()
    return value, np.where(near, gap, np.sign(gap))  # here


class Shares:
    def activate(self, z):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def derivative(self, z):
        s = self.activate(z)
        return s * (1 - s)  # here
