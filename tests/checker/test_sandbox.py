"""The parent's side of the worker: nothing is left behind, however a worker or the checker's own user ends it."""

import os
import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pellucid.checker.running.sandbox import Job, Limits, run_job

CASE = {
    "values": {"x": 1.0},
    "steps": [{"do": "call", "function": "f", "args": [{"$": ["x"]}], "unpack": ["out"]}],
    "outputs": {"out": ["out"]},
}


def run(body, seconds=20.0):
    return run_job(
        Job({"a.py": f"import os, signal, sys\npipe = int(sys.argv[1])\ndef f(x):\n    {body}\n"}, "a", ["f"], [CASE]),
        Limits(seconds),
    )


def left_behind(folder):
    """Open files, temporary folders and children of this process."""
    mine = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return sorted(os.listdir("/proc/self/fd")), sorted(os.listdir(folder)), mine


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


needs_proc = pytest.mark.skipif(
    not Path(f"/proc/self/task/{os.getpid()}/children").exists(), reason="needs Linux's /proc"
)


@needs_proc
def test_workers_leave_nothing_behind(folder):
    bodies = ["return x", "os._exit(3)", "os.close(pipe) or signal.pause()", "os.write(pipe, b'rubbish' * 9)", "1 / 0"]
    run("return x")  # what Python opens for itself on the first time
    before = left_behind(folder)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, bodies * 2))
    assert left_behind(folder) == before
    assert [bool(result.death) for result in results[:5]] == [False, True, True, True, False]


@needs_proc
@pytest.mark.parametrize("place", ["frames.read", "_started", "threading.Timer.start"])
def test_an_interrupted_check_leaves_nothing_behind(folder, monkeypatch, place):
    """Ctrl-C while results are read; a worker, or a thread, that the system has no room for."""
    before = left_behind(folder)

    def fails(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"pellucid.checker.running.sandbox.{place}", fails)
    with pytest.raises(KeyboardInterrupt):
        run("return x")
    monkeypatch.undo()
    assert left_behind(folder) == before


@pytest.mark.parametrize(
    ("number", "told"), [(signal.SIGABRT, "aborted"), (signal.SIGTERM, "by signal 15"), (40, "by signal 40")]
)
def test_a_worker_that_a_signal_ended(number, told):
    """Also by one without a name, which ended the checker with a traceback."""
    result = run(f"signal.raise_signal({int(number)})")
    assert told in result.answers[0]["error"]["message"]


def test_a_worker_that_is_late_is_told_as_that():
    result = run("\n    while True: pass", seconds=1.5)
    assert "did not end within 1.5 s" in result.death
