"""The restricted unpickler reads what was published, runs nothing, and refuses everything else."""

import os
import pickle

import numpy as np
import pytest

from pellucid.data import DataError
from pellucid.data.cifar_pickle import read_batch

ROWS = 5
LABELS = [3, 0, 9, 1, 3]


@pytest.fixture
def data():
    return np.random.default_rng(0).integers(0, 256, (ROWS, 3072), dtype=np.uint8)


def read(content, rows=ROWS):
    return read_batch("archive: data_batch_1", content, rows=rows)


def test_the_stand_in_is_a_real_python_2_pickle(data, make_batch):
    """Tests the tester: pickle itself must read what make_batch writes."""
    batch = pickle.loads(make_batch(data, LABELS), encoding="bytes")
    np.testing.assert_array_equal(batch[b"data"], data)
    assert batch[b"labels"] == LABELS


def test_pixels_are_planes_of_red_green_blue(data, make_batch):
    images, labels = read(make_batch(data, LABELS))
    assert images.shape == (ROWS, 3, 32, 32)
    assert images[2, 1, 4, 7] == data[2, 1024 + 4 * 32 + 7]
    np.testing.assert_array_equal(images.reshape(ROWS, -1), data)
    assert labels.tolist() == LABELS
    assert labels.dtype == np.int64


@pytest.mark.parametrize("protocol", [3, 4])
def test_a_batch_pickled_again_by_python_3_is_read(data, protocol):
    images, labels = read(pickle.dumps({b"data": data, b"labels": LABELS}, protocol))
    np.testing.assert_array_equal(images.reshape(ROWS, -1), data)
    assert labels.tolist() == LABELS


class Call:
    """An object whose pickle calls a function when it is read."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_that_would_run_a_command_is_refused_before_it_runs(tmp_path, protocol):
    touched = tmp_path / "touched"
    content = pickle.dumps([Call(os.system, f"touch {touched}")], protocol)
    pickle.loads(content)  # tests the tester: an ordinary unpickler runs it
    assert touched.exists()
    touched.unlink()
    with pytest.raises(
        DataError, match=r"^archive: data_batch_1: it refers to \w+\.system, which image data never needs"
    ):
        read(content)
    assert not touched.exists()


@pytest.mark.parametrize("function", [eval, getattr, np.load, np.frombuffer, pickle.loads, print])
def test_no_other_function_is_admitted(function):
    with pytest.raises(DataError, match="it refers to"):
        read(pickle.dumps(Call(function, "1"), 4))


def test_accepted_names_cannot_be_changed_by_a_pickle(data, make_batch):
    """BUILD writes a state into what it is given; given a class, it must not poison the next file."""
    poison = b"\x80\x02cnumpy\ndtype\n}(X\x04\x00\x00\x00nameX\x02\x00\x00\x00u1ub."
    with pytest.raises(DataError):
        read(poison)
    slots = b"\x80\x02cnumpy\nndarray\nN}(X\x05\x00\x00\x00stateNu\x86b."
    with pytest.raises(DataError):
        read(slots)
    read(make_batch(data, LABELS))


def test_references_outside_the_pickle_are_refused():
    with pytest.raises(DataError, match="it refers to an object outside itself"):
        read(b"\x80\x02K\x01Q.")


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.5, 0.999])
def test_a_truncated_pickle_is_refused(data, make_batch, kept):
    content = make_batch(data, LABELS)
    with pytest.raises(DataError, match="not a readable pickle, or truncated"):
        read(content[: int(kept * len(content))])


@pytest.mark.parametrize("content", [b"hello", b".", b"\x80\x02N.", b"\x80\x02}.", pickle.dumps([1]), bytes(100)])
def test_what_is_no_batch_is_refused(content):
    with pytest.raises(DataError, match=r"^archive: data_batch_1: (not a readable pickle|expected a dict)"):
        read(content)


def test_wrong_numbers_of_rows_are_refused(data, make_batch):
    with pytest.raises(DataError, match=r"data must have shape \(6, 3072\), one row for each image; got \(5, 3072\)"):
        read(make_batch(data, LABELS), rows=6)
    with pytest.raises(DataError, match="expected 5 labels, got 4"):
        read(make_batch(data, LABELS[:4]))
    with pytest.raises(DataError, match=r"data must have shape \(5, 3072\)"):
        read(make_batch(data[:4], LABELS, shape=(5, 3072)))  # says 5, holds 4


@pytest.mark.parametrize("label", [10, -1, 1000])
def test_a_label_out_of_range_is_refused_by_its_row(data, make_batch, label):
    with pytest.raises(DataError, match=rf"row 2: label {label} is not in 0\.\.9"):
        read(make_batch(data, [0, 1, label, 3, 4]))


@pytest.mark.parametrize(
    "batch",
    [
        {b"data": np.zeros((ROWS, 3072)), b"labels": LABELS},
        {b"data": np.asfortranarray(np.zeros((ROWS, 3072), np.uint8)), b"labels": LABELS},
        {b"data": np.zeros((ROWS, 3072), object), b"labels": LABELS},
        {b"data": [1, 2], b"labels": LABELS},
        {b"data": np.zeros((ROWS, 3072), np.uint8), b"labels": None},
        {b"data": np.zeros((ROWS, 3072), np.uint8), b"labels": [0, 1, 2, 3, 4.0]},
        {b"data": np.zeros((ROWS, 3072), np.uint8), b"labels": [0, 1, 2, 3, True]},
        {b"data": np.zeros((ROWS, 3072), np.uint8)},
    ],
)
def test_other_contents_are_refused(batch):
    with pytest.raises(DataError, match=r"^archive: data_batch_1: "):
        read(pickle.dumps(batch, 4))
