"""A process that dies before any one of the changes that it makes to its folder is continued as if it had not died.

`test_stopped_anywhere.py` strikes at random moments; here every file that is opened for writing, renamed or removed is one.
"""

import os
import sys

import pytest

from .stopped_runs import result, start, wait

EPOCHS, DIED = 3, 9

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def changes(event, arguments):
    """Whether an audit event is a change of a file, or opens one to change it."""
    return event in ("os.rename", "os.remove") or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR))


def dying_before(number, folder):
    """Return a function after which this process dies before its change with this number in the folder, from 0."""
    left = number

    def watch(event, arguments):
        nonlocal left
        if changes(event, arguments) and str(arguments[0]).startswith(str(folder)):
            left -= 1
            if left < 0:
                os._exit(DIED)

    return lambda: sys.addaudithook(watch)


def different(folder, expected):
    found = result(folder)
    return [key for key in expected if found[key] != expected[key]]


def test_a_run_that_died_before_any_change_of_a_file_is_continued(tmp_path):
    assert wait(start(tmp_path / "whole", EPOCHS)) == 0
    expected = result(tmp_path / "whole")
    number, status = 0, DIED
    while status == DIED:
        folder = tmp_path / f"run-{number}"
        status = wait(start(folder, EPOCHS, dying_before(number, folder)))
        assert status in (0, DIED)
        if status == DIED:
            assert wait(start(folder, EPOCHS)) == 0
        assert (number, different(folder, expected)) == (number, [])
        number += 1
    assert number > 12 * EPOCHS  # four steps an epoch: at least a new file, its name, and an old one removed at each
