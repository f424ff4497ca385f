"""Streams of batches: read from the beginning in each epoch, once if they can only be read once; an error names the batch."""

import threading
import time

import numpy as np
import pytest

from pellucid.data import DataError
from pellucid.data.loading.stream import Stream, is_stream


def numbered(count=4, size=3):
    """Yield batches of `size` samples (n, n), targets n, counting on."""
    for start in range(0, count * size, size):
        rows = np.arange(start, start + size, dtype=np.float32)
        yield np.stack([rows, rows], axis=1), rows.astype(int)


def seen(stream, size=64):
    return [targets.tolist() for targets in stream.batches(size, lambda batch, start: batch.targets)]


@pytest.mark.parametrize("data", [numbered, list(numbered())], ids=["function", "list"])
def test_what_can_be_read_again_gives_every_epoch_the_same(data):
    stream = Stream(data)
    expected = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
    assert seen(stream) == expected
    assert seen(stream) == expected
    assert stream.shape == (2,)


def test_a_generator_can_be_read_once():
    stream = Stream(numbered())
    assert len(seen(stream)) == 4
    with pytest.raises(
        DataError, match="a generator can be read once only; give the function that makes it, or train for one"
    ):
        seen(stream)


def test_large_batches_are_divided():
    assert seen(Stream(lambda: numbered(2, 5)), size=2) == [[0, 1], [2, 3], [4], [5, 6], [7, 8], [9]]


def test_batches_are_made_in_the_background_and_numbered():
    made = [*Stream(lambda: numbered(2, 5)).batches(2, lambda batch, start: (start, threading.get_ident()))]
    assert [start for start, _ in made] == [0, 2, 4, 5, 7, 9]
    assert threading.get_ident() not in {ident for _, ident in made}


@pytest.mark.parametrize(
    ("data", "size", "steps"), [(list(numbered()), 64, 4), (list(numbered()), 2, 8), (numbered, 64, None)]
)
def test_the_number_of_steps_is_known_where_the_stream_has_a_length(data, size, steps):
    assert Stream(data).steps(size) == steps


def test_reading_is_ahead_but_bounded():
    read = []

    def generate():
        for n, batch in enumerate(numbered(50)):
            read.append(n)
            yield batch

    batches = Stream(generate).batches(64, lambda batch, start: batch)
    for n in range(5):
        next(batches)
        time.sleep(0.05)
        assert len(read) <= n + 4
    batches.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("pellucid-prefetch")]


def broken():
    yield from numbered(2)
    raise OSError("the disk is gone")


def wrong_shape():
    yield from numbered(2)
    yield np.zeros((3, 5)), np.zeros(3)


def wrong_length():
    yield from numbered(2)
    yield np.zeros((3, 2)), np.zeros(4)


def no_pair():
    yield from numbered(2)
    yield np.zeros((3, 2))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (broken, "^broken: batch 2: OSError: the disk is gone"),
        (wrong_shape, r"^wrong_shape: batch 2: expected inputs of shape \(2,\); got \(5,\)"),
        (
            wrong_length,
            r"^wrong_length: batch 2: expected inputs \(M, ...\) and M targets, at least one; got \(3, 2\) and \(4,\)",
        ),
        (no_pair, r"^no_pair: batch 2: expected a pair \(inputs, targets\); got ndarray"),
    ],
)
def test_what_goes_wrong_in_a_batch_is_named(data, message):
    with pytest.raises(DataError, match=message):
        seen(Stream(data))


def test_a_stream_without_batches_is_refused():
    with pytest.raises(DataError, match="there are no batches"):
        Stream(lambda: [])


def test_what_is_a_stream():
    assert is_stream(numbered)
    assert is_stream(numbered())
    assert not is_stream(np.zeros(3))
    assert not is_stream("text")
    assert not is_stream({"a": 1})
    assert not is_stream(5)
