"""Work ahead: results in order, few at a time, errors in their place, and no thread is left, however it ends."""

import threading
import time

import pytest

from pellucid.data.loading.prefetch import prefetch, prefetch_iterator

NAME = "pellucid-prefetch"


def threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith(NAME)]


@pytest.mark.parametrize(("workers", "ahead"), [(1, 1), (4, 2), (3, 10)])
def test_results_come_in_order_whatever_takes_longer(workers, ahead):
    def work(n):
        time.sleep(0.002 * (n % 3))
        return n * n

    assert list(prefetch(work, range(40), workers=workers, ahead=ahead)) == [n * n for n in range(40)]
    assert not threads()


def test_work_happens_in_other_threads_before_it_is_asked_for():
    started = threading.Event()

    def work(n):
        if n == 1:
            started.set()
        return threading.get_ident()

    results = prefetch(work, range(3), workers=1, ahead=2)
    assert next(results) != threading.get_ident()
    assert started.wait(timeout=60)  # 1 is done although nobody has asked for it
    results.close()


def test_at_most_ahead_results_wait():
    done = []

    def work(n):
        done.append(n)
        return n

    results = prefetch(work, range(100), workers=2, ahead=3)
    for n in range(5):
        assert next(results) == n
        time.sleep(0.05)
        assert len(done) <= n + 1 + 3
    results.close()


def test_an_error_takes_the_place_of_its_result():
    def work(n):
        if n == 3:
            raise ValueError("row 3")
        return n

    results = prefetch(work, range(10), workers=2, ahead=4)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="row 3"):
        next(results)
    assert not threads()


def test_leaving_early_ends_the_threads():
    results = prefetch(lambda n: n, range(1_000_000), workers=4, ahead=8)
    next(results)
    assert threads()
    results.close()
    assert not threads()


def test_an_interrupt_of_the_consumer_ends_the_threads():
    results = prefetch(lambda n: n, range(100), workers=2, ahead=2)

    def consume():
        try:
            for _ in results:
                raise KeyboardInterrupt
        finally:
            results.close()

    with pytest.raises(KeyboardInterrupt):
        consume()
    assert not threads()


def test_an_iterator_is_read_by_one_thread_and_closed():
    read_by, closed = set(), []

    def generate():
        try:
            for n in range(100):
                read_by.add(threading.get_ident())
                yield n
        finally:
            closed.append(True)

    assert list(prefetch_iterator(generate(), ahead=3)) == list(range(100))
    assert len(read_by) == 1
    assert threading.get_ident() not in read_by
    values = prefetch_iterator(generate(), ahead=3)
    assert next(values) == 0
    values.close()
    assert closed == [True, True]
    assert not threads()


def test_an_error_of_an_iterator_comes_after_the_values_before_it():
    def generate():
        yield 1
        raise OSError("the disk")

    values = prefetch_iterator(generate(), ahead=3)
    assert next(values) == 1
    with pytest.raises(OSError, match="the disk"):
        next(values)
    assert not threads()
