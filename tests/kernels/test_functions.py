"""The kernels' own exp, log, tanh, sigmoid and normal distribution against wider arithmetic: error in units of the last place."""

import math

import numpy as np
import pytest

from .instruction_sets import each_set, module_for

each_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=lambda dtype: dtype.__name__)
wide = np.longdouble
needs_wide = pytest.mark.skipif(np.finfo(wide).nmant < 60, reason="long double is no wider than double here")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# name: (the function in wider arithmetic, where it is tried in float32 and in float64, the largest error in ulps)
FUNCTIONS = {
    "exp": (np.exp, {np.float32: (-105, 90), np.float64: (-747, 711)}, 1.1),
    "sigmoid_forward": (sigmoid, {np.float32: (-105, 90), np.float64: (-747, 711)}, 2.6),
    "tanh_forward": (np.tanh, {np.float32: (-12, 12), np.float64: (-22, 22)}, 2.6),
}


def computed(isa, name, x):
    out = np.empty_like(x)
    getattr(module_for(isa), name)(x, out, 2)
    return out


def ulps(found, exact):
    """The distance in units of the last place of the exact value; equal infinities and NaNs are no distance."""
    rounded = exact.astype(found.dtype)
    finite = np.isfinite(rounded)
    assert np.array_equal(found[~finite], rounded[~finite], equal_nan=True)
    return float(np.max(np.abs(found.astype(wide) - exact)[finite] / np.spacing(np.abs(rounded[finite]))))


def points(dtype, lowest, highest):
    """Over the whole range, densely around 0, and on every scale towards 0."""
    rng = np.random.default_rng(0)
    near = rng.uniform(-2, 2, 100_000)
    return np.concatenate(
        [rng.uniform(lowest, highest, 100_000), near, near * 10 ** rng.uniform(-12, 0, near.size)]
    ).astype(dtype)


@needs_wide
@each_set
@each_dtype
@pytest.mark.parametrize("name", FUNCTIONS)
def test_last_places(isa, dtype, name):
    exact, ranges, limit = FUNCTIONS[name]
    x = points(dtype, *ranges[dtype])
    with np.errstate(all="ignore"):
        assert ulps(computed(isa, name, x), exact(x.astype(wide))) < limit


@needs_wide
@each_set
@each_dtype
def test_last_places_of_the_logarithm(isa, dtype):
    rng = np.random.default_rng(1)
    lowest, highest = np.log(np.finfo(dtype).smallest_subnormal), np.log(np.finfo(dtype).max)
    near_one = 1 + rng.uniform(-1, 1, 100_000) * 10 ** rng.uniform(-7, -0.3, 100_000)
    x = np.concatenate([np.exp(rng.uniform(lowest, highest, 100_000)), near_one]).astype(dtype)
    assert ulps(computed(isa, "log", x), np.log(x.astype(wide))) < 0.9


@each_set
@each_dtype
def test_at_the_ends(isa, dtype):
    limits = np.finfo(dtype)
    tiny, lowest, highest, inf, nan = limits.tiny, limits.smallest_subnormal, limits.max, np.inf, np.nan
    x = np.array([0.0, -0.0, inf, -inf, nan, 1.0, -1.0, highest, -highest, tiny, -tiny, lowest, -lowest], dtype)
    with np.errstate(all="ignore"):
        deep = x.astype(np.float64)
        for name, function in {
            "exp": np.exp,
            "log": np.log,
            "tanh_forward": np.tanh,
            "sigmoid_forward": sigmoid,
        }.items():
            expected = function(deep).astype(dtype)
            found = computed(isa, name, x)
            np.testing.assert_allclose(found, expected, rtol=4 * limits.eps, atol=0, err_msg=name)
            numbers = ~np.isnan(expected)
            assert np.array_equal(np.signbit(found[numbers]), np.signbit(expected[numbers])), name


@each_set
@each_dtype
def test_exp_underflows_through_the_subnormals(isa, dtype):
    limits = np.finfo(dtype)
    x = np.linspace(np.log(limits.smallest_subnormal) - 2, np.log(limits.tiny) + 1, 5001).astype(dtype)
    found, exact = computed(isa, "exp", x), np.exp(x.astype(wide))
    assert np.max(np.abs(found - exact)) <= 1.1 * limits.smallest_subnormal + limits.eps * limits.tiny
    assert found[0] == 0
    assert found[-1] > 0


@each_set
@each_dtype
def test_the_normal_tail_is_as_exact_as_its_middle(isa, dtype):
    """gelu(x) / x = P(x), with a relative error that does not grow to the left."""
    limits = np.finfo(dtype)
    x = np.concatenate([np.linspace(-37, 37, 20001), np.linspace(-1, 1, 2001)]).astype(dtype)
    x = x[x != 0]
    exact = np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in x.astype(np.float64).tolist()])
    # erfc itself is off in the last places, and its argument is rounded: relative error of about x**2 eps
    allowed = 12 * limits.eps + 2 * x.astype(np.float64) ** 2 * np.finfo(np.float64).eps
    product = x.astype(np.float64) * exact
    normal = np.abs(product) > limits.tiny * 4
    error = np.abs(computed(isa, "gelu_forward", x).astype(np.float64) - product)
    assert np.all(error[normal] <= allowed[normal] * np.abs(product[normal]))
    assert np.all(error[~normal] <= 4 * limits.tiny)
