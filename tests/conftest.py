"""Settings of every property: the same examples in every run, and no clock, for machines that do other things. Trainings in tests
show no progress."""

import gc
import os
import signal

# Beside other workers, threads of BLAS and OpenMP would spin while they wait for a processor: three times the processor time.
if "PYTEST_XDIST_WORKER" in os.environ:
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")

import pytest
from hypothesis import HealthCheck, settings

from pellucid import examining
from pellucid.train.readers import watching

settings.register_profile(
    "repeatable", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")
gc.disable()  # until the tests are collected, which makes no garbage and takes a quarter longer with it
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background jobs with Ctrl-C ignored


def pytest_collection_finish(session):
    """Collect garbage from here on, without the tests themselves: looking at their millions of objects takes 0.3 s each time."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def quiet_training(monkeypatch):
    """`fit` without a reader of events reports to nobody."""
    monkeypatch.setattr(watching, "_make", lambda: watching.ignore)


@pytest.fixture(autouse=True)
def no_examiner(monkeypatch):
    """`fit` has no doctor, which would cost thousands of tests some milliseconds each; `tests/doctor` gives it back."""
    monkeypatch.setattr(examining, "_make", examining.Nobody)
