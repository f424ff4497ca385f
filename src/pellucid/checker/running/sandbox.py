"""The parent's side of the worker: start it, send it a job, collect arrays, and say how it died if it did.

Whatever the worker sends is read as arrays and words only: verdicts are reached from them elsewhere, and the expected answers
are computed only after the worker has ended.
"""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from pellucid.checker.running.worker import frames

__all__ = ["BLOCKED", "Job", "JobResult", "Limits", "run_job"]

HARNESS = Path(__file__).with_name("worker") / "harness.py"
OUTPUT_LIMIT = 16 << 20
# Libraries that contain the answers, and ways around the checker.
BLOCKED = (
    "pellucid",
    "torch",
    "tensorflow",
    "jax",
    "autograd",
    "sklearn",
    "keras",
    "ctypes",
    "_ctypes",
    "cffi",
    "multiprocessing",
)
SIGNALS: Mapping[int, str] = {
    signal.SIGSEGV: "crashed with a segmentation fault",
    signal.SIGBUS: "crashed with a bus error",
    signal.SIGABRT: "aborted",
    signal.SIGFPE: "crashed with an arithmetic fault",
    signal.SIGXCPU: "used up its processor time",
    signal.SIGKILL: "was killed, most likely for its memory",
    signal.SIGXFSZ: "wrote more than the checker allows",
}


@dataclass(frozen=True)
class Limits:
    """The resources that a worker may use."""

    seconds: float = 10.0  # wall clock, for one function
    memory: int = 4 << 30  # bytes of address space


@dataclass(frozen=True)
class Job:
    """The work for a worker."""

    files: Mapping[str, str]  # sources by path, "cs231n/layers.py"
    module: str  # "cs231n.layers"
    names: Sequence[str]  # functions to look up
    cases: Sequence[Mapping[str, Any]]
    repair: bool = False  # of Python 2
    stand_ins: Sequence[Mapping[str, Any]] = ()  # {"from": module, "names": [...]}: used in place of the learner's own


@dataclass
class JobResult:
    """What came back from a worker."""

    answers: dict[int, dict[str, Any]] = field(default_factory=dict)  # case number -> outputs or error
    functions: Sequence[str] = ()  # those that the module defines
    stubbed: Sequence[str] = ()  # modules that were missing
    load_error: Mapping[str, Any] | None = None
    limits: Mapping[str, str] = field(default_factory=dict)
    death: str = ""  # how the process ended, where it failed
    wrote: int = 0  # bytes printed


def run_job(job: Job, limits: Limits) -> JobResult:
    """Run every case of a job; after a case that killed the worker, go on with the next one, twice at most."""
    result = JobResult()
    numbers = list(range(len(job.cases)))
    for _ in range(3):
        remaining = [number for number in numbers if number not in result.answers]
        if not remaining and result.functions:
            break
        current = _one_process(job, remaining, limits, result)
        if result.load_error or not result.death:
            break
        if current is None:
            break
        result.answers[current] = _died(result.death)
    for number in numbers:
        if number not in result.answers and not result.load_error:
            result.answers[number] = _died(result.death or "ended without a result")
    return result


def _died(message: str) -> dict[str, Any]:
    """Return the answer of a case in which the process ended."""
    return {"error": {"type": "Death", "message": message, "line": 0, "file": "", "function": ""}}


def _one_process(job: Job, numbers: Sequence[int], limits: Limits, result: JobResult) -> int | None:
    """Run cases in one process; return the number of the case it died in, None where it ended or never got to one."""
    with tempfile.TemporaryDirectory(prefix="pellucid-check-", ignore_cleanup_errors=True) as folder:
        printed = Path(folder) / "output.txt"
        read_end, write_end = os.pipe()
        with open(printed, "wb") as output, os.fdopen(read_end, "rb") as stream:
            try:
                process = _started(folder, write_end, output)
            finally:
                os.close(write_end)
            nonce = secrets.token_bytes(16)
            message = nonce + frames.pack(_message(job, numbers, limits, folder), nonce)
            state, death = _followed(process, message, stream, nonce, limits, result)
        result.wrote = max(result.wrote, printed.stat().st_size)
    result.death = "" if state["ended"] else _death(death, str(state["broken"]), limits, result.wrote)
    current = state["current"]
    return current if isinstance(current, int) else None


