"""The parent's side of the worker: nothing is left behind, however a worker or the checker's own user ends it."""

import os
import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pellucid.checker.running.job import Job, Limits
from pellucid.checker.running.sandbox import Workers, run_job

CASE = {
    "values": {"x": 1.0},
    "steps": [{"do": "call", "function": "f", "args": [{"$": ["x"]}], "unpack": ["out"]}],
    "outputs": {"out": ["out"]},
}


FIND_PIPE = """import os, signal, stat
def is_pipe(fd):
    try:
        return stat.S_ISFIFO(os.fstat(fd).st_mode)
    except OSError:
        return False
pipe = next(filter(is_pipe, range(3, 64)))
"""


def job(body):
    return Job({"a.py": f"{FIND_PIPE}\ndef f(x):\n    {body}\n"}, "a", ["f"], [CASE])


def run(body, seconds=20.0):
    return run_job(job(body), Limits(seconds))


def left_behind(folder):
    """Open files, temporary folders and children of this process."""
    mine = [child for task in Path("/proc/self/task").glob("*/children") for child in task.read_text().split()]
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
    deaths = [False, True, True, True, False]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, bodies * 2))
    assert left_behind(folder) == before
    assert [bool(result.death) for result in results] == deaths * 2
    with Workers(Limits(20.0)) as workers, ThreadPoolExecutor(2) as pool:
        results = list(pool.map(workers.run, map(job, bodies * 2)))
        assert 1 <= len(left_behind(folder)[2]) <= 2  # the templates
    assert left_behind(folder) == before
    assert [bool(result.death) for result in results] == deaths * 2


@needs_proc
@pytest.mark.parametrize("place", ["frames.read", "Template.fork", "threading.Timer.start"])
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


def test_a_job_sees_nothing_of_an_earlier_job():
    """Workers are forked from one template, each with modules, files and names of its own."""
    changes = "import builtins, numpy; builtins.seen = numpy.seen = True; open('seen.txt', 'w').close(); return x"
    looks = "import builtins, numpy; return x + hasattr(builtins, 'seen') + hasattr(numpy, 'seen') + os.path.exists('seen.txt')"
    with Workers(Limits(20.0)) as workers:
        answers = [workers.run(job(body)).answers[0]["outputs"]["out"] for body in (changes, looks, looks)]
    assert answers == [1.0, 1.0, 1.0]


@needs_proc
def test_a_template_that_was_killed_is_replaced(folder):
    with Workers(Limits(20.0)) as workers:
        for _ in range(3):
            assert workers.run(job("return x")).answers[0]["outputs"]["out"] == 1.0
            (template,) = left_behind(folder)[2]
            os.kill(int(template), signal.SIGKILL)
            workers.templates._idle[0].process.wait()


def test_a_worker_that_is_late_is_reported_as_that():
    result = run("\n    while True: pass", seconds=1.5)
    assert "did not end within 1.5 s" in result.death
