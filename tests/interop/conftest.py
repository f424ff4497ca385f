"""The course's names are installed for one test and taken away again."""

import numpy as np
import pytest

from pellucid.interop import cs231n


@pytest.fixture
def course():
    """`import cs231n` gives Pellucid's modules during the test; NumPy's global generator starts as the notebooks start it."""
    cs231n.install()
    state = np.random.get_state()
    np.random.seed(231)
    yield
    np.random.set_state(state)
    cs231n.uninstall()
