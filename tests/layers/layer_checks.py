"""What the tests of the layers share: inputs away from kinks, window geometries, the strict gradient check, PyTorch's answer."""

from typing import NamedTuple

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from pellucid.gradients import gradcheck, numerical_gradient

STRICT = 1e-7  # of max(1, the largest derivative): what central differences in float64 can promise
PEER = 1e-10

seeds = st.integers(0, 2**16)
any_shape = st.lists(st.integers(1, 3), min_size=1, max_size=4).map(tuple)


def examples(count):
    """Settings of a property: the same shapes in every run, no deadline on a shared machine."""
    return settings(max_examples=count, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def normal(seed, *shapes):
    """Independent standard normal arrays, one for each shape."""
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]


def spread(seed, *shape):
    """Values from -2 to 2 in random order, none near another or near 0: no relu and no maximum is at a kink."""
    rng = np.random.default_rng(seed)
    size = int(np.prod(shape))
    return (rng.permutation(size) - size // 2 + rng.uniform(0.3, 0.7, size)).reshape(shape) * (4 / max(size, 4))


def spread_along(seed, axis, *shape):
    """Like `spread`, but along each line of one axis: a normalization over it never divides by nearly nothing."""
    rng = np.random.default_rng(seed)
    steps = np.moveaxis(np.broadcast_to(np.arange(shape[axis]), (*np.delete(shape, axis), shape[axis])), -1, axis)
    return rng.permuted(steps, axis=axis) * 0.7 + rng.uniform(-0.25, 0.25, shape) + rng.uniform(-1, 1)


class Geometry(NamedTuple):
    image: tuple[int, int]
    kernel: tuple[int, int]
    stride: int | tuple[int, int]
    pad: int | tuple[int, int]


@st.composite
def geometries(draw, pads=2, extra=4):
    """Windows of 1 to 3 on images that hold at least one; strides 1 to 3 that may overlap, skip or leave a rest."""
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    stride = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    pad = draw(st.tuples(st.integers(0, pads), st.integers(0, pads)))
    image = tuple(
        draw(st.integers(max(1, k - 2 * p), max(1, k - 2 * p) + extra)) for k, p in zip(kernel, pad, strict=True)
    )
    return Geometry(image, kernel, _one_if_equal(stride), _one_if_equal(pad))


def _one_if_equal(both):
    return both[0] if both[0] == both[1] else both


def as_tuple(value):
    """The gradients of a backward, also of one that returns a single array."""
    return value if isinstance(value, tuple) else (value,)


def loss_as_layer(loss, *targets, **options):
    """A loss as (forward, backward): its cache is its gradient, which the upstream number scales."""
    return lambda scores: loss(scores, *targets, **options), lambda dout, dscores: dout * dscores


def assert_gradients(forward, backward, *inputs, gradcheck_too=True):
    """Every gradient agrees with central differences under a random upstream gradient; `gradcheck` says so too."""
    out, cache = forward(*inputs)
    dout = np.random.default_rng(99).standard_normal(np.shape(out))
    gradients = as_tuple(backward(dout, cache))
    assert len(gradients) == len(inputs)
    for i, (x, gradient) in enumerate(zip(inputs, gradients, strict=True)):

        def along(moved, i=i):
            return forward(*inputs[:i], moved, *inputs[i + 1 :])[0]

        numerical = numerical_gradient(along, x, dout)
        assert gradient.shape == x.shape
        assert gradient.dtype == x.dtype
        assert np.all(np.isfinite(numerical))
        difference = np.max(np.abs(gradient - numerical), initial=0)
        assert difference <= STRICT * max(1, np.max(np.abs(numerical), initial=0)), f"input {i}: {difference}"
    if gradcheck_too:
        report = gradcheck(forward, backward, *inputs, seed=7)
        assert report, str(report)


def peer_gradients(torch, function, dout, *inputs):
    """PyTorch's function(*inputs) and its gradients of sum(function * dout), all in float64."""
    leaves = [torch.from_numpy(np.array(x)).requires_grad_() for x in inputs]
    out = function(*leaves)
    (out * torch.from_numpy(np.array(dout))).sum().backward()
    return out.detach().numpy(), [leaf.grad.numpy() for leaf in leaves]


def assert_same_as_peer(torch, layer, function, *inputs):
    """layer = (forward, backward) and PyTorch's function agree in output and in every gradient."""
    forward, backward = layer
    out, cache = forward(*inputs)
    dout = np.random.default_rng(98).standard_normal(np.shape(out))
    expected, gradients = peer_gradients(torch, function, dout, *inputs)
    np.testing.assert_allclose(out, expected, rtol=PEER, atol=PEER)
    for ours, theirs in zip(as_tuple(backward(dout, cache)), gradients, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=PEER, atol=PEER)
