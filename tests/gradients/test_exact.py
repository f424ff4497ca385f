"""The complex step and dual numbers: correct up to rounding on layers' formulas, and refused where they cannot be had."""

import numpy as np
import pytest

from pellucid.gradients import DifferentiationError, complex_step_gradient, exact_gradient, numerical_gradient
from pellucid.shapes import ShapeError

DRAW = np.random.default_rng(3)
X = DRAW.normal(size=(4, 5))
W = DRAW.normal(size=(5, 3))


def batchnorm(x):
    return (x - x.mean(axis=0)) / np.sqrt(((x - x.mean(axis=0)) ** 2).mean(axis=0) + 1e-5)


def softmax_loss(x):
    shifted = x - np.max(x, axis=1, keepdims=True)
    log_probs = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.sum(log_probs[np.arange(4), [0, 2, 1, 4]]) / 4


FUNCTIONS = {
    "affine": lambda x: x @ W + 1.5,
    "einsum": lambda x: np.einsum("nd,dm->nm", x, W),
    "ReLU": lambda x: np.maximum(x, 0),
    "where": lambda x: np.where(x > 0, x, 0.1 * x),
    "softmax loss": softmax_loss,
    "batch norm": batchnorm,
    "powers and quotients": lambda x: x**3 / (1 + x**2) - np.tanh(x) * np.exp(-x),
    "largest of a row": lambda x: x.max(axis=1),
    "axes moved": lambda x: np.pad(x.reshape(2, 2, 5), ((0, 0), (1, 1), (0, 0))).transpose(2, 0, 1)[1:] ** 2,
    "joined": lambda x: np.concatenate([x[:2] * 2.0, x[2:] ** 2], axis=1),
}


@pytest.mark.parametrize("differentiate", [complex_step_gradient, exact_gradient])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_agrees_with_central_differences(name, differentiate):
    f = FUNCTIONS[name]
    dout = DRAW.normal(size=np.shape(f(X)))
    before = X.copy()
    assert np.abs(differentiate(f, X, dout) - numerical_gradient(f, X, dout)).max() < 1e-8
    assert (before == X).all()


@pytest.mark.parametrize("differentiate", [complex_step_gradient, exact_gradient])
def test_exact_where_differences_drown(differentiate):
    """f rounds away all digits of a step of 1e-5; the derivative is 3 x^2 all the same."""
    x = np.array([1.0, 2.0])
    f = lambda x: x**3 + 1e12  # noqa: E731
    assert np.abs(differentiate(f, x) - 3 * x**2).max() < 1e-14 * 12
    assert np.abs(numerical_gradient(f, x) - 3 * x**2).max() > 1e-3


def test_a_wrong_formula_is_not_confirmed():
    x = DRAW.normal(size=(3, 4))
    gradient = exact_gradient(lambda x: (x**2).sum(), x)
    assert np.abs(gradient - x).max() > 0.1  # the 2 of the square cannot be lost unnoticed
    assert np.abs(gradient - 2 * x).max() < 1e-15


def test_the_complex_step_refuses_what_drops_the_imaginary_part():
    def into_a_buffer(x):
        out = np.zeros(x.shape)
        out[...] = x.real
        return out

    with pytest.raises(DifferentiationError, match="drops the imaginary part"):
        complex_step_gradient(into_a_buffer, X)


def test_the_complex_step_notices_what_is_not_analytic():
    with pytest.raises(DifferentiationError, match="central differences"):
        complex_step_gradient(
            lambda x: np.where(x.imag == 0, x**2, x * np.conj(x)) * (1 + 0j) if np.iscomplexobj(x) else x**2, X
        )


def test_dual_numbers_refuse_what_has_no_rule():
    with pytest.raises(DifferentiationError, match="arctan"):
        exact_gradient(np.arctan, X)

    def into_a_buffer(x):
        out = np.zeros(x.shape)
        out[...] = x * 2
        return out

    with pytest.raises(DifferentiationError, match="array of numbers"):
        exact_gradient(into_a_buffer, X)


@pytest.mark.parametrize("differentiate", [complex_step_gradient, exact_gradient])
def test_bad_arguments_are_told_in_one_line(differentiate):
    with pytest.raises(ShapeError, match=r"float64"):
        differentiate(lambda x: x, X.astype(np.float32))
    with pytest.raises(ShapeError, match=r"dout must have the shape of f\(x\), \(4, 5\)"):
        differentiate(lambda x: x, X, np.ones(3))


@pytest.mark.parametrize("differentiate", [complex_step_gradient, exact_gradient])
def test_the_layers_themselves(differentiate):
    """Our own backwards against our own forwards, to 1e-12."""
    from pellucid import layers

    gamma, beta = DRAW.uniform(0.5, 2, 5), DRAW.normal(size=5)
    dout = DRAW.normal(size=(4, 5))

    def forward(x):
        centered = x - np.mean(x, axis=0)
        return gamma * centered / np.sqrt(np.mean(centered**2, axis=0) + 1e-5) + beta

    _, cache = layers.batchnorm_forward(X, gamma, beta)
    dx, _, _ = layers.batchnorm_backward(dout, cache)
    assert np.abs(differentiate(forward, X, dout) - dx).max() < 1e-12
