"""PyTorch for the tests marked `peers`, which say so with a message where it is missing."""

import pytest


@pytest.fixture(scope="session")
def torch():
    return pytest.importorskip("torch", reason="the peers tests need the extra [peers]")
