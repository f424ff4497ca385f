"""Running the command line: in this process, for speed, or in one of its own, for what only a process shows."""

import contextlib
import io
import os
import subprocess
import sys
import warnings
from typing import NamedTuple
from unittest import mock

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "COLUMNS": "100", "NO_COLOR": "1"}
TINY = ("--model", "fully-connected", "--hidden", "64", "--norm", "batch", "--epochs", "3")


class Done(NamedTuple):
    """What a command left."""

    code: int
    out: str
    err: str


def environment():
    """The environment of a subprocess: one thread, so that equal runs are equal bit for bit; 100 columns."""
    return os.environ | ONE_THREAD


def in_process(*arguments):
    """Run `pellucid ARGUMENTS` by its entry point."""
    from pellucid.cli import main

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    code = 0
    with (
        mock.patch.object(sys, "argv", ["pellucid", *map(str, arguments)]),
        mock.patch.object(warnings, "showwarning", warnings.showwarning),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    return Done(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))


def command(*arguments):
    """The words of `python -m pellucid ARGUMENTS`."""
    return [sys.executable, "-m", "pellucid", *map(str, arguments)]


def in_a_process(*arguments, **options):
    """Run `python -m pellucid ARGUMENTS`."""
    given = {"env": environment(), "capture_output": True, "text": True, "timeout": 120} | options
    done = subprocess.run(command(*arguments), check=False, **given)
    return Done(done.returncode, done.stdout, done.stderr)
