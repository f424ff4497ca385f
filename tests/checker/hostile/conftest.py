"""Who the hostile submissions are run as, and what they must not touch."""

import functools
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest

NOBODY = 65534


def pytest_collection_modifyitems(items):
    """Everything in this folder needs Linux."""
    if platform.system() != "Linux":
        for item in items:
            if "hostile" in item.path.parts:
                item.add_marker(pytest.mark.skip(reason="needs Linux"))


class User(NamedTuple):
    """Who a program runs as."""

    number: int
    prefix: tuple[str, ...] = ()  # of a command, so that it runs as this user

    def own(self, *paths):
        """Give files to the user."""
        for path in paths if self.prefix else ():
            os.chown(path, self.number, self.number)

    def run(self, command, **settings):
        """Run a command as the user."""
        return subprocess.run([*self.prefix, *command], capture_output=True, text=True, **settings)


@pytest.fixture(params=["this user", "an ordinary user"])
def user(request):
    """This user, and, where this user is root, an ordinary one."""
    if request.param == "this user":
        return User(os.getuid())
    if os.getuid() != 0:
        pytest.skip("only root can become another user; the tests ran as an ordinary one")
    other = User(NOBODY, (sys.executable, str(Path(__file__).with_name("ordinary.py")), str(NOBODY)))
    if problem := why_not(other):
        pytest.skip(f"the user {NOBODY} cannot run {sys.executable}, or cannot read the packages: {problem}")
    return other


@functools.cache
def why_not(user):
    """Why a user cannot run this Python with the packages, "" where it can."""
    done = user.run([sys.executable, "-c", "import numpy, pellucid"], timeout=120)
    return (done.stderr.strip().rpartition("\n")[2] or "it ended with an error") if done.returncode else ""


@pytest.fixture
def home(user):
    """A folder that belongs to the user; below pytest's own folders only the user who runs the tests may pass."""
    with tempfile.TemporaryDirectory(prefix="pellucid-hostile-home-", dir="/tmp") as folder:
        user.own(folder)
        yield Path(folder)
