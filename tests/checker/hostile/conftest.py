"""Who the hostile submissions are run as, and what they must not touch."""

import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

NOBODY = 65534


def pytest_collection_modifyitems(items):
    """Everything in this folder needs Linux."""
    if platform.system() != "Linux":
        for item in items:
            if "hostile" in item.path.parts:
                item.add_marker(pytest.mark.skip(reason="needs Linux"))


@pytest.fixture(params=["this user", "an ordinary user"])
def user(request):
    """Arguments for subprocess: this user, and, where this user is root, an ordinary one."""
    if request.param == "this user":
        return {}
    if os.getuid() != 0:
        pytest.skip("only root can become another user; the tests ran as an ordinary one")
    other = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    try:
        subprocess.run([sys.executable, "-c", "import numpy, pellucid"], **other, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(f"the user {NOBODY} cannot run {sys.executable}, or cannot read the packages")
    return other


@pytest.fixture
def home(user):
    """A folder that belongs to the user; below pytest's own folders only the user who runs the tests may pass."""
    with tempfile.TemporaryDirectory(prefix="pellucid-hostile-home-") as folder:
        if user:
            os.chown(folder, user["user"], user["group"])
        yield Path(folder)
