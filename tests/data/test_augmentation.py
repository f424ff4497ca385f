"""Decisions belong to an image and an epoch, not to a batch; they are spread as promised."""

from dataclasses import replace

import numpy as np
import pytest

from pellucid.data import REFERENCE_TRANSFORMS, Augmentation, DataError
from pellucid.data.transforms import crop, cutout, flip

ALL = Augmentation(flip=True, crop_pad=2, cutout=3)


@pytest.fixture
def images():
    images = np.random.default_rng(0).integers(1, 256, (3000, 3, 8, 6), dtype=np.uint8)
    images.flags.writeable = False
    return images


def whole(augmentation, images, **when):
    return augmentation.apply(images, rows=np.arange(len(images)), **when)


def recorded(augmentation, images, *, seed=0, epoch=0):
    """Apply, and return the decisions that reach the transforms."""
    seen = {}

    def record(name, transform):
        def wrapped(x, decisions, *size):
            seen[name] = decisions
            return transform(x, decisions, *size)

        return wrapped

    table = replace(
        REFERENCE_TRANSFORMS, flip=record("flip", flip), crop=record("crop", crop), cutout=record("cutout", cutout)
    )
    augmentation.apply(images, seed=seed, epoch=epoch, rows=np.arange(len(images)), transforms=table)
    return seen


@pytest.mark.parametrize("size", [1, 7, 128, 2999])
def test_batch_size_and_order_change_nothing(images, size):
    expected = whole(ALL, images, seed=3, epoch=5)
    order = np.random.default_rng(1).permutation(len(images))
    for start in range(0, len(images) if size > 1 else 50, size):
        rows = order[start : start + size]
        np.testing.assert_array_equal(ALL.apply(images[rows], seed=3, epoch=5, rows=rows), expected[rows])


def test_seed_and_epoch_change_the_decisions(images):
    first = whole(ALL, images, seed=3, epoch=5)
    np.testing.assert_array_equal(first, whole(ALL, images, seed=3, epoch=5))
    assert (first != whole(ALL, images, seed=4, epoch=5)).mean() > 0.1
    assert (first != whole(ALL, images, seed=3, epoch=6)).mean() > 0.1


def test_one_change_does_not_move_another(images):
    """Runs with and without cutout compare only if flips and crops stay the same."""
    alone, together = recorded(Augmentation(flip=True), images), recorded(ALL, images)
    np.testing.assert_array_equal(alone["flip"], together["flip"])
    np.testing.assert_array_equal(recorded(Augmentation(crop_pad=2), images)["crop"], together["crop"])


def test_decisions_cover_their_range_evenly(images):
    seen = recorded(ALL, images)
    assert abs(seen["flip"].mean() - 0.5) < 0.05
    for axis in (0, 1):
        counts = np.bincount(seen["crop"][:, axis], minlength=5)
        assert counts.shape == (5,)
        assert (abs(counts / 3000 - 1 / 5) < 0.05).all()
        centres = seen["cutout"][:, axis] + 3 // 2
        counts = np.bincount(centres)
        assert counts.shape == (images.shape[2 + axis],)
        assert (abs(counts / 3000 - 1 / len(counts)) < 0.05).all()
    assert abs(np.corrcoef(seen["crop"].T)[0, 1]) < 0.1  # row and column are drawn apart
    assert abs(np.corrcoef(seen["flip"], seen["crop"][:, 0])[0, 1]) < 0.1
    assert (abs(np.corrcoef(seen["crop"].T, seen["cutout"].T)[:2, 2:]) < 0.1).all()


def test_the_order_is_flip_crop_cutout(images):
    seen = recorded(ALL, images)
    expected = cutout(crop(flip(images, seen["flip"]), seen["crop"], 2), seen["cutout"], 3)
    np.testing.assert_array_equal(whole(ALL, images, seed=0, epoch=0), expected)


def test_nothing_to_do_returns_the_same_array_even_for_a_table_of_numbers():
    x = np.zeros((4, 3))
    assert Augmentation().apply(x, seed=0, epoch=0, rows=np.arange(4)) is x
    assert not Augmentation()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"flip": 1}, "Augmentation: flip must be true or false; got 1"),
        ({"crop_pad": -1}, "Augmentation: crop_pad must be a whole number of pixels, 0 or more; got -1"),
        ({"crop_pad": 1.0}, "got 1.0"),
        ({"cutout": True}, "Augmentation: cutout must be a whole number of pixels"),
    ],
)
def test_settings_of_the_wrong_kind_are_refused(settings, message):
    with pytest.raises(DataError, match=message):
        Augmentation(**settings)


def test_samples_that_cannot_be_augmented_are_refused(images):
    with pytest.raises(DataError, match=r"samples must be images \(C, H, W\); got \(5,\)"):
        Augmentation(flip=True).apply(np.zeros((2, 5)), seed=0, epoch=0, rows=np.arange(2))
    for name in ("crop_pad", "cutout"):
        with pytest.raises(DataError, match=f"{name} must be smaller than the image, 8x6.*got 6"):
            whole(Augmentation(**{name: 6}), images, seed=0, epoch=0)
        whole(Augmentation(**{name: 5}), images, seed=0, epoch=0)


@pytest.mark.parametrize("rows", [np.arange(3), np.arange(4.0), np.array([0, 1, 2, -1]), np.zeros((4, 1), int)])
def test_rows_that_number_no_images_are_refused(images, rows):
    with pytest.raises(DataError, match=r"rows must be \(4,\) whole numbers"):
        ALL.apply(images[:4], seed=0, epoch=0, rows=rows)
