"""Data sets refuse what does not fit; splits are exact, stratified, disjoint and fixed by the seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.data import DataError, Dataset, Splits, split
from pellucid.data.dataset import hold_out

CLASSES = ("a", "b", "c")


def numbered(labels, classes=CLASSES):
    """Samples whose only value is their row number, so that a part tells which rows it holds."""
    return Dataset(np.arange(len(labels), dtype=np.float64)[:, None], np.asarray(labels), classes)


def rows_of(dataset):
    return dataset.images[:, 0].astype(int).tolist()


def test_labels_of_any_whole_kind_become_int64():
    assert numbered(np.array([0, 1, 2], dtype=np.uint8)).labels.dtype == np.int64


def test_a_subset_keeps_order_classes_white_and_channels_last_memory():
    images = np.arange(4 * 5 * 6 * 3, dtype=np.uint8).reshape(4, 5, 6, 3).transpose(0, 3, 1, 2)
    part = Dataset(images, np.array([0, 1, 2, 0]), CLASSES, white=200).subset(np.array([3, 1]))
    np.testing.assert_array_equal(part.images, images[[3, 1]])
    assert (part.labels.tolist(), part.classes, part.white, part.sample_shape) == ([0, 1], CLASSES, 200, (3, 5, 6))
    assert part.images.transpose(0, 2, 3, 1).flags.c_contiguous


@pytest.mark.parametrize(
    ("images", "labels", "classes", "white", "message"),
    [
        ([[1.0]], np.array([0]), CLASSES, 255, "images must be a NumPy array; got list"),
        (
            np.zeros((2, 3), np.uint8),
            np.array([0, 1]),
            CLASSES,
            255,
            r"images must be uint8 \(N, C, H, W\).*uint8 \(2, 3\)",
        ),
        (np.zeros((2, 3), np.int64), np.array([0, 1]), CLASSES, 255, r"got int64 \(2, 3\)"),
        (np.zeros(2), np.array([0, 1]), CLASSES, 255, r"got float64 \(2,\)"),
        (np.zeros((0, 3)), np.array([], int), CLASSES, 255, "there are no images"),
        (np.zeros((2, 3)), [0, 1], CLASSES, 255, "labels must be an array of whole numbers; got list"),
        (np.zeros((2, 3)), np.array([0.0, 1.0]), CLASSES, 255, "whole numbers; got float64"),
        (np.zeros((2, 3)), np.array([True, False]), CLASSES, 255, "whole numbers; got bool"),
        (np.zeros((2, 3)), np.array([0, 1, 2]), CLASSES, 255, r"shape \(N,\) = \(2,\).*got \(3,\)"),
        (np.zeros((2, 3)), np.array([0, 3]), CLASSES, 255, r"row 1: label 3 is not in 0\.\.2"),
        (np.zeros((2, 3)), np.array([-1, 0]), CLASSES, 255, r"row 0: label -1 is not in 0\.\.2"),
        (np.zeros((2, 3)), np.array([0, 1]), ("a",), 255, "at least two classes"),
        (np.zeros((2, 3)), np.array([0, 1]), "ab", 255, "at least two classes"),
        (np.zeros((2, 3)), np.array([0, 1]), ("a", "b", "a"), 255, "'a' appears more than once"),
        (np.zeros((2, 3)), np.array([0, 1]), ("a", 2), 255, r"classes must be names \(strings\)"),
        (np.zeros((2, 3)), np.array([0, 1]), CLASSES, 0, "white must be a whole number, at least 1"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(images, labels, classes, white, message):
    with pytest.raises(DataError, match=message) as refusal:
        Dataset(images, labels, classes, white)
    assert str(refusal.value).startswith("Dataset: ")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 1023, 1024, 2999])  # around the pieces in which rows are searched
def test_a_value_that_is_not_finite_is_refused_by_its_row(row, value):
    images = np.zeros((3000, 2), np.float32)
    images[row, 1] = value
    with pytest.raises(DataError, match=f"row {row}: the image holds {value}"):
        Dataset(images, np.zeros(3000, int), CLASSES)


@given(
    sizes=st.lists(st.integers(0, 30), min_size=2, max_size=5).filter(lambda sizes: sum(sizes) >= 2),
    part=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**64 - 1),
)
def test_held_out_rows_are_disjoint_exact_and_stratified(sizes, part, seed):
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    data = numbered(labels, tuple(str(n) for n in range(len(sizes))))
    count = min(max(1, round(part * len(data))), len(data) - 1)
    rest, held = hold_out(data, count, seed=seed, what="test")
    assert len(held) == count
    assert sorted(rows_of(rest) + rows_of(held)) == list(range(len(data)))
    for label, size in enumerate(sizes):
        assert abs((held.labels == label).sum() - size * count / len(data)) < 1  # nothing is off by a whole image
    np.testing.assert_array_equal(held.labels, labels[rows_of(held)])  # a label stays with its image


def test_a_split_is_fixed_by_the_seed_and_chosen_by_it():
    data = numbered(np.arange(300) % 3)
    parts = [split(data, validation=0.2, test=30, seed=seed) for seed in (1, 1, 2)]
    assert [len(part) for part in (parts[0].train, parts[0].validation, parts[0].test)] == [210, 60, 30]
    assert rows_of(parts[0].test) == rows_of(parts[1].test) != rows_of(parts[2].test)
    assert rows_of(parts[0].train) == rows_of(parts[1].train) != rows_of(parts[2].train)
    together = rows_of(parts[0].train) + rows_of(parts[0].validation) + rows_of(parts[0].test)
    assert sorted(together) == list(range(300))


def test_a_split_is_pinned():
    """A run must be repeatable next year: another generator or another rule would move these rows."""
    parts = split(numbered(np.arange(12) % 3), validation=3, test=3, seed=7)
    assert (rows_of(parts.validation), rows_of(parts.test)) == PINNED


PINNED = ([9, 10, 11], [0, 7, 8])


@pytest.mark.parametrize(
    ("validation", "test", "message"),
    [
        (0, 0.1, "validation = 0 takes 0 of 12 samples; neither part may be empty"),
        (0.1, 0, "test = 0 takes 0"),
        (0.01, 0.1, "validation = 0.01 takes 0 of 12"),
        (6, 6, "leaves none for training"),
        (0.5, 0.6, "leaves none for training"),
        (1.0, 0.1, "a fraction between 0 and 1 or a count of samples; got 1.0"),
        (True, 0.1, "got True"),
        (-1, 0.1, "-1 takes -1"),
        (0.1, 13, "13 takes 13 of 12"),
        (float("nan"), 0.1, "got nan"),
    ],
)
def test_parts_that_would_be_empty_are_refused(validation, test, message):
    with pytest.raises(DataError, match=message):
        split(numbered(np.arange(12) % 3), validation=validation, test=test)


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, True, "1"])
def test_a_seed_that_is_no_seed_is_refused(seed):
    with pytest.raises(DataError, match="seed must be a whole number"):
        split(numbered(np.arange(12) % 3), seed=seed)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            Dataset(np.zeros((2, 4)), np.array([0, 1]), CLASSES),
            r"validation must have the same sample shape as train, \(1,\)",
        ),
        (Dataset(np.zeros((2, 1)), np.array([0, 1]), ("a", "b")), "the same classes as train"),
        (Dataset(np.zeros((2, 1), np.float32), np.array([0, 1]), CLASSES), "the same dtype as train"),
        (Dataset(np.zeros((2, 1)), np.array([0, 1]), CLASSES, white=16), "the same white as train, 255; got 16"),
    ],
)
def test_parts_that_disagree_are_refused(other, message):
    data = numbered([0, 1, 2])
    with pytest.raises(DataError, match=message):
        Splits("mine", data, other, data)
    with pytest.raises(DataError, match=message.replace("validation", "test")):
        Splits("mine", data, data, other)
