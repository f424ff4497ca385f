"""Tests of `pool`: maximum, mean and global mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pellucid.layers as layers
from pellucid.shapes import ShapeError

from .layer_checks import assert_gradients, assert_same_as_peer, examples, geometries, normal, seeds, spread

MAXPOOL = [
    (layers.maxpool_forward, layers.maxpool_backward),
    (layers.maxpool_forward_loops, layers.maxpool_backward_loops),
]
AVGPOOL = (layers.avgpool_forward, layers.avgpool_backward)
POOLS = [*MAXPOOL, AVGPOOL]
small = st.integers(1, 2)


def layer(form, geometry):
    return lambda x: form[0](x, size=geometry.kernel, stride=geometry.stride), form[1]


@pytest.mark.parametrize("form", POOLS)
@given(geometry=geometries(pads=0), n=small, c=small, seed=seeds)
@examples(40)
def test_gradients(form, geometry, n, c, seed):
    assert_gradients(*layer(form, geometry), spread(seed, n, c, *geometry.image))


@pytest.mark.parametrize("form", POOLS)
@pytest.mark.parametrize("stride", [1, 2, 3, None, (1, 2), (3, 1)])
@pytest.mark.parametrize("size", [1, 2, 3, (2, 3), (3, 1)])
def test_gradients_at_every_size_and_stride(form, size, stride):
    x = spread(0, 1, 2, 5, 7)
    assert_gradients(lambda x: form[0](x, size=size, stride=stride), form[1], x)


@given(shape=st.tuples(small, st.integers(1, 3), st.integers(1, 4), st.integers(1, 4)), seed=seeds)
@examples(20)
def test_gradients_of_the_global_mean(shape, seed):
    assert_gradients(layers.global_avgpool_forward, layers.global_avgpool_backward, *normal(seed, shape))


@given(geometry=geometries(pads=0, extra=6), n=small, c=small, whole=st.booleans(), seed=seeds)
@examples(40)
def test_the_loops_agree(geometry, n, c, whole, seed):
    """Whole numbers tie often; both forms must then choose the same winner."""
    x = normal(seed, (n, c, *geometry.image))[0]
    x = np.round(x) if whole else x
    results = []
    for form in MAXPOOL:
        forward, backward = layer(form, geometry)
        out, cache = forward(x)
        results.append((out, cache.winner, backward(normal(1, out.shape)[0], cache)))
    for fast, loops in zip(*results, strict=True):
        np.testing.assert_allclose(fast, loops, rtol=1e-14, atol=1e-14)


@pytest.mark.peers
@given(geometry=geometries(pads=0, extra=6), n=small, c=small, seed=seeds)
@examples(40)
def test_equals_pytorch(torch, geometry, n, c, seed):
    x = spread(seed, n, c, *geometry.image)
    functional = torch.nn.functional
    for form, peer in ((MAXPOOL[0], functional.max_pool2d), (AVGPOOL, functional.avg_pool2d)):
        assert_same_as_peer(
            torch, layer(form, geometry), lambda x, peer=peer: peer(x, geometry.kernel, geometry.stride), x
        )


@pytest.mark.peers
@given(shape=st.tuples(*[st.integers(1, 4)] * 4), seed=seeds)
@examples(20)
def test_global_mean_equals_pytorch(torch, shape, seed):
    function = torch.nn.functional.adaptive_avg_pool2d
    assert_same_as_peer(
        torch,
        (layers.global_avgpool_forward, layers.global_avgpool_backward),
        lambda x: function(x, 1)[:, :, 0, 0],
        *normal(seed, shape),
    )


@pytest.mark.parametrize("form", MAXPOOL)
def test_a_pixel_that_wins_several_windows_receives_their_sum(form):
    x = np.zeros((1, 1, 3, 3))
    x[0, 0, 1, 1] = 1
    _, cache = form[0](x, size=2, stride=1)
    dx = form[1](np.array([[[[1.0, 10.0], [100.0, 1000.0]]]]), cache)
    expected = np.zeros((3, 3))
    expected[1, 1] = 1111
    np.testing.assert_array_equal(dx[0, 0], expected)


@pytest.mark.parametrize(
    ("form", "value"),
    [(form, value) for form in MAXPOOL for value in (0.0, -3.0, -np.inf, np.nan)],
)
def test_of_equal_entries_the_first_wins(form, value):
    out, cache = form[0](np.full((1, 2, 4, 6), value), size=(2, 3))
    np.testing.assert_array_equal(out, np.full((1, 2, 2, 2), value))
    dx = form[1](np.ones((1, 2, 2, 2)), cache)
    expected = np.zeros((4, 6))
    expected[::2, ::3] = 1
    np.testing.assert_array_equal(dx, np.broadcast_to(expected, dx.shape))


@pytest.mark.parametrize("form", POOLS)
@pytest.mark.parametrize("place", [(0, 0), (0, 2), (1, 1), (2, 2)])
def test_nan_is_not_hidden(form, place):
    x = spread(0, 1, 1, 3, 6)
    x[(0, 0, *place)] = np.nan
    out, cache = form[0](x, size=3)
    assert np.isnan(out[0, 0, 0]).tolist() == [True, False]
    if form is not AVGPOOL:
        dx = form[1](np.array([[[[2.0, 0.0]]]]), cache)
        assert dx[(0, 0, *place)] == 2


def test_a_window_of_more_than_256_entries():
    """The number of the winner must not wrap around in a byte."""
    x = np.zeros((1, 1, 17, 17))
    x[0, 0, 16, 15] = 1
    _, cache = layers.maxpool_forward(x, size=17)
    np.testing.assert_array_equal(layers.maxpool_backward(np.ones((1, 1, 1, 1)), cache), x)


def test_avgpool_by_hand():
    x = np.arange(12.0).reshape(1, 1, 3, 4)
    out, cache = layers.avgpool_forward(x, size=(2, 2), stride=(1, 2))
    assert out[0, 0].tolist() == [[2.5, 4.5], [6.5, 8.5]]
    dx = layers.avgpool_backward(np.array([[[[4.0, 0.0], [8.0, 4.0]]]]), cache)
    assert dx[0, 0].tolist() == [[1, 1, 0, 0], [3, 3, 1, 1], [2, 2, 1, 1]]


@pytest.mark.parametrize("form", POOLS)
def test_stride_is_the_size_unless_given(form):
    x = spread(0, 1, 1, 6, 7)
    np.testing.assert_array_equal(form[0](x, size=(3, 2))[0], form[0](x, size=(3, 2), stride=(3, 2))[0])


@pytest.mark.parametrize("form", POOLS)
def test_a_rest_at_the_border_is_not_read(form):
    x = spread(0, 1, 1, 5, 7)
    x[:, :, 4], x[:, :, :, 6] = np.nan, np.nan
    out, cache = form[0](x, size=2)
    assert out.shape == (1, 1, 2, 3)
    assert np.all(np.isfinite(out))
    dx = form[1](np.ones_like(out), cache)
    assert not dx[:, :, 4].any()
    assert not dx[:, :, :, 6].any()


@pytest.mark.parametrize("form", POOLS)
def test_the_gradient_is_passed_on_whole(form):
    """The sum of dx is the sum of dout, whatever overlaps."""
    out, cache = form[0](spread(0, 2, 2, 6, 5), size=3, stride=1)
    dout = normal(1, out.shape)[0]
    np.testing.assert_allclose(form[1](dout, cache).sum(axis=(2, 3)), dout.sum(axis=(2, 3)), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("form", POOLS)
def test_an_empty_batch(form):
    out, cache = form[0](np.zeros((0, 2, 4, 4)), size=2)
    assert out.shape == (0, 2, 2, 2)
    assert form[1](out, cache).shape == (0, 2, 4, 4)


@pytest.mark.parametrize("form", POOLS)
@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((1, 2, 3, 4), {"size": 4}, "the window must fit into the padded image; the window is 4x4, the image .* 3x4"),
        ((1, 2, 3, 4), {"size": (1, 5)}, "the window is 1x5"),
        ((1, 2, 3, 4), {"size": 0}, "size must be at least 1; got 0"),
        ((1, 2, 3, 4), {"size": (2, -1)}, r"size must be at least 1; got \(2, -1\)"),
        ((1, 2, 3, 4), {"size": 2.0}, "size must be a whole number or a pair of them; got 2.0"),
        ((1, 2, 3, 4), {"size": 2, "stride": 0}, "stride must be at least 1; got 0"),
        ((1, 2, 3, 4), {"size": 2, "stride": (1,)}, r"stride must be a whole number or a pair of them; got \(1,\)"),
        ((2, 3, 4), {"size": 2}, r"x must have shape \(N, C, H, W\); got \(2, 3, 4\)"),
    ],
)
def test_what_does_not_fit(form, shape, options, message):
    with pytest.raises(ShapeError, match=f"^{form[0].__name__}: .*{message}"):
        form[0](np.zeros(shape), **options)


@pytest.mark.parametrize("form", POOLS)
@pytest.mark.parametrize("shape", [(2, 3, 3, 2), (1, 3, 2, 3), (2, 3, 6), (2, 3, 2, 4), (2, 3, 4, 6)])
def test_upstream_gradient_of_another_shape(form, shape):
    _, cache = form[0](np.zeros((2, 3, 4, 6)), size=2)
    with pytest.raises(ShapeError, match=rf"^{form[1].__name__}: dout must have shape \(2, 3, 2, 3\).*; got "):
        form[1](np.zeros(shape), cache)


def test_the_global_mean_needs_a_pixel():
    for shape in [(2, 3, 0, 4), (2, 3, 4, 0)]:
        with pytest.raises(ShapeError, match=r"^global_avgpool_forward: x must have at least one pixel; got "):
            layers.global_avgpool_forward(np.zeros(shape))
    with pytest.raises(ShapeError, match=r"^global_avgpool_forward: x must have shape \(N, C, H, W\); got \(2, 3\)"):
        layers.global_avgpool_forward(np.zeros((2, 3)))


@pytest.mark.parametrize("shape", [(3, 2), (2, 4), (2,), (2, 3, 1, 1)])
def test_global_upstream_gradient_of_another_shape(shape):
    _, cache = layers.global_avgpool_forward(np.zeros((2, 3, 4, 5)))
    with pytest.raises(ShapeError, match=r"^global_avgpool_backward: dout must have shape \(2, 3\).*; got "):
        layers.global_avgpool_backward(np.zeros(shape), cache)
