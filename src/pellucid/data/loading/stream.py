"""Streams: data that come as batches one after another, such as generators and PyTorch's DataLoader."""

import contextlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sized
from typing import Any, NamedTuple, TypeVar

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.loading.indexed import as_array
from pellucid.data.loading.prefetch import prefetch_iterator
from pellucid.shapes import Array

__all__ = ["Stream", "StreamBatch", "is_stream"]

R = TypeVar("R")

_AHEAD = 2  # batches


def is_stream(data: Any) -> bool:
    """Whether data are batches one after another: an iterable, or a function that returns one."""
    return not isinstance(data, np.ndarray | str | bytes | dict) and (callable(data) or hasattr(data, "__iter__"))


class StreamBatch(NamedTuple):
    """A batch of a stream."""

    inputs: Array  # (M, ...)
    targets: Any  # (M,) or (M, K), as the stream gives them


class Stream:
    """Batches (inputs, targets), read in the background; each epoch reads them from the beginning.

    `data` is an iterable that can be read again (a DataLoader, a list of batches), a function without arguments that returns an
    iterable (a generator function), or a generator, which can be read once. The first batch is read when the stream is made.
    """

    def __init__(self, data: Iterable[Any] | Callable[[], Iterable[Any]], *, bare: bool = False) -> None:
        """Read the first batch. Raises DataError for a stream without batches, or a batch that is no pair of arrays.

        bare: batches may also be inputs alone, an array or a tuple of one, as for a prediction; their targets are then 0.
        """
        self.bare = bare
        self.name = getattr(data, "__name__", type(data).__name__)
        self.once = not callable(data) and iter(data) is data
        self._data = data
        self._opened: Iterator[Any] | None = None  # the iterator from which the first batch was read
        self._first: StreamBatch | None = None
        self.first = self._peek()

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one sample."""
        return self.first.inputs.shape[1:]

    def steps(self, size: int) -> int | None:
        """Return how many batches of at most `size` samples an epoch has, where the stream has a length, judged by the first."""
        if not isinstance(self._data, Sized):
            return None
        return len(self._data) * -(-len(self.first.inputs) // size)

    def batches(self, size: int, make: Callable[[StreamBatch, int], R]) -> Generator[R, None, None]:
        """Yield `make(batch, start)` for the batches of an epoch; those of more than `size` samples are divided before.

        Reading and `make` happen in a background thread, up to two batches early. `start` counts the samples before the batch.
        Raises DataError, naming the batch, for one that cannot be used, or for a generator that has been read already.
        """
        return prefetch_iterator(self._made(size, make), ahead=_AHEAD)

    def _made(self, size: int, make: Callable[[StreamBatch, int], R]) -> Generator[R, None, None]:
        count = 0
        with contextlib.closing(self._raw_batches()) as batches:
            for batch in batches:
                for first in range(0, len(batch.inputs), size):
                    part = slice(first, first + size)
                    yield make(StreamBatch(batch.inputs[part], batch.targets[part]), count + first)
                count += len(batch.inputs)

    def _peek(self) -> StreamBatch:
        """Return the first batch; the next epoch starts with it."""
        iterator = self._open()
        first = self._next(iterator, 0)
        if first is None:
            raise DataError(f"{self.name}: there are no batches")
        self._opened, self._first = iterator, first
        return first

    def _raw_batches(self) -> Generator[StreamBatch, None, None]:
        iterator, batch = self._opened, self._first
        self._opened = self._first = None
        if iterator is None or batch is None:
            if self.once:
                raise DataError(
                    f"{self.name}: a generator can be read once only; give the function that makes it, or train for one epoch"
                )
            iterator = self._open()
            batch = self._next(iterator, 0)
            if batch is None:
                raise DataError(f"{self.name}: there are no batches in this epoch, though there were some before")
        number = 1
        try:
            while batch is not None:
                yield batch
                batch = self._next(iterator, number)
                number += 1
        finally:
            if hasattr(iterator, "close"):
                iterator.close()

    def _open(self) -> Iterator[Any]:
        return iter(self._data() if callable(self._data) else self._data)

    def _next(self, iterator: Iterator[Any], number: int) -> StreamBatch | None:
        """Return the next batch as arrays, or None at the end."""
        try:
            batch = next(iterator, None)
        except DataError:
            raise
        except Exception as error:  # of the user's own code
            raise DataError(f"{self.name}: batch {number}: {type(error).__name__}: {error}") from error
        if batch is None:
            return None
        if self.bare and not (isinstance(batch, tuple | list) and len(batch) == 2):
            batch = batch[0] if isinstance(batch, tuple | list) and len(batch) == 1 else batch
            batch = (batch, np.zeros(len(batch) if hasattr(batch, "__len__") else 0))
        if not isinstance(batch, tuple | list) or len(batch) != 2:
            raise DataError(
                f"{self.name}: batch {number}: expected a pair (inputs, targets); got {type(batch).__name__}"
            )
        inputs = as_array(self.name, batch[0], f"batch {number}")
        targets = batch[1].numpy() if hasattr(batch[1], "numpy") else batch[1]
        if inputs.ndim < 2 or len(inputs) == 0 or not hasattr(targets, "__len__") or len(targets) != len(inputs):
            got = f"{inputs.shape} and {np.shape(targets)}"
            raise DataError(
                f"{self.name}: batch {number}: expected inputs (M, ...) and M targets, at least one; got {got}"
            )
        if self._first is None and number and inputs.shape[1:] != self.shape:
            raise DataError(
                f"{self.name}: batch {number}: expected inputs of shape {self.shape}; got {inputs.shape[1:]}"
            )
        return StreamBatch(inputs, targets)
