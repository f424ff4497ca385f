"""The parent's side of the worker: nothing is left behind, however a worker or the checker's own user ends it."""

import errno
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pellucid.checker.running.job import Job, JobResult, Limits
from pellucid.checker.running.messages import Messages
from pellucid.checker.running.sandbox import Workers, _collect, run_job
from pellucid.checker.running.worker import frames

OWN_TEMPLATES = True
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
    mine = [child for task in Path("/proc/self/task").glob("*/children") for child in text(task).split()]
    return sorted(os.listdir("/proc/self/fd")), sorted(os.listdir(folder)), mine


def text(place):
    """A file of /proc; nothing where its process or thread has ended meanwhile."""
    try:
        return place.read_text(errors="replace")
    except OSError:
        return ""


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
        assert 1 <= len({*left_behind(folder)[2]} - {*before[2]}) <= 2  # the templates
    assert left_behind(folder) == before
    assert [bool(result.death) for result in results] == deaths * 2


@needs_proc
@pytest.mark.parametrize("place", ["frames.read", "Template.fork", "threading.Timer.start"])
def test_an_interrupted_check_leaves_nothing_behind(folder, monkeypatch, place):
    """Ctrl-C while results are read; a worker, or a thread, that the system has no room for."""
    before = left_behind(folder)

    def fails(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"pellucid.checker.running.conversation.{place}", fails)
    with pytest.raises(KeyboardInterrupt):
        run("return x")
    monkeypatch.undo()
    assert left_behind(folder) == before


def test_a_worker_that_is_ended_before_it_has_a_group_of_its_own_is_killed(monkeypatch):
    """Killing the group alone found no group yet, and then waited for ever for a worker that waited for its job."""
    from pellucid.checker.running.worker import template

    read_end, write_end = os.pipe()
    process = os.fork()
    if not process:  # as a worker between its fork and its setsid
        os.read(read_end, 1)
        os._exit(0)
    try:
        assert template._exit_code(process, 0.0) == -signal.SIGKILL
    finally:
        os.close(read_end)
        os.close(write_end)


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
    before = left_behind(folder)[2]  # other tests may have started a process that lives on
    with Workers(Limits(20.0)) as workers:
        for _ in range(3):
            assert workers.run(job("return x")).answers[0]["outputs"]["out"] == 1.0
            (template,) = {*left_behind(folder)[2]} - {*before}
            os.kill(int(template), signal.SIGKILL)
            workers.templates._idle[0].process.wait()


def test_a_worker_that_is_late_is_reported_as_that():
    result = run("\n    while True: pass", seconds=1.5)
    assert "did not end within 1.5 s" in result.death


def test_results_that_are_too_large_are_said_to_be_that():
    """It is a wrong shape more often than an attack, so it is not called one."""
    result = run("import numpy; return numpy.zeros(1 << 22)")
    assert (
        result.answers[0]["error"]["message"]
        == "returned more numbers than the checker reads (arrays of a wrong shape?)"
    )


def running(mark):
    """Processes whose command line, or that of a parent, holds a mark."""
    found, parents = set(), {}
    for place in Path("/proc").glob("[0-9]*"):
        parents[int(place.name)] = parent(int(place.name))
        if mark in text(place / "cmdline"):
            found.add(int(place.name))
    for _ in range(4):
        found |= {process for process, parent in parents.items() if parent in found}
    return found


GRADER = """
import sys
from pellucid.checker.running.job import Job, Limits
from pellucid.checker.running.sandbox import run_job
source = "import os, sys\\ndef f(x):\\n    sys.stdout.write('.'); sys.stdout.flush()\\n    while True: pass\\n"
case = {"values": {"x": 1.0}, "steps": [{"do": "call", "function": "f", "args": [{"$": ["x"]}], "unpack": ["out"]}], "outputs": {}}
run_job(Job({"a.py": source}, "a", ["f"], [case]), Limits(60.0))
"""


