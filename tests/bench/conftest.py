"""A side of the benchmarks normally runs in its own process and changes global settings of PyTorch; tests restore them."""

import sys

import pytest


@pytest.fixture(autouse=True)
def settings_of_torch():
    yield
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_grad_enabled(True)
