"""Settings of every property: the same examples in every run, and no clock, for machines that do other things. Trainings in tests
show no progress."""

import signal

import pytest
from hypothesis import HealthCheck, settings

from pellucid import examining
from pellucid.train.readers import watching

settings.register_profile(
    "repeatable", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background jobs with Ctrl-C ignored


@pytest.fixture(autouse=True)
def quiet_training(monkeypatch):
    """`fit` without a reader of events reports to nobody."""
    monkeypatch.setattr(watching, "_make", lambda: watching.ignore)


@pytest.fixture(autouse=True)
def no_examiner(monkeypatch):
    """`fit` has no doctor, which would cost thousands of tests some milliseconds each; `tests/doctor` gives it back."""
    monkeypatch.setattr(examining, "_make", examining.Nobody)