@needs_proc
@pytest.mark.parametrize("moment", [0.0, 0.3, 0.6, 0.9, 1.2, 2.0, 3.0])
@pytest.mark.parametrize("who", ["the grader", "the template"])
def test_nothing_outlives_a_grader_that_was_killed(tmp_path, moment, who):
    """No worker, template or first process of its namespace, and no file: at whichever moment it is killed."""
    mark = f"pellucid-grader-{os.getpid()}-{moment}"
    (tmp_path / "temporary").mkdir()
    places = {"TMPDIR": str(tmp_path / "temporary"), "HOME": str(tmp_path)}
    grader = subprocess.Popen([sys.executable, "-c", GRADER, mark], cwd=tmp_path, env={**os.environ, **places})
    until(lambda: len(running(mark)) > 1 or moment == 0.0)  # the template runs
    time.sleep(moment)
    family = running(mark)
    if who == "the template":  # alone: its workers must not wait for anyone
        templates = [p for p in family if "template.py" in text(Path(f"/proc/{p}/cmdline")) and parent(p) == grader.pid]
        for process in templates:
            os.kill(process, signal.SIGKILL)
        assert until(lambda: not any(alive(p) for p in family - {grader.pid}))
    grader.kill()
    grader.wait()
    assert until(lambda: not any(alive(p) for p in family)), family
    assert [path.name for path in tmp_path.rglob("*")] == ["temporary"]


def about(process):
    """The fields of /proc/PROCESS/stat from the state on; none where it has ended."""
    return text(Path(f"/proc/{process}/stat")).rpartition(")")[2].split()


def parent(process):
    return int((about(process) or [0, 0])[1])


def alive(process):
    return (about(process) or ["Z"])[0] != "Z"


def until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not (done := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return done


def test_a_worker_fills_no_disk(folder):
    """It writes into a file system in memory, which has a size and a number of files, and ends with it."""
    body = """
    import errno
    written, number = 0, 0
    try:
        while True:
            with open(f"{number}.bin", "wb") as file:
                written += file.write(bytes(8 << 20))
            number += 1
    except OSError as error:
        return float(written if error.errno == errno.ENOSPC else -error.errno)
    """
    answer = run(body).answers[0]["outputs"]["out"]
    assert answer == -errno.EPERM or 0 < answer <= 64 << 20  # -EPERM: where no mount namespace is to be had
    body = """
    try:
        for number in range(10000):
            open(f"{number}", "w").close()
    except OSError:
        return float(number)
    return -1.0
    """
    assert 0 <= run(body).answers[0]["outputs"]["out"] < 4096
    assert not os.listdir(folder)


def test_numpy_works_without_ctypes():
    body = """
    import numpy as np
    a = np.arange(4.0)
    rest = np.linalg.norm(a), np.fft.fft(a).real[0], np.random.default_rng(0).random(), np.ma.array(a).sum()
    return a.sum(), a.ctypes.data > 0, *map(float, rest)
    """
    assert run(body).answers[0]["outputs"]["out"][:2] == [6.0, True]


def test_ctypes_is_gone_before_a_submission_is_imported():
    body = "import sys; return [name for name in sys.modules if name.partition('.')[0] in ('ctypes', '_ctypes')]"
    assert run(body).answers[0]["outputs"]["out"] == []
    assert run("import ctypes").answers[0]["error"]["type"] == "ImportError"
    assert run("import _ctypes").answers[0]["error"]["type"] == "ImportError"


def test_a_forged_report_of_weakness_does_not_end_the_grading():
    """Only the first message about the sandbox counts: it is sent before the submission is loaded."""
    result = run("return x")
    assert result.answers[0]["outputs"]["out"] == 1.0
    stream = io.BytesIO(
        b"".join(frames.pack({"kind": "confined", "limits": {"lacks": lacks}}, bytes(16)) for lacks in ("", "all"))
    )
    messages = Messages(stream, bytes(16), 1 << 20)
    _collect(messages, received := JobResult(), {"current": None, "ended": False, "broken": ""})
    assert received.limits == {"lacks": ""}


def test_threads_of_a_submission_still_run():
    body = """
    import threading
    done = []
    threads = [threading.Thread(target=done.append, args=(1,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return float(len(done))
    """
    assert run(body).answers[0]["outputs"]["out"] == 8.0
