"""What conftest.py says of properties: a busy machine fails none, and each run tries the same examples."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st


def test_an_example_that_had_to_wait_fails_nothing():
    """Hypothesis allows 200 ms an example unless it is told otherwise: less than a busy machine keeps a process waiting."""
    waits = iter([0.3])

    @settings(max_examples=3)
    @given(st.integers())
    def holds(number):
        time.sleep(next(waits, 0))

    holds()


def tried():
    numbers = []

    @given(st.integers())
    def holds(number):
        numbers.append(number)

    holds()
    return numbers


def test_every_run_tries_the_same_examples():
    first = tried()
    assert len(set(first)) > 20
    assert tried() == first