def _followed(
    process: "subprocess.Popen[bytes]",
    message: bytes,
    stream: BinaryIO,
    nonce: bytes,
    limits: Limits,
    result: JobResult,
) -> tuple[dict[str, Any], int | None]:
    """Send a worker its job, collect what it sends, end it. Return what was collected and its exit code, None if it timed out."""
    timed_out = threading.Event()

    def stop() -> None:
        timed_out.set()
        _kill(process)

    timer = threading.Timer(limits.seconds, stop)
    state: dict[str, Any] = {"current": None, "ended": False, "broken": ""}
    try:
        timer.start()
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
            stdin.write(message)
        _collect(stream, nonce, result, state)
        if not state["ended"] and not state["broken"]:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(2)
    finally:  # whatever stopped us, Ctrl-C among it
        timer.cancel()
        _kill(process)
        code = process.wait()
    return state, None if timed_out.is_set() else code


def _started(folder: str, write_end: int, output: BinaryIO) -> "subprocess.Popen[bytes]":
    """Start a worker that writes its results into `write_end`, and what the code prints into `output`."""
    numpy_folder = str(Path(np.__file__).resolve().parents[1])
    command = [sys.executable, "-I", "-S", "-B", str(HARNESS), str(write_end), numpy_folder]
    environment = {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "HOME": folder,
        "TMPDIR": folder,
        "LC_ALL": "C.UTF-8",
    }
    if "OPENBLAS_CORETYPE" in os.environ:
        environment["OPENBLAS_CORETYPE"] = os.environ["OPENBLAS_CORETYPE"]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=output, stderr=output, pass_fds=[write_end], cwd=folder,
        env=environment, start_new_session=True,
    )  # fmt: skip


def _message(job: Job, numbers: Sequence[int], limits: Limits, folder: str) -> dict[str, Any]:
    """Return the message that tells a worker its job."""
    return {
        "files": dict(job.files), "module": job.module, "names": list(job.names), "repair": job.repair,
        "stand_ins": list(job.stand_ins), "memory": limits.memory, "seconds": int(limits.seconds) + 5, "folder": folder,
        "blocked": list(BLOCKED), "cases": [[number, job.cases[number]] for number in numbers],
    }  # fmt: skip


def _collect(stream: BinaryIO, nonce: bytes, result: JobResult, state: dict[str, Any]) -> None:
    while True:
        try:
            message = frames.read(stream, nonce)
        except (frames.FrameError, OSError) as error:
            state["broken"] = str(error)
            return
        if not isinstance(message, dict):
            return
        kind, number = message.get("kind"), message.get("number")
        if kind == "confined":
            result.limits = message["limits"]
        elif kind == "failed to load":
            result.load_error, state["ended"] = message["error"], True
            return
        elif kind == "loaded":
            result.functions, result.stubbed = message["functions"], message["stubbed"]
        elif kind == "case":
            state["current"] = number
        elif kind == "result" and number == state["current"]:
            result.answers[number] = message
            state["current"] = None
        elif kind == "done":
            state["ended"] = True
            return


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End the worker and whatever it started; never after waiting for it, since its process id may have been reused."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _death(code: int | None, broken: str, limits: Limits, wrote: int) -> str:
    """Say how a failed worker ended; code: None where it timed out."""
    if broken:
        return f"wrote into the checker's own pipe ({broken})"
    if code is None:
        return f"did not end within {limits.seconds:g} s (an endless loop?)"
    if wrote >= OUTPUT_LIMIT:
        return f"printed more than {OUTPUT_LIMIT >> 20} MiB"
    if code < 0:  # by a number: not every signal has a name
        return SIGNALS.get(-code, f"was ended by signal {-code}")
    return f"ended the process itself (exit code {code})"
