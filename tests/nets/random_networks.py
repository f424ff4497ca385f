"""Random networks: layers of every kind that fit one another, with and without branches, and the slopes of their loss."""

import random
from typing import NamedTuple

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from pellucid.nets import (
    GELU,
    Affine,
    AvgPool,
    BatchNorm,
    Conv,
    Dropout,
    Flatten,
    Function,
    GlobalAvgPool,
    GroupNorm,
    LayerNorm,
    LeakyReLU,
    MaxPool,
    Network,
    ReLU,
    Residual,
    Sigmoid,
    Tanh,
    VanillaDropout,
    lower,
)

STEPS = (1e-5, 1e-6, 1e-7)  # of the differences; a kink between x - h and x + h is left behind by a smaller one
TOLERANCE = 2e-7  # of max(1, the largest gradient)


def examples(count):
    """Settings of a property: the same networks in every run, no deadline on a shared machine."""
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


class Case(NamedTuple):
    """A network's layers and a batch for it."""

    layers: list
    input_shape: tuple
    rows: int
    seed: int

    def network(self, dtype=np.float64, **options):
        """The network, every parameter moved away from its first value: a bias or beta of 0 hides mistakes."""
        net = Network(self.layers, self.input_shape, seed=self.seed, dtype=dtype, **options)
        rng = np.random.default_rng(self.seed + 1)
        for name, array in net.params.items():
            net.params[name] = array + 0.3 * rng.standard_normal(array.shape)
        for name, array in net.state.items():
            net.state[name] = array + rng.uniform(0.1, 0.5, array.shape)
        return net

    def batch(self, dtype=np.float64):
        """Read-only samples, and labels."""
        rng = np.random.default_rng(self.seed + 2)
        x = rng.standard_normal((self.rows, *self.input_shape)).astype(dtype)
        x.flags.writeable = False
        classes = lower(self.layers, self.input_shape).output_shape[0]
        return x, rng.integers(0, classes, self.rows)


def _bend_forward(x, scale):
    along = scale.reshape(-1, *[1] * (x.ndim - 2))
    return x + along * x**2, (x, along)


def _bend_backward(dout, cache):
    x, along = cache
    dscale = (dout * x**2).sum(axis=(0, *range(2, x.ndim)))
    return dout * (1 + 2 * along * x), dscale


def bend(channels):
    """x + scale x**2, a scale for each channel or feature: a Function with a parameter that does not decay."""
    return Function(_bend_forward, _bend_backward, {"scale": np.linspace(-0.2, 0.2, channels)}, name="bend")


def _mix_forward(x, weight):
    out = np.tanh(x.reshape(len(x), -1) @ weight)
    return out, (x, weight, out)


def _mix_backward(dout, cache):
    x, weight, out = cache
    dsum = dout * (1 - out**2)
    return (dsum @ weight.T).reshape(x.shape), x.reshape(len(x), -1).T @ dsum


def mix(shape, out):
    """tanh(x weight): a Function with a parameter that decays and another shape going out than in."""
    features = int(np.prod(shape))
    weight = np.sin(np.arange(features * out)).reshape(features, out)
    return Function(_mix_forward, _mix_backward, {"weight": weight}, output_shape=(out,), name="mix")


