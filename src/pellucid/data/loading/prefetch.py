"""Work in background threads, ahead of who needs its results."""

import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

__all__ = ["prefetch", "prefetch_iterator"]

T = TypeVar("T")
R = TypeVar("R")

_END: Any = object()


def prefetch(work: Callable[[T], R], items: Iterable[T], *, workers: int, ahead: int) -> Generator[R, None, None]:
    """Yield `work(item)` for each item, in order, computed by `workers` threads at most `ahead` items early.

    At most `ahead` + 1 results exist at a time. An exception of `work` is raised in the place of its result. When the iterator
    is closed, ends or raises, its threads have ended.
    """
    source = iter(items)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="pellucid-prefetch")
    waiting: deque[Future[R]] = deque()
    try:
        waiting.extend(pool.submit(work, item) for item in itertools.islice(source, ahead))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(pool.submit(work, item) for item in itertools.islice(source, 1))
            yield result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def prefetch_iterator(source: Iterable[T], *, ahead: int) -> Generator[T, None, None]:
    """Yield the values of an iterable; one background thread takes up to `ahead` of them early.

    The source's iterator is only used by that thread, and closed (if it can be) when this one is.
    """
    iterator = iter(source)
    values = prefetch(lambda _: next(iterator, _END), itertools.repeat(None), workers=1, ahead=ahead)
    try:
        for value in values:
            if value is _END:
                return
            yield value
    finally:
        values.close()
        if hasattr(iterator, "close"):
            iterator.close()
