"""The native image transforms against the reference's: the same bits, whatever the memory order, and the same refusals."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data import REFERENCE_TRANSFORMS, Augmentation, DataError, Pipeline, Standardization
from pellucid.data.dataset import Dataset
from pellucid.kernels import NATIVE_TRANSFORMS, fastest_transforms

from .instruction_sets import module  # noqa: F401 (its import skips where the module is missing)
from .test_fuzz import EXAMPLES

SHAPES = [(1, 1, 1, 1), (3, 1, 8, 8), (5, 3, 7, 4), (2, 3, 31, 33), (0, 3, 4, 4), (3, 17, 5, 6)]
KINDS = [np.uint8, np.float32, np.float64]
each_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


def lying(images, arrangement):
    match arrangement:
        case "last":
            return images.transpose(0, 2, 3, 1).copy().transpose(0, 3, 1, 2)
        case "every second":
            wide = np.zeros((*images.shape[:-1], 2 * images.shape[-1]), images.dtype)
            wide[..., ::2] = images
            return wide[..., ::2]
        case "reversed":
            return images[:, :, ::-1].copy()[:, :, ::-1]
    return images


def made(shape, kind, arrangement):
    images = lying(np.random.default_rng(0).integers(1, 256, shape).astype(kind), arrangement)
    images.flags.writeable = False
    return images


def same(name, images, *decisions):
    expected = getattr(REFERENCE_TRANSFORMS, name)(images, *decisions)
    found = getattr(NATIVE_TRANSFORMS, name)(images, *decisions)
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    assert not np.shares_memory(found, images)
    assert np.array_equal(found, expected), name
    if images.flags.c_contiguous or images.transpose(0, 2, 3, 1).flags.c_contiguous:
        axes = [axis for axis in range(4) if images.shape[axis] > 1]  # the others have no place in memory
        by_stride = [sorted(axes, key=lambda axis, array=array: -array.strides[axis]) for array in (found, expected)]
        assert not images.size or by_stride[0] == by_stride[1]


@each_kind
@each_shape
@pytest.mark.parametrize("arrangement", ["first", "last", "every second", "reversed"])
def test_every_transform_is_the_references(shape, kind, arrangement):
    images, rng = made(shape, kind, arrangement), np.random.default_rng(1)
    n, c, h, w = shape
    same("flip", images, rng.integers(0, 2, n).astype(bool))
    for pad in (0, 2, 40):
        same("crop", images, rng.integers(0, 2 * pad + 1, (n, 2)), pad)
    for size in (0, 3, 10**30):
        same("cutout", images, rng.integers(-5, h + w, (n, 2)).astype(np.int16), size)
    for dtype in (np.float32, np.float64, "float32"):
        same("standardize", images, rng.uniform(50, 200, c), rng.uniform(20, 90, c), dtype)


@each_kind
@pytest.mark.parametrize("shape", [(5, 2, 3), (4, 100), (3, 1)], ids=str)
def test_samples_that_are_no_images_are_standardized_too(shape, kind):
    rng = np.random.default_rng(0)
    samples, statistics = rng.integers(0, 256, shape).astype(kind), rng.uniform(20, 90, (2, *shape[1:]))
    for dtype in (np.float32, np.float64):
        found = NATIVE_TRANSFORMS.standardize(samples, *statistics, dtype)
        assert np.array_equal(found, REFERENCE_TRANSFORMS.standardize(samples, *statistics, dtype))


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
@given(
    st.tuples(*[st.integers(1, 9)] * 4),
    st.sampled_from(KINDS),
    st.sampled_from(["first", "last", "reversed"]),
    st.data(),
)
def test_any_decisions(shape, kind, arrangement, data):
    images, pad = made(shape, kind, arrangement), data.draw(st.integers(0, 12))
    pairs = st.lists(st.tuples(*[st.integers(0, 2 * pad)] * 2), min_size=shape[0], max_size=shape[0])
    same("crop", images, np.array(data.draw(pairs)), pad)
    far = st.lists(st.tuples(*[st.integers(-20, 20)] * 2), min_size=shape[0], max_size=shape[0])
    same("cutout", images, np.array(data.draw(far)), pad)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("flip", (np.ones(3, bool),)),
        ("flip", (np.ones(2),)),
        ("crop", (np.zeros((2, 2)), 1)),
        ("crop", (np.full((2, 2), 3), 1)),
        ("crop", (np.zeros((2, 2), int), -1)),
        ("cutout", (np.zeros((2, 2), int), 1.5)),
        ("cutout", (np.zeros(2, int), 1)),
        ("standardize", (np.zeros(2), np.ones(3), np.float32)),
        ("standardize", (np.zeros(3), np.zeros(3), np.float32)),
        ("standardize", (np.zeros(3), np.ones(3), np.float16)),
    ],
)
def test_what_the_reference_refuses_is_refused_in_its_words(name, arguments):
    images, said = np.zeros((2, 3, 4, 4), np.uint8), []
    for table in (REFERENCE_TRANSFORMS, NATIVE_TRANSFORMS):
        with pytest.raises(DataError) as error:
            getattr(table, name)(images, *arguments)
        said.append(str(error.value))
    assert said[0] == said[1]


def test_every_transform_is_native_and_chosen():
    assert fastest_transforms() is NATIVE_TRANSFORMS
    for field in fields(NATIVE_TRANSFORMS):
        assert getattr(NATIVE_TRANSFORMS, field.name) != getattr(REFERENCE_TRANSFORMS, field.name)


def test_a_pipeline_draws_and_computes_the_same_bits():
    images = np.random.default_rng(0).integers(0, 256, (500, 3, 32, 32)).astype(np.uint8)
    dataset = Dataset(images, np.zeros(500, np.int64), ("a", "b"))
    steps = Standardization.of(images), Augmentation(flip=True, crop_pad=4, cutout=8)
    batches = [
        Pipeline(*steps, transforms=table).train_batch(dataset, np.arange(100, 300), seed=3, epoch=7)[0]
        for table in (REFERENCE_TRANSFORMS, NATIVE_TRANSFORMS)
    ]
    assert np.array_equal(*batches)
