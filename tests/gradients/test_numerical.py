"""Tests of `numerical`: central differences of known functions, and the relative error."""

import numpy as np
import pytest

from pellucid.gradients import numerical_gradient, relative_error
from pellucid.gradients.numerical import entries_by_size, slopes_at
from pellucid.shapes import ShapeError


def test_a_function_that_gives_a_number():
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    np.testing.assert_allclose(numerical_gradient(lambda x: float((x**3).sum()), x), 3 * x**2, rtol=1e-8)


def test_a_function_that_gives_an_array():
    x, dout = np.array([1.0, -2.0, 0.5]), np.array([2.0, -1.0, 10.0])
    np.testing.assert_allclose(numerical_gradient(np.sin, x, dout), dout * np.cos(x), rtol=1e-8)
    np.testing.assert_allclose(numerical_gradient(np.sin, x), np.cos(x), rtol=1e-8)


def test_an_output_of_another_shape_than_x():
    rng = np.random.default_rng(0)
    x, w, dout = rng.standard_normal((3, 4)), rng.standard_normal((4, 2)), rng.standard_normal((3, 2))
    np.testing.assert_allclose(numerical_gradient(lambda x: x @ w, x, dout), dout @ w.T, rtol=1e-8)


def test_an_upstream_number():
    gradient = numerical_gradient(lambda x: (x**2).sum(), np.array([3.0]), -2.0)
    np.testing.assert_allclose(gradient, [-12], rtol=1e-9)


def test_x_of_any_shape():
    assert numerical_gradient(np.sum, np.zeros((0, 3))).shape == (0, 3)
    np.testing.assert_allclose(numerical_gradient(lambda x: x**2, np.array(3.0)), 6.0, rtol=1e-9)


def test_x_is_only_read():
    x = np.arange(6.0).reshape(2, 3)[:, ::-1]
    x.flags.writeable = False
    np.testing.assert_allclose(numerical_gradient(lambda x: (x**2).sum(), x), 2 * x, rtol=1e-8, atol=1e-9)


def test_x_is_not_changed_by_a_function_that_works_in_place():
    def square_in_place(x):
        x *= x
        return x.sum()

    x = np.array([3.0, 4.0])
    np.testing.assert_allclose(numerical_gradient(square_in_place, x), [6, 8], rtol=1e-8)
    assert x.tolist() == [3, 4]


def test_a_function_may_reuse_its_output():
    out = np.empty(3)
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(numerical_gradient(lambda x: np.multiply(x, x, out=out), x), 2 * x, rtol=1e-8)


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3, 1e6])
def test_the_step_follows_the_size_of_x(size):
    """A fixed 1e-5 would be lost against 1e6: 8 digits of the difference would be rounding."""
    x = np.array([size, -size])
    np.testing.assert_allclose(numerical_gradient(lambda x: x**2, x), 2 * x, rtol=1e-6)


def test_the_step_can_be_chosen():
    coarse = numerical_gradient(lambda x: x**3, np.array([0.0]), h=0.5)
    np.testing.assert_allclose(coarse, [0.25])  # ((h)^3 - (-h)^3) / 2h = h^2
    two_sided = numerical_gradient(np.abs, np.array([0.1]), h=0.3)
    np.testing.assert_allclose(two_sided, [(0.4 - 0.2) / 0.6])


@pytest.mark.parametrize(
    ("x", "kind"),
    [(np.zeros(2, np.float32), "float32"), (np.zeros(2, int), "int64"), ([1.0, 2.0], "list"), (1.0, "float")],
)
def test_anything_but_float64_is_refused(x, kind):
    with pytest.raises(ShapeError, match=f"^numerical_gradient: x must be a float64 array .*; got {kind}$"):
        numerical_gradient(np.sum, x)


@pytest.mark.parametrize("h", [0, -1e-5, np.nan])
def test_the_step_must_be_positive(h):
    with pytest.raises(ShapeError, match=r"^numerical_gradient: h must be positive; got "):
        numerical_gradient(np.sum, np.zeros(2), h=h)


@pytest.mark.parametrize("dout", [np.ones(3), np.ones((2, 1)), 1.0, np.ones((1, 2))])
def test_the_upstream_gradient_does_not_broadcast(dout):
    message = r"^numerical_gradient: dout must have the shape of f\(x\), \(2,\); got "
    with pytest.raises(ShapeError, match=message):
        numerical_gradient(np.sin, np.zeros(2), dout)


def test_slopes_of_both_sides_at_a_kink():
    x, one = np.array([0.0]), np.array([1.0])
    slopes = slopes_at(lambda x: np.maximum(3 * x, -x), x, (0,), np.array([0.0]), one, 1e-5)
    np.testing.assert_allclose(slopes[:3], [-1, 3, 1])
    assert 0 < slopes.noise < 2e-14


def test_the_noise_bounds_the_rounding_of_a_large_output():
    x = np.random.default_rng(0).uniform(1, 2, 50)
    off = []
    for index in np.ndindex(x.shape):
        slopes = slopes_at(lambda x: 1e6 + x, x, index, 1e6 + x, np.ones(50), 1e-5)
        assert 1e-6 < slopes.noise < 1e-3
        off.append(abs(slopes.central - 1) / slopes.noise)
    assert max(off) < 1


def test_relative_error_is_the_courses():
    assert relative_error(np.array([1.0, 2.0]), np.array([1.0, 2.0])) == 0
    assert relative_error(np.array([1.0, 3.0]), np.array([1.0, 1.0])) == 2 / 4
    assert relative_error(np.array([0.0]), np.array([5.0])) == 1
    assert relative_error(np.array([-5.0]), np.array([5.0])) == 1
    assert relative_error(1e-9, -1e-9) == pytest.approx(2e-9 / 1e-8)
    assert relative_error(3.0, 1.0) == 0.5
    assert relative_error(np.array([3.0, np.nan]), np.array([1.0, 1.0])) is not None
    assert np.isnan(relative_error(np.array([3.0, np.nan]), np.array([1.0, 1.0])))
    assert relative_error(np.zeros((0, 2)), np.zeros((0, 2))) == 0


def test_relative_error_does_not_broadcast():
    with pytest.raises(ShapeError, match=r"^relative_error: a and b must have the same shape; got \(3,\) and \(1, 3\)"):
        relative_error(np.zeros(3), np.zeros((1, 3)))


def test_entries_come_largest_first_and_nan_before_all():
    error = np.array([[1.0, np.nan], [np.inf, 3.0]])
    order = list(entries_by_size(error))
    assert set(order[:2]) == {(0, 1), (1, 0)}
    assert order[2:] == [(1, 1), (0, 0)]
