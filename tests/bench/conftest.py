"""A side of the benchmarks is a process of its own and sets PyTorch as it likes; a test gives the settings back."""

import sys

import pytest


@pytest.fixture(autouse=True)
def settings_of_torch():
    yield
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_grad_enabled(True)
