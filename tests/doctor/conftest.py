"""Trainings of these tests have a doctor, as everybody's do."""

import pytest

import pellucid
from pellucid import examining


@pytest.fixture(autouse=True)
def with_examiner(no_examiner, monkeypatch):
    """Give `fit` its doctor back."""
    monkeypatch.setattr(examining, "_make", pellucid.doctor.Doctor)
