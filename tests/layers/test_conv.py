"""Tests of `conv`: the matrix form, the loops, and what both must satisfy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.layers import (
    ConvCache,
    conv_backward,
    conv_backward_loops,
    conv_forward,
    conv_forward_loops,
    conv_output_size,
)
from pellucid.shapes import ShapeError

from .layer_checks import assert_gradients, assert_same_as_peer, examples, geometries, normal, seeds

FORMS = [(conv_forward, conv_backward), (conv_forward_loops, conv_backward_loops)]
small = st.integers(1, 2)
channels = st.integers(1, 3)


def inputs_of(seed, geometry, n, c, f):
    return normal(seed, (n, c, *geometry.image), (f, c, *geometry.kernel), (f,))


def layer(geometry, form=FORMS[0]):
    return lambda x, w, b: form[0](x, w, b, stride=geometry.stride, pad=geometry.pad), form[1]


@given(geometry=geometries(extra=3), n=small, c=small, f=small, seed=seeds)
@examples(60)
def test_gradients(geometry, n, c, f, seed):
    assert_gradients(*layer(geometry), *inputs_of(seed, geometry, n, c, f))


@pytest.mark.parametrize("pad", [0, 1, 2])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize(("image", "kernel"), [((4, 7), (3, 3)), ((5, 3), (2, 3)), ((3, 6), (1, 1)), ((3, 4), (3, 4))])
def test_gradients_at_every_stride_and_pad(image, kernel, stride, pad):
    x, w, b = normal(0, (1, 2, *image), (2, 2, *kernel), (2,))
    assert_gradients(lambda x, w, b: conv_forward(x, w, b, stride=stride, pad=pad), conv_backward, x, w, b)


@given(geometry=geometries(extra=5), n=small, c=channels, f=channels, seed=seeds)
@examples(40)
def test_the_loops_agree(geometry, n, c, f, seed):
    x, w, b = inputs_of(seed, geometry, n, c, f)
    results = []
    for form in FORMS:
        forward, backward = layer(geometry, form)
        out, cache = forward(x, w, b)
        results.append((out, *backward(normal(1, out.shape)[0], cache)))
    for matrix, loops in zip(*results, strict=True):
        assert matrix.shape == loops.shape
        np.testing.assert_allclose(matrix, loops, rtol=1e-12, atol=1e-12)


@pytest.mark.peers
@given(geometry=geometries(extra=6), n=st.integers(1, 3), c=channels, f=channels, seed=seeds)
@examples(60)
def test_equals_pytorch(torch, geometry, n, c, f, seed):
    function = torch.nn.functional.conv2d
    assert_same_as_peer(
        torch,
        layer(geometry),
        lambda x, w, b: function(x, w, b, stride=geometry.stride, padding=geometry.pad),
        *inputs_of(seed, geometry, n, c, f),
    )


@pytest.mark.parametrize("form", FORMS)
def test_by_hand(form):
    x = np.arange(12.0).reshape(1, 1, 3, 4)
    w = np.array([[[[1.0, 10.0], [100.0, 1000.0]]]])
    out, cache = form[0](x, w, np.array([0.5]), stride=(1, 2))
    assert out[0, 0].tolist() == [
        [0 + 10 + 400 + 5000 + 0.5, 2 + 30 + 600 + 7000 + 0.5],
        [4 + 50 + 800 + 9000 + 0.5, 12076.5],
    ]
    dx, dw, db = form[1](np.array([[[[1.0, 0.0], [0.0, 2.0]]]]), cache)
    assert dx[0, 0].tolist() == [[1, 10, 0, 0], [100, 1000, 2, 20], [0, 0, 200, 2000]]
    assert dw[0, 0].tolist() == [[0 + 12, 1 + 14], [4 + 20, 5 + 22]]
    assert db.tolist() == [3]


@given(geometry=geometries(extra=4), seed=seeds)
@examples(25)
def test_exchanging_height_and_width_commutes(geometry, seed):
    """f(x^T, w^T) = f(x, w)^T: a height taken for a width fails."""
    x, w, b = inputs_of(seed, geometry, 2, 2, 3)
    swap = geometry._replace(
        stride=geometry.stride if isinstance(geometry.stride, int) else geometry.stride[::-1],
        pad=geometry.pad if isinstance(geometry.pad, int) else geometry.pad[::-1],
    )
    out, cache = layer(geometry)[0](x, w, b)
    turned, turned_cache = layer(swap)[0](x.swapaxes(2, 3), w.swapaxes(2, 3), b)
    np.testing.assert_allclose(turned, out.swapaxes(2, 3), rtol=1e-12, atol=1e-12)
    dout = normal(1, out.shape)[0]
    dx, dw, db = conv_backward(dout, cache)
    turned_dx, turned_dw, turned_db = conv_backward(dout.swapaxes(2, 3), turned_cache)
    np.testing.assert_allclose(turned_dx, dx.swapaxes(2, 3), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(turned_dw, dw.swapaxes(2, 3), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(turned_db, db, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("stride", "pad"), [(1, 0), (1, 1), (2, 0), ((1, 2), (2, 0))])
def test_dx_of_ones_counts_the_windows_over_each_pixel(form, stride, pad):
    """Assigning where windows overlap instead of adding gives 1 everywhere."""
    x, w = np.zeros((1, 1, 5, 6)), np.ones((1, 1, 3, 2))
    out, cache = form[0](x, w, np.zeros(1), stride=stride, pad=pad)
    dx, _, _ = form[1](np.ones_like(out), cache)
    (step_h, step_w), (pad_h, pad_w) = cache.stride, cache.pad
    rows = [sum(i * step_h <= r + pad_h < i * step_h + 3 for i in range(out.shape[2])) for r in range(5)]
    columns = [sum(j * step_w <= s + pad_w < j * step_w + 2 for j in range(out.shape[3])) for s in range(6)]
    np.testing.assert_array_equal(dx[0, 0], np.outer(rows, columns))


def test_a_rest_at_the_border_is_not_read():
    x, w, b = normal(0, (1, 2, 6, 7), (3, 2, 3, 3), (3,))
    out, cache = conv_forward(x, w, b, stride=2)
    assert out.shape == (1, 3, 2, 3)
    changed = x.copy()
    changed[:, :, 5] = np.nan
    np.testing.assert_array_equal(conv_forward(changed, w, b, stride=2)[0], out)
    dx, _, _ = conv_backward(np.ones_like(out), cache)
    assert not dx[:, :, 5].any()


def test_a_window_as_large_as_the_image_is_affine():
    x, w, b = normal(0, (3, 2, 4, 5), (6, 2, 4, 5), (6,))
    out, _ = conv_forward(x, w, b)
    np.testing.assert_allclose(out[:, :, 0, 0], x.reshape(3, -1) @ w.reshape(6, -1).T + b, rtol=1e-12, atol=1e-12)


def test_is_a_correlation_not_a_flipped_convolution():
    x = np.zeros((1, 1, 3, 3))
    x[0, 0, 0, 0] = 1
    w = np.arange(4.0).reshape(1, 1, 2, 2)
    assert conv_forward(x, w, np.zeros(1), pad=1)[0][0, 0, 1, 1] == w[0, 0, 0, 0]
    assert conv_forward(x, w, np.zeros(1), pad=1)[0][0, 0, 0, 0] == w[0, 0, 1, 1]


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_batch(form):
    out, cache = form[0](np.zeros((0, 2, 5, 5)), np.ones((3, 2, 3, 3)), np.ones(3))
    dx, dw, db = form[1](out, cache)
    assert (out.shape, dx.shape) == ((0, 3, 3, 3), (0, 2, 5, 5))
    assert not dw.any()
    assert not db.any()


@given(geometry=geometries(extra=9))
@examples(40)
def test_output_size_is_the_number_of_places(geometry):
    def both(value):
        return value if isinstance(value, tuple) else (value, value)

    places = [
        len(range(0, extent + 2 * pad - kernel + 1, stride))
        for extent, kernel, stride, pad in zip(
            geometry.image, geometry.kernel, both(geometry.stride), both(geometry.pad), strict=True
        )
    ]
    found = conv_output_size("f", geometry.image, geometry.kernel, both(geometry.stride), both(geometry.pad))
    assert found == tuple(places)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("x", "w", "b", "options", "message"),
    [
        ((1, 2, 3, 3), (1, 2, 4, 3), (1,), {}, "the window must fit into the padded image; the window is 4x3, .* 3x3"),
        ((1, 2, 3, 3), (1, 2, 3, 6), (1,), {"pad": 1}, "the window is 3x6, the image with its padding 5x5"),
        ((1, 2, 3, 3), (1, 2, 3, 6), (1,), {"pad": (2, 1)}, "the window is 3x6, the image with its padding 7x5"),
        ((1, 2, 3, 3), (1, 2, 2, 2), (1,), {"stride": 0}, "stride must be at least 1; got 0"),
        ((1, 2, 3, 3), (1, 2, 2, 2), (1,), {"stride": (1, 0)}, r"stride must be at least 1; got \(1, 0\)"),
        (
            (1, 2, 3, 3),
            (1, 2, 2, 2),
            (1,),
            {"stride": 1.5},
            "stride must be a whole number or a pair of them; got 1.5",
        ),
        ((1, 2, 3, 3), (1, 2, 2, 2), (1,), {"stride": (1, 2, 3)}, "stride must be a whole number or a pair of them"),
        ((1, 2, 3, 3), (1, 2, 2, 2), (1,), {"pad": -1}, "pad must be at least 0; got -1"),
        ((1, 2, 3, 3), (1, 2, 2, 2), (1,), {"pad": (0, -1)}, r"pad must be at least 0; got \(0, -1\)"),
        (
            (1, 2, 3, 3),
            (1, 2, 2, 2),
            (1,),
            {"pad": "same"},
            "pad must be a whole number or a pair of them; got 'same'",
        ),
        ((1, 2, 3, 3), (1, 3, 2, 2), (1,), {}, r"w must have shape \(F, C, HH, WW\) = .* because x is \(1, 2, 3, 3\)"),
        (
            (1, 2, 3, 3),
            (4, 2, 2, 2),
            (3,),
            {},
            r"b must have shape \(F,\) = \(4,\) because w is \(4, 2, 2, 2\); got",
        ),
        ((2, 3, 3), (1, 2, 2, 2), (1,), {}, r"x must have shape \(N, C, H, W\); got \(2, 3, 3\)"),
        (
            (1, 2, 3, 3),
            (0, 2, 2, 2),
            (0,),
            {},
            r"w must have at least one filter, channel, row and column; got \(0, 2, 2, 2\)",
        ),
        ((1, 2, 3, 3), (1, 2, 0, 2), (1,), {}, r"w must have at least one filter, channel, row and column"),
        ((1, 0, 3, 3), (1, 0, 2, 2), (1,), {}, r"w must have at least one filter, channel, row and column"),
    ],
)
def test_what_does_not_fit(form, x, w, b, options, message):
    with pytest.raises(ShapeError, match=f"^{form[0].__name__}: .*{message}"):
        form[0](np.zeros(x), np.zeros(w), np.zeros(b), **options)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", [(2, 4, 3, 2), (1, 4, 2, 3), (2, 3, 2, 3), (2, 4, 6), (2, 4, 2, 4)])
def test_upstream_gradient_of_another_shape(form, shape):
    _, cache = form[0](np.zeros((2, 3, 4, 5)), np.zeros((4, 3, 3, 3)), np.zeros(4))
    assert isinstance(cache, ConvCache)
    with pytest.raises(ShapeError, match=rf"^{form[1].__name__}: dout must have shape \(2, 4, 2, 3\).*; got "):
        form[1](np.zeros(shape), cache)
