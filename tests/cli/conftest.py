"""A command runner, and one small finished run that tests only read."""

import pytest

from .commands import TINY, in_a_process, in_process


@pytest.fixture
def pellucid(monkeypatch):
    """Run a command in this process: `pellucid("train", "--epochs", 3)` -> (code, out, err)."""
    monkeypatch.setenv("COLUMNS", "100")
    return in_process


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory):
    """A finished run on the digits, good enough to tell most of them apart."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    done = in_a_process("train", *TINY, "--learning-rate", "0.02", "--quiet", "--out", folder)
    assert done.code == 0, done.err
    return folder
