"""Whatever arrives, a kernel gives the correct result or raises an error; it never crashes or writes outside its output.

Through the shims, arrays come in any arrangement: strided, reversed, broadcast, unaligned, read-only, empty. At the module
itself, sizes, types and options come wrong.
"""

import itertools
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import CASES

from pellucid.kernels import NATIVE
from pellucid.layers import REFERENCE
from pellucid.shapes import ShapeError

from .instruction_sets import module

EXAMPLES = int(os.environ.get("PELLUCID_FUZZ_EXAMPLES", "150"))
fuzz = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
DTYPES = st.sampled_from([np.float32, np.float64])


def arranged(array, arrangement):
    """The same values, lying otherwise in memory."""
    match arrangement:
        case "reversed":
            return array[::-1].copy()[::-1]
        case "strided":
            wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
            wide[..., ::2] = array
            return wide[..., ::2]
        case "transposed":
            return array.T.copy().T
        case "unaligned":
            room = np.zeros(array.nbytes + 1, np.uint8)
            moved = room[1:].view(array.dtype) if array.size else array.ravel()
            moved = moved.reshape(array.shape)
            moved[...] = array
            return moved
        case "channels last":
            return np.moveaxis(np.moveaxis(array, 1, -1).copy(), -1, 1) if array.ndim > 1 else array
        case "read-only":
            frozen = array.copy()
            frozen.flags.writeable = False
            return frozen
    return array


ARRANGEMENTS = st.sampled_from(
    ["plain", "reversed", "strided", "transposed", "unaligned", "channels last", "read-only"]
)


def close(found, expected, dtype):
    for a, b in zip(found, expected, strict=True):
        assert a.shape == b.shape
        assert a.dtype == dtype
        limit = (2e-5 if dtype == np.float32 else 1e-11) * max(1, np.abs(b).max(initial=0))
        assert np.abs(a - b).max(initial=0) <= limit


def compare(layer, arrays, dtype, arrangement, options):
    """Run a layer of both tables, forward and backward, on the same values; NATIVE's lie in memory as `arrangement` names."""
    exact = [a.astype(dtype).astype(np.float64) for a in arrays]
    native, reference = NATIVE.pair(layer), REFERENCE.pair(layer)
    try:
        expected, cache = reference.forward(*exact, **options)
    except ShapeError:
        with pytest.raises(ShapeError):
            native.forward(*(arranged(a.astype(dtype), arrangement) for a in arrays), **options)
        return
    out, native_cache = native.forward(*(arranged(a.astype(dtype), arrangement) for a in arrays), **options)
    dout = np.random.default_rng(1).standard_normal(expected.shape)
    gradients = native.backward(arranged(dout.astype(dtype), arrangement), native_cache)
    expected_gradients = reference.backward(dout.astype(dtype).astype(np.float64), cache)
    close([out], [expected], dtype)
    close(*(g if isinstance(g, tuple) else (g,) for g in (gradients, expected_gradients)), dtype)


ELEMENTWISE = {kind: case.elementwise for kind, case in CASES.items() if case.elementwise is not None}
small, size = st.integers(0, 3), st.integers(1, 12)


@fuzz
@given(st.tuples(small, st.integers(1, 40), size, size), st.integers(1, 40), st.tuples(*[st.integers(1, 4)] * 2),
       st.tuples(*[st.integers(1, 3)] * 2), st.tuples(*[st.integers(0, 4)] * 2), DTYPES, ARRANGEMENTS)  # fmt: skip
def test_convolution(images, filters, window, stride, pad, dtype, arrangement):
    rng = np.random.default_rng(0)
    w = rng.standard_normal((filters, images[1], *window)) / np.sqrt(images[1] * window[0] * window[1])
    arrays = [rng.standard_normal(images), w, rng.standard_normal(filters)]
    compare("conv", arrays, dtype, arrangement, {"stride": stride, "pad": pad})


@fuzz
@given(st.tuples(small, st.integers(9, 40), size, size), st.integers(9, 40), st.integers(0, 2), ARRANGEMENTS)
def test_winograd(images, filters, pad, arrangement):
    rng = np.random.default_rng(0)
    w = rng.standard_normal((filters, images[1], 3, 3)) / np.sqrt(images[1] * 9)
    arrays = [rng.standard_normal(images), w, rng.standard_normal(filters)]
    compare("conv", arrays, np.float32, arrangement, {"stride": 1, "pad": pad})


