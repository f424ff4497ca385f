"""Objects with __len__ and __getitem__ as samples; an error names the row."""

import numpy as np
import pytest

from pellucid.data import DataError
from pellucid.data.lazy import LazyArray, LazyRows, rows_of
from pellucid.data.loading.indexed import IndexedSamples, is_indexed


class Squares:
    """Samples x = (n, n + 1), y = n * n, as PyTorch's Dataset gives them."""

    def __init__(self, count=10, wrong=None, value=None):
        self.count, self.wrong, self.value, self.read = count, wrong, value, 0

    def __len__(self):
        return self.count

    def __getitem__(self, n):
        self.read += 1
        if n == self.wrong:
            if isinstance(self.value, Exception):
                raise self.value
            return self.value
        return np.array([n, n + 1]), n * n


def test_samples_are_read_when_they_are_asked_for():
    data = Squares()
    samples = IndexedSamples(data)
    assert list(samples.targets) == [n * n for n in range(10)]
    assert (samples.shape, samples.dtype, samples.ndim, samples.size) == ((10, 2), np.float32, 2, 20)
    before = data.read
    assert samples[np.array([3, 1])].tolist() == [[3, 4], [1, 2]]
    assert data.read == before + 2
    assert samples[-1].tolist() == [9, 10]
    assert samples[8:].tolist() == [[8, 9], [9, 10]]
    assert samples[np.arange(10) > 7].tolist() == [[8, 9], [9, 10]]


def test_own_targets_are_taken_without_reading_samples():
    data = Squares()
    data.targets = list(range(10))
    assert IndexedSamples(data).targets == data.targets
    assert data.read == 1


def test_some_rows_are_not_read_until_they_are_asked_for():
    data = Squares()
    samples = IndexedSamples(data)
    before = data.read
    part = samples.at(np.array([5, 7, 9])).at(np.array([True, False, True]))
    assert isinstance(part, LazyArray)
    assert data.read == before
    assert part[0:2].tolist() == [[5, 6], [9, 10]]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (OSError("no such file"), "Squares: row 7: OSError: no such file"),
        (np.zeros(2), "Squares: row 7: expected a pair .input, target.; got ndarray"),
    ],
)
def test_what_goes_wrong_in_a_row_is_named(value, message):
    with pytest.raises(DataError, match=message):
        IndexedSamples(Squares(wrong=7, value=value)).targets  # noqa: B018


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((np.zeros(3), 1), r"row 7: every input must have the shape of the first, \(2,\); got \(3,\)"),
        (("text", 1), "row 7: an input must be numbers; got str"),
    ],
)
def test_an_input_that_does_not_fit_is_named_when_it_is_read(value, message):
    samples = IndexedSamples(Squares(wrong=7, value=value))
    with pytest.raises(DataError, match=message):
        samples[5:8]


def test_without_samples_there_is_nothing_to_read():
    with pytest.raises(DataError, match="Squares: there are no samples"):
        IndexedSamples(Squares(0))


def test_what_can_be_indexed():
    assert is_indexed(Squares())
    assert is_indexed([(np.zeros(2), 1)])
    assert not is_indexed(iter([1]))
    assert not is_indexed(np.zeros(3))
    assert not is_indexed("text")
    assert not is_indexed({"a": 1})


def test_rows_of_a_mapped_file_are_not_copied(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(20.0).reshape(10, 2))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    for samples in (mapped, np.asarray(mapped), mapped[:8]):
        part = rows_of(samples, np.array([1, 5]))
        assert isinstance(part, LazyRows)
        assert part[:].tolist() == [[2, 3], [10, 11]]
    assert isinstance(rows_of(np.array(mapped), np.array([1, 5])), np.ndarray)


@pytest.mark.parametrize(
    ("target", "expected"),
    [(np.array(3), [3, 3]), (np.float32(0.5), [0.5, 0.5]), (np.array([1, 2]), [[1, 2], [1, 2]]), ("a", ["a", "a"])],
)
def test_targets_may_be_arrays_without_axes_rows_or_text(target, expected):
    found = IndexedSamples([(np.zeros(2), target)] * 2).targets
    assert (found.tolist() if isinstance(found, np.ndarray) else found) == expected
