"""The parent's side of the worker: start it, feed it a job, collect arrays, and say how it died if it did.

Nothing that the worker sends is believed to be more than arrays and words: verdicts are reached from them elsewhere, and the
expected answers are computed only after the worker is gone.
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

from pellucid.checker.worker import frames

__all__ = ["BLOCKED", "Job", "Limits", "Outcome", "run_job"]

HARNESS = Path(__file__).with_name("worker") / "harness.py"
OUTPUT_LIMIT = 16 << 20
# Libraries that already hold the answers, and ways around the checker.
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
    """What a worker may use."""

    seconds: float = 10.0  # wall clock, for one function
    memory: int = 4 << 30  # bytes of address space


@dataclass(frozen=True)
class Job:
    """What a worker is to do."""

    files: Mapping[str, str]  # sources by path, "cs231n/layers.py"
    module: str  # "cs231n.layers"
    names: Sequence[str]  # functions to look for
    cases: Sequence[Mapping[str, Any]]
    mend: bool = False  # repair Python 2
    replace: Sequence[Mapping[str, Any]] = ()  # stand-ins: {"from": module, "names": [...]}


@dataclass
class Outcome:
    """What came back."""

    results: dict[int, dict[str, Any]] = field(default_factory=dict)  # case number -> outputs or error
    functions: Sequence[str] = ()  # those that the module holds
    stubbed: Sequence[str] = ()  # modules that were missing
    load_error: Mapping[str, Any] | None = None
    limits: Mapping[str, str] = field(default_factory=dict)
    death: str = ""  # how the process ended, where it did not end well
    wrote: int = 0  # bytes printed


def run_job(job: Job, limits: Limits) -> Outcome:
    """Run every case of a job; after a case that killed the worker, go on with the next one, twice at most."""
    outcome = Outcome()
    numbers = list(range(len(job.cases)))
    for _ in range(3):
        left = [number for number in numbers if number not in outcome.results]
        if not left and outcome.functions:
            break
        current = _one_process(job, left, limits, outcome)
        if outcome.load_error or not outcome.death:
            break
        if current is None:
            break
        outcome.results[current] = {
            "error": {"type": "Death", "message": outcome.death, "line": 0, "file": "", "function": ""}
        }
    for number in numbers:
        if number not in outcome.results and not outcome.load_error:
            message = outcome.death or "the worker ended without a result"
            outcome.results[number] = {
                "error": {"type": "Death", "message": message, "line": 0, "file": "", "function": ""}
            }
    return outcome


def _one_process(job: Job, numbers: Sequence[int], limits: Limits, outcome: Outcome) -> int | None:
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
            state, death = _followed(process, message, stream, nonce, limits, outcome)
        outcome.wrote = max(outcome.wrote, printed.stat().st_size)
    outcome.death = "" if state["ended"] else _death(death, str(state["broken"]), limits, outcome.wrote)
    current = state["current"]
    return current if isinstance(current, int) else None


def _followed(
    process: "subprocess.Popen[bytes]", message: bytes, stream: BinaryIO, nonce: bytes, limits: Limits, outcome: Outcome
) -> tuple[dict[str, Any], int | None]:
    """Tell a worker its job, collect what it sends, end it. Return what was collected and its exit code, None if it was late."""
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
        _collect(stream, nonce, outcome, state)
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
    """Return what a worker is told."""
    return {
        "files": dict(job.files), "module": job.module, "names": list(job.names), "mend": job.mend,
        "replace": list(job.replace), "memory": limits.memory, "seconds": int(limits.seconds) + 5, "folder": folder,
        "blocked": list(BLOCKED), "cases": [[number, job.cases[number]] for number in numbers],
    }  # fmt: skip


def _collect(stream: BinaryIO, nonce: bytes, outcome: Outcome, state: dict[str, Any]) -> None:
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
            outcome.limits = message["limits"]
        elif kind == "failed to load":
            outcome.load_error, state["ended"] = message["error"], True
            return
        elif kind == "loaded":
            outcome.functions, outcome.stubbed = message["functions"], message["stubbed"]
        elif kind == "case":
            state["current"] = number
        elif kind == "result" and number == state["current"]:
            outcome.results[number] = message
            state["current"] = None
        elif kind == "done":
            state["ended"] = True
            return


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End the worker and whatever it may have started; one that was waited for is gone, and its number may be another's."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _death(code: int | None, broken: str, limits: Limits, wrote: int) -> str:
    """Say how a worker ended that did not end well; code: None where it was late."""
    if broken:
        return f"wrote into the checker's own pipe ({broken})"
    if code is None:
        return f"did not end within {limits.seconds:g} s (an endless loop?)"
    if wrote >= OUTPUT_LIMIT:
        return f"printed more than {OUTPUT_LIMIT >> 20} MiB"
    if code < 0:  # by a number: not every signal has a name
        return SIGNALS.get(-code, f"was ended by signal {-code}")
    return f"ended the process itself (exit code {code})"
