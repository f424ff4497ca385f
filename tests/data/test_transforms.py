"""Each transform against a plain loop, in both memory layouts, and its decisions refused where they are wrong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.data import REFERENCE_TRANSFORMS, DataError
from pellucid.data.transforms import crop, cutout, flip, standardize

SHAPES = [(1, 1, 1, 1), (3, 1, 8, 8), (5, 3, 7, 4), (2, 3, 31, 33)]
DTYPES = [np.uint8, np.float32, np.float64]


def read_only(array):
    array.flags.writeable = False
    return array


def make_images(shape, dtype, layout, seed=0):
    n, c, h, w = shape
    stored = (n, c, h, w) if layout == "first" else (n, h, w, c)
    values = np.random.default_rng(seed).integers(1, 256, stored).astype(dtype)
    return read_only(values if layout == "first" else values.transpose(0, 3, 1, 2))


@pytest.fixture(params=SHAPES, ids=str)
def shape(request):
    return request.param


@pytest.fixture(params=DTYPES, ids=lambda dtype: dtype.__name__)
def dtype(request):
    return request.param


@pytest.fixture(params=["first", "last"])
def images(request, shape, dtype):
    return make_images(shape, dtype, request.param)


def same_layout(out, images):
    """Whether the axes lie in memory in the same order; axes of one element have no place."""
    return [s for s, n in zip(out.strides, out.shape, strict=True) if n > 1] == [
        s // images.itemsize * out.itemsize for s, n in zip(images.strides, images.shape, strict=True) if n > 1
    ]


def test_flip_mirrors_the_marked_images_only(images):
    which = read_only(np.arange(len(images)) % 2 == 0)
    out = flip(images, which)
    for n, image in enumerate(images):
        np.testing.assert_array_equal(out[n], image[:, :, ::-1] if which[n] else image)
    np.testing.assert_array_equal(flip(out, which), images)
    assert out.dtype == images.dtype
    assert same_layout(out, images)


def plain_crop(image, row, column, pad):
    return np.pad(image, ((0, 0), (pad, pad), (pad, pad)))[
        :, row : row + image.shape[1], column : column + image.shape[2]
    ]


@pytest.mark.parametrize("pad", [0, 1, 4, 6, 40])  # 6: larger than some images, 40: than any
def test_crop_is_padding_and_cutting(images, pad):
    offsets = np.random.default_rng(1).integers(0, 2 * pad + 1, (len(images), 2))
    out = crop(images, read_only(offsets), pad)
    for n, image in enumerate(images):
        np.testing.assert_array_equal(out[n], plain_crop(image, *offsets[n], pad))
    assert out.dtype == images.dtype
    assert same_layout(out, images)


def test_crop_reaches_every_offset():
    """Row and column confused, or the last offset left out, would show here."""
    images = make_images((1, 2, 5, 3), np.uint8, "first")
    for row in range(5):
        for column in range(5):
            np.testing.assert_array_equal(
                crop(images, np.array([[row, column]]), 2)[0], plain_crop(images[0], row, column, 2)
            )


def test_crop_at_the_pad_is_the_identity(images):
    np.testing.assert_array_equal(crop(images, np.full((len(images), 2), 3, dtype=np.uint8), 3), images)


@given(row=st.integers(-6, 12), column=st.integers(-6, 12), size=st.integers(0, 14))
def test_cutout_blackens_one_clipped_square(row, column, size):
    images = make_images((2, 3, 7, 9), np.uint8, "last")
    out = cutout(images, read_only(np.array([[row, column], [100, 100]])), size)
    for y in range(7):
        for x in range(9):
            inside = row <= y < row + size and column <= x < column + size
            assert (out[0, :, y, x] == (0 if inside else images[0, :, y, x])).all()
    np.testing.assert_array_equal(out[1], images[1])  # a square wholly outside


def test_cutout_keeps_dtype_and_layout(images):
    out = cutout(images, np.zeros((len(images), 2), int), 2)
    assert (out[:, :, :2, :2] == 0).all()
    assert out.dtype == images.dtype
    assert same_layout(out, images)


@pytest.mark.parametrize("to", [np.float32, np.float64])
def test_standardize_is_the_formula(images, to):
    mean, std = read_only(np.arange(images.shape[1]) + 100.5), read_only(np.arange(images.shape[1]) + 0.5)
    out = standardize(images, mean, std, to)
    expected = (images.astype(np.float64) - mean[:, None, None]) / std[:, None, None]
    np.testing.assert_allclose(
        out, expected, rtol=1e-12 if to == np.float64 else 1e-5, atol=1e-4 if to == np.float32 else 0
    )
    assert out.dtype == to
    assert same_layout(out, images)


def test_standardize_takes_one_mean_a_feature_where_samples_are_no_images():
    x = np.random.default_rng(0).normal(size=(5, 2, 3))
    mean, std = x.mean(axis=0), x.std(axis=0)
    np.testing.assert_allclose(standardize(x, mean, std, np.float64), (x - mean) / std)


def test_standardize_keeps_the_digits_of_numbers_far_from_zero():
    """float32 holds 1e8 to the nearest 8: the mean is subtracted before."""
    x = 1e8 + np.array([[-1.5], [0.25], [1.25]])
    out = standardize(x, np.array([1e8]), np.array([2.0]), np.float32)
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out, [[-0.75], [0.125], [0.625]])


def test_standardize_refuses_statistics_that_would_broadcast_to_nonsense():
    images = np.zeros((2, 3, 4, 4), np.uint8)
    with pytest.raises(DataError, match=r"mean must have shape \(C,\) = \(3,\).*got \(4,\)"):
        standardize(images, np.zeros(4), np.ones(4), np.float32)
    with pytest.raises(DataError, match=r"std must have shape \(C,\) = \(3,\).*got \(1,\)"):
        standardize(images, np.zeros(3), np.ones(1), np.float32)
    with pytest.raises(DataError, match=r"shape of a sample = \(4,\)"):
        standardize(np.zeros((2, 4)), np.zeros(2), np.ones(2), np.float32)
    with pytest.raises(DataError, match="every std must be positive"):
        standardize(images, np.zeros(3), np.array([1.0, 0.0, 1.0]), np.float32)
    with pytest.raises(DataError, match="dtype must be float32 or float64; got float16"):
        standardize(images, np.zeros(3), np.ones(3), np.float16)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: flip(x, np.array([0, 1])), r"flip: which must be bool of shape \(2,\).*int64"),
        (lambda x: flip(x, np.array([True])), r"flip: which must be bool of shape \(2,\)"),
        (lambda x: flip(x[0], np.array([True])), r"flip: images must have shape \(N, C, H, W\); got \(3, 4, 4\)"),
        (lambda x: crop(x, np.zeros((2, 2)), 1), "crop: offsets must be whole numbers"),
        (lambda x: crop(x, np.zeros((2, 3), int), 1), r"crop: offsets must be whole numbers of shape \(2, 2\)"),
        (
            lambda x: crop(x, np.array([[0, 3], [0, 0]]), 1),
            r"crop: offsets must lie in 0\.\.2 for pad 1; they span 0\.\.3",
        ),
        (lambda x: crop(x, np.array([[0, -1], [0, 0]]), 1), r"they span -1\.\.0"),
        (lambda x: crop(x, np.zeros((2, 2), int), -1), "crop: pad must be a whole number, 0 or more"),
        (lambda x: cutout(x, np.zeros((2, 2)), 1), "cutout: corners must be whole numbers"),
        (lambda x: cutout(x, np.zeros((2, 2), int), 1.5), "cutout: size must be a whole number"),
    ],
)
def test_wrong_decisions_are_refused(call, message):
    with pytest.raises(DataError, match=message):
        call(np.zeros((2, 3, 4, 4), np.uint8))


def test_the_table_holds_the_reference_functions():
    table = REFERENCE_TRANSFORMS
    assert (table.name, table.standardize, table.flip, table.crop, table.cutout) == (
        "reference",
        standardize,
        flip,
        crop,
        cutout,
    )