@fuzz
@given(
    st.integers(0, 40), st.lists(st.integers(1, 6), min_size=1, max_size=3), st.integers(1, 70), DTYPES, ARRANGEMENTS
)
def test_affine(rows, features, out, dtype, arrangement):
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((rows, *features)), rng.standard_normal((int(np.prod(features)), out))
    compare("affine", [x, w, rng.standard_normal(out)], dtype, arrangement, {})
    compare("affine_relu", [x, w, rng.standard_normal(out)], dtype, arrangement, {})


@fuzz
@given(st.integers(0, 80), st.integers(1, 70), DTYPES, ARRANGEMENTS)
def test_batchnorm(rows, features, dtype, arrangement):
    rng = np.random.default_rng(0)
    arrays = [3 + rng.standard_normal((rows, features)), rng.standard_normal(features), rng.standard_normal(features)]
    # eps of 1: with few rows of nearly equal values the derivative itself would amplify the rounding of the input.
    compare("batchnorm", arrays, dtype, arrangement, {"eps": 1.0})


@fuzz
@given(st.integers(0, 40), st.integers(1, 70), DTYPES, ARRANGEMENTS)
def test_layernorm(rows, features, dtype, arrangement):
    rng = np.random.default_rng(0)
    arrays = [3 + rng.standard_normal((rows, features)), rng.standard_normal(features), rng.standard_normal(features)]
    compare("layernorm", arrays, dtype, arrangement, {"eps": 1.0})


@fuzz
@given(small, st.integers(1, 9), st.integers(1, 9), size, size, DTYPES, ARRANGEMENTS)
def test_groupnorm(n, groups, channels, height, width, dtype, arrangement):
    rng, c = np.random.default_rng(0), groups * channels
    arrays = [3 + rng.standard_normal((n, c, height, width)), rng.standard_normal(c), rng.standard_normal(c)]
    compare("groupnorm", arrays, dtype, arrangement, {"groups": groups, "eps": 1.0})


@fuzz
@given(st.tuples(small, st.integers(1, 20), size, size), st.tuples(*[st.integers(1, 5)] * 2), st.tuples(*[st.integers(1, 3)]
* 2),
       DTYPES, ARRANGEMENTS)  # fmt: skip
def test_pooling(images, window, stride, dtype, arrangement):
    x = np.random.default_rng(0).integers(-3, 4, images).astype(np.float64)  # whole numbers: many ties
    compare("maxpool", [x], dtype, arrangement, {"size": window, "stride": stride})
    compare("avgpool", [x], dtype, arrangement, {"size": window, "stride": stride})
    compare("global_avgpool", [x], dtype, arrangement, {})


@fuzz
@given(st.tuples(st.integers(1, 2), st.integers(1, 20), st.integers(17, 40), st.integers(17, 40)),
       st.tuples(*[st.integers(9, 17)] * 2), st.tuples(*[st.integers(1, 9)] * 2), DTYPES, ARRANGEMENTS)  # fmt: skip
def test_pooling_of_large_windows(images, window, stride, dtype, arrangement):
    x = np.random.default_rng(0).integers(-30, 40, images).astype(np.float64)
    compare("maxpool", [x], dtype, arrangement, {"size": window, "stride": stride})
    compare("avgpool", [x], dtype, arrangement, {"size": window, "stride": stride})


@fuzz
@given(st.lists(st.integers(0, 9), min_size=0, max_size=5), DTYPES, ARRANGEMENTS)
def test_elementwise(shape, dtype, arrangement):
    x = np.random.default_rng(0).standard_normal(shape)
    for layer, options in ELEMENTWISE.items():
        compare(layer, [np.asarray(x)], dtype, arrangement if shape else "plain", {})
        compare(layer, [np.asarray(x)], dtype, arrangement if shape else "plain", options)


@fuzz
@given(
    st.lists(st.integers(0, 9), min_size=0, max_size=5),
    st.floats(1e-3, 1),
    st.integers(0, 2**64 - 1),
    DTYPES,
    ARRANGEMENTS,
)
def test_dropout(shape, keep, step, dtype, arrangement):
    x = np.asarray(np.random.default_rng(0).standard_normal(shape))
    for layer in ("dropout", "vanilla_dropout"):
        compare(layer, [x], dtype, arrangement if shape else "plain", {"keep": keep, "key": (1, 2, step)})


