"""What scripts of users need: the command line, in this process."""

import pytest
from tests.cli.commands import in_process


@pytest.fixture
def pellucid_command():
    """Run a command: `pellucid_command("train", "--epochs", 3)` -> (code, out, err)."""
    return in_process
