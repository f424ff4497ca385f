"""Random networks: layers of every kind that fit one another, with and without branches, drawn from the cases of the layers."""

import random
from typing import NamedTuple

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from tests.cases import CASES
from tests.cases.function import bend

from pellucid.nets import Affine, Conv, Network, Residual, Tanh, lower


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


class Draw:
    """Draws settings and layers for samples of a shape. One seed, one network: hypothesis would draw mostly the simplest kinds.

    The layers are those of `tests/cases/`, each as often as its file says; only what branches is drawn here.
    """

    def __init__(self, seed):
        self.rng = random.Random(seed)

    def between(self, smallest, largest):
        return self.rng.randint(smallest, largest)

    def size(self, largest=3):
        return self.between(1, largest)

    def either(self, *choices):
        return self.rng.choice(choices)

    def eps(self):
        # An eps of 1e-5 over a feature that hardly varies curves so much that differences say nothing of the gradient.
        return self.either(0.01, 0.1)

    def pair(self, largest=3):
        return self.either(self.size(largest), (self.size(largest), self.size(largest)))

    def init(self):
        return self.either(None, "he", "xavier", 0.5)

    def plain(self, shape):
        """A layer that fits and does not branch."""
        cases = [case for case in CASES.values() if case.drawn is not None]
        while True:
            (case,) = self.rng.choices(cases, [case.often for case in cases])
            layer = case.drawn(self, shape)
            if layer is not None:
                return layer

    def shape_preserving(self, shape):
        """A layer that fits and leaves the shape as it is."""
        while True:
            layer = self.plain(shape)
            if lower([layer], shape).output_shape == shape:
                return layer

    def residual(self, shape, depth):
        """Branches that merge: a shortcut of x itself, or with layers of its own."""
        kind = self.either("identity", "affine", "conv" if len(shape) == 3 else "identity")
        if kind == "conv":
            filters, stride = self.size(), self.size(2)
            body = Conv(filters, 3, stride=stride, pad=1)
            inner = self.branch(lower([body], shape).output_shape, depth - 1)
            return Residual([body, *inner], [Conv(filters, 1, stride=stride)])
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
        return self.residual(shape, 2) if self.between(1, 12) == 1 else self.plain(shape)


def random_case(seed, length, images=None):
    """A network of `length` random layers (one more where the last does not end in scores), and a batch of 1 to 3 rows."""
    draw = Draw(seed)
    images = draw.either(True, True, False) if images is None else images
    input_shape = (draw.size(4), draw.size(5), draw.size(5)) if images else (draw.size(5),)
    layers, shape = [], input_shape
    for _ in range(length):
        layers.append(draw.layer(shape))
        shape = lower([layers[-1]], shape).output_shape
    if len(shape) == 3 or shape[0] < 2 or draw.either(True, False):
        layers.append(Affine(draw.rng.randint(2, 4)))
    return Case(layers, input_shape, draw.size(), draw.rng.randrange(2**16))


cases = st.builds(random_case, seed=st.integers(0, 2**32 - 1), length=st.integers(1, 6))
image_cases = st.builds(random_case, seed=st.integers(0, 2**32 - 1), length=st.integers(2, 5), images=st.just(True))