def broadcast(shape):
    return np.broadcast_to(np.float32(0.5), shape)


def test_overlapping_inputs_are_read_rightly():
    compare("affine", [broadcast((5, 7)), broadcast((7, 3)), broadcast((3,))], np.float32, "plain", {})
    x = np.lib.stride_tricks.as_strided(np.arange(30, dtype=np.float32), (2, 3, 4, 5), (16, 8, 4, 4), writeable=False)
    out, _ = NATIVE.conv.forward(x, broadcast((9, 3, 3, 3)), broadcast((9,)))
    expected, _ = REFERENCE.conv.forward(x, broadcast((9, 3, 3, 3)), broadcast((9,)))
    np.testing.assert_allclose(out, expected, rtol=1e-5)


# ---- at the module itself ----

many = (np.zeros((1, 20, 20, 1), np.float32), np.zeros((1, 1, 1, 1), np.float32), np.zeros((1, 1, 1, 1), np.uint8))
x, w, b, out = (np.zeros(shape, np.float32) for shape in ((4, 5), (5, 6), (6,), (4, 6)))
image, weight, scores = (np.zeros(shape, np.float32) for shape in ((2, 6, 6, 3), (3, 3, 3, 8), (4, 5)))
place, bias = np.zeros((2, 6, 6, 8), np.float32), np.zeros(8, np.float32)
pixels = np.zeros((1, 1, 4, 4, 3), np.uint8)
frozen = out.copy()
frozen.flags.writeable = False
WRONG = {
    "out too small": lambda: module.affine_forward(x, w, b, 1, False, out[:3].copy(), 1),
    "out too large": lambda: module.affine_forward(x, w, b, 1, False, np.zeros((5, 6), np.float32), 1),
    "w of other rows": lambda: module.affine_forward(x, w[:4].copy(), b, 1, False, out, 1),
    "b too short": lambda: module.affine_forward(x, w, b[:5].copy(), 1, False, out, 1),
    "out of another type": lambda: module.affine_forward(x, w, b, 1, False, out.astype(np.float64), 1),
    "x of another type": lambda: module.affine_forward(x.astype(np.int32), w, b, 1, False, out, 1),
    "x not dense": lambda: module.affine_forward(x.T.copy().T, w, b, 1, False, out, 1),
    "out read-only": lambda: module.affine_forward(x, w, b, 1, False, frozen, 1),
    "no threads": lambda: module.affine_forward(x, w, b, 1, False, out, 0),
    "fewer than no threads": lambda: module.affine_forward(x, w, b, 1, False, out, -3),
    "too many threads": lambda: module.affine_forward(x, w, b, 1, False, out, 10**6),
    "x not aligned": lambda: module.affine_forward(arranged(x, "unaligned"), w, b, 1, False, out, 1),
    "None": lambda: module.affine_forward(None, w, b, 1, False, out, 1),
    "stride 0": lambda: module.conv_forward(image, weight, bias, [0, 1], [1, 1], False, False, place, 1),
    "stride below 0": lambda: module.conv_forward(image, weight, bias, [-1, 1], [1, 1], False, False, place, 1),
    "pad below 0": lambda: module.conv_forward(image, weight, bias, [1, 1], [-1, 1], False, False, place, 1),
    "no stride": lambda: module.conv_forward(image, weight, bias, [], [1, 1], False, False, place, 1),
    "places that do not fit": lambda: module.conv_forward(image, weight, bias, [1, 1], [0, 0], False, False, place, 1),
    "a huge pad": lambda: module.conv_forward(image, weight, bias, [1, 1], [2**62, 1], False, False, place, 1),
    "winograd with stride 2": lambda: module.conv_forward(
        image, weight, bias, [2, 2], [1, 1], False, True, np.zeros((2, 3, 3, 8), np.float32), 1
    ),
    "another number of channels": lambda: module.conv_forward(
        image[..., :2].copy(), weight, bias, [1, 1], [1, 1], False, False, place, 1
    ),
    "a window of more than a byte counts": lambda: module.maxpool_forward(many[0], [20, 20], [1, 1], [0, 0], *many[1:], 1),
    "a window whose entries overflow": lambda: module.maxpool_forward(many[0], [2**62, 20], [1, 1], [0, 0], *many[1:], 1),
    "groups that do not divide": lambda: module.groupnorm_forward(
        place, bias, bias.copy(), 3, 1e-5, False, place.copy(), *np.empty((2, 2, 3)), 1
    ),
    "no group": lambda: module.groupnorm_forward(
        place, bias, bias.copy(), 0, 1e-5, False, place.copy(), *np.empty((2, 2, 0)), 1
    ),
    "nothing kept": lambda: module.dropout_forward(
        x, 0.0, True, 1, 2, np.zeros(1, np.uint64), x.copy(), np.empty(x.shape, np.uint8), 1
    ),
    "a seed below 0": lambda: module.dropout_forward(
        x, 0.5, True, -1, 2, np.zeros(1, np.uint64), x.copy(), np.empty(x.shape, np.uint8), 1
    ),
    "a workspace for no channels": lambda: module.groupnorm_workspace_float32(4, 0, 1),
    "a shift that overflows": lambda: module.shift_images(
        pixels, np.full((1, 2), 2**62, np.int64), pixels.copy(), 1
    ),
    "labels of another length": lambda: module.softmax_loss(
        scores, np.zeros(3, np.int64), 0.0, np.ones(4), np.empty_like(scores), 1
    ),
    "moments of another size": lambda: module.adam(x, x.copy(), x.copy(), x[:3].copy(), 0.1, 1.0, 0.9, 0.9, 1e-8, 1.0, 1),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_the_module_refuses(wrong):
    with pytest.raises((TypeError, ValueError)):
        WRONG[wrong]()


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("winograd", [False, True])
@pytest.mark.parametrize(("height", "width", "filters"), [(5, 7, 9), (6, 6, 33), (1, 1, 8), (13, 4, 17)])
def test_nothing_is_written_beside_an_output(threads, winograd, height, width, filters):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, height, width, 11)).astype(np.float32)
    w = rng.standard_normal((3, 3, 11, filters)).astype(np.float32)
    dout = rng.standard_normal((3, height, width, filters)).astype(np.float32)
    guarded = {}

    def guard(shape):
        count = int(np.prod(shape))
        room = np.full(count + 128, 7.25, np.float32)
        guarded[len(guarded)] = (room, count)
        return room[64 : 64 + count].reshape(shape)

    out, dx, dw, db = guard(dout.shape), guard(x.shape), guard(w.shape), guard((filters,))
    module.conv_forward(x, w, np.zeros(filters, np.float32), [1, 1], [1, 1], True, winograd, out, threads)
    module.conv_backward(dout, x, w, [1, 1], [1, 1], winograd, False, dx, dw, db, threads)
    for room, count in guarded.values():
        assert (room[:64] == 7.25).all()
        assert (room[64 + count :] == 7.25).all()


@pytest.mark.parametrize("sizes", [s for s in itertools.product((0, 3), (0, 4), (0, 5)) if 0 in s])
@pytest.mark.parametrize("pixels_first", [False, True])
def test_a_product_without_rows_terms_or_columns(sizes, pixels_first):
    """Sums of nothing are 0, and the bias stands alone; a division by a number of channels that is 0 would end the process."""
    n, d, m = sizes
    rng = np.random.default_rng(0)
    x, w, b, dout = (rng.standard_normal(shape).astype(np.float32) for shape in ((n, d), (d, m), m, (n, m)))
    out, dx, dw, db = (np.full(shape, np.nan, np.float32) for shape in ((n, m), (n, d), (d, m), m))
    pixels = 2 if pixels_first and d % 2 == 0 else 1
    module.affine_forward(x, w, b, pixels, False, out, 2)
    module.affine_backward(dout, x, w, pixels, dx, dw, db, 2)
    np.testing.assert_allclose(out, np.broadcast_to(b, (n, m)) if d == 0 else x @ w + b, atol=1e-6)
    for gradient, expected in ((dx, dout @ w.T), (dw, x.T @ dout), (db, dout.sum(0))):
        np.testing.assert_allclose(gradient, expected, atol=1e-6)