class _Maker:
    """Draws layers for samples of a shape. One seed, one network: hypothesis would draw mostly the simplest kinds."""

    def __init__(self, seed):
        self.rng = random.Random(seed)

    def size(self, most=3):
        return self.rng.randint(1, most)

    def either(self, *choices):
        return self.rng.choice(choices)

    def eps(self):
        # An eps of 1e-5 over a feature that hardly varies curves so much that differences say nothing of the gradient.
        return self.either(0.01, 0.1)

    def pair(self, most=3):
        return self.either(self.size(most), (self.size(most), self.size(most)))

    def init(self):
        return self.either(None, "he", "xavier", 0.5)

    def shape_preserving(self, shape):
        """A layer that leaves any shape as it is."""
        return self.either(
            ReLU(),
            Sigmoid(),
            Tanh(),
            GELU(),
            bend(shape[0]),
            LeakyReLU(self.either(0.01, 0.3)),
            Dropout(self.either(0.5, 0.8, 1.0)),
            VanillaDropout(self.either(0.5, 0.8, 1.0)),
            BatchNorm(self.eps(), self.either(0.0, 0.9, 1.0)),
            LayerNorm(self.eps()),
        )

    def conv(self, shape):
        pad = self.rng.randint(0, 1), self.rng.randint(0, 2)
        kernel = tuple(min(self.size(), size + 2 * p) for size, p in zip(shape[1:], pad, strict=True))
        return Conv(self.size(), kernel, self.pair(), pad, self.init())

    def pool(self, shape):
        size = tuple(min(self.size(), length) for length in shape[1:])
        return self.either(MaxPool, AvgPool)(size, self.either(None, self.pair()))

    def residual(self, shape, depth):
        """Branches that merge: a shortcut of x itself, or with layers of its own."""
        kind = self.either("identity", "affine", "conv" if len(shape) == 3 else "identity")
        if kind == "conv":
            filters, stride = self.size(), self.size(2)
            body = Conv(filters, 3, stride, 1)
            inner = self.branch(lower([body], shape).output_shape, depth - 1)
            return Residual([body, *inner], [Conv(filters, 1, stride)])
        if kind == "affine":
            out = self.size()
            return Residual([Affine(out), *self.branch((out,), depth - 1)], [Affine(out), Tanh()])
        return Residual([*self.branch(shape, depth - 1), bend(shape[0])])

    def branch(self, shape, depth):
        """One or two layers that keep the shape, perhaps a residual among them."""
        layers = [self.shape_preserving(shape) for _ in range(self.size(2))]
        if depth > 0 and self.either(True, False):
            layers.append(Residual(self.branch(shape, depth - 1)))
        return layers

    def layer(self, shape):
        """Any layer that fits."""
        choices = [lambda: self.shape_preserving(shape)] * 3 + [lambda: self.residual(shape, 2)]
        if len(shape) == 3:
            divisors = [g for g in range(1, shape[0] + 1) if shape[0] % g == 0]
            choices += [lambda: self.conv(shape)] * 3 + [lambda: self.pool(shape)] * 2
            choices += [lambda: GroupNorm(self.either(*divisors), self.eps())] * 2
            choices += [lambda: self.either(GlobalAvgPool(), Flatten(), Affine(self.size(4), self.init()))]
        else:
            choices += [lambda: Affine(self.size(4), self.init()), lambda: mix(shape, self.size())]
        return self.rng.choice(choices)()


def random_case(seed, length, images=None):
    """A network of `length` random layers (one more where the last does not end in scores), and a batch of 1 to 3 rows."""
    maker = _Maker(seed)
    images = maker.either(True, True, False) if images is None else images
    input_shape = (maker.size(4), maker.size(5), maker.size(5)) if images else (maker.size(5),)
    layers, shape = [], input_shape
    for _ in range(length):
        layers.append(maker.layer(shape))
        shape = lower([layers[-1]], shape).output_shape
    if len(shape) == 3 or shape[0] < 2 or maker.either(True, False):
        layers.append(Affine(maker.rng.randint(2, 4)))
    return Case(layers, input_shape, maker.size(), maker.rng.randrange(2**16))


cases = st.builds(random_case, seed=st.integers(0, 2**32 - 1), length=st.integers(1, 6))
image_cases = st.builds(random_case, seed=st.integers(0, 2**32 - 1), length=st.integers(2, 5), images=st.just(True))


def assert_slopes(value, array, gradient, rng, entries=10):
    """Central differences of value(), as entries of `array` move in place, are the entries of `gradient`."""
    assert gradient.shape == array.shape
    allowed = TOLERANCE * max(1.0, np.max(np.abs(gradient), initial=0))
    chosen = rng.choice(array.size, size=min(entries, array.size), replace=False)
    for index in zip(*np.unravel_index(chosen, array.shape), strict=True):
        found = []
        for step in STEPS:
            found.append(_central(value, array, index, step))
            if abs(found[-1] - gradient[index]) <= allowed:
                break
        else:
            raise AssertionError(f"at {index}: backward {gradient[index]}, differences {found}")


def _central(value, array, index, step):
    before = array[index]
    try:
        array[index] = before + step
        above = value()
        array[index] = before - step
        return (above - value()) / (2 * step)
    finally:
        array[index] = before
