"""The parent's side of the worker: start it, send it a job, collect arrays, and say how it died if it did.

Whatever the worker sends is read as arrays and words only: verdicts are reached from them elsewhere, and the expected answers
are computed only after the worker has ended.
"""

import contextlib
import os
import secrets
import signal
import tempfile
import threading
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from pellucid.checker.reading.source_files import SubmissionError
from pellucid.checker.running.job import Job, JobResult, Limits
from pellucid.checker.running.messages import Messages
from pellucid.checker.running.processes import Template, Templates, Worker
from pellucid.checker.running.worker import frames

__all__ = ["BLOCKED", "WeakSandboxError", "Workers", "layers_of_protection", "run_job"]

OUTPUT_LIMIT = 16 << 20
SECONDS_TO_END = 2.0  # for a worker that closed its pipe without a last word
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


class WeakSandboxError(SubmissionError):
    """This system lacks a layer of protection that strangers' code needs; nothing of it was run."""

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"this system cannot confine the code: it lacks {missing} (see docs/security.md); "
            "if you trust the code, run it with --allow-weak-sandbox"
        )


class Workers:
    """Workers within limits, which share templates; a context that leaves no process behind."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.templates = Templates()

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *exception: Any) -> None:
        self.templates.__exit__(*exception)

    def run(self, job: Job) -> JobResult:
        """Run every case of a job; after a case that killed the worker, go on with the next one, twice at most."""
        result = JobResult()
        numbers = list(range(len(job.cases)))
        for _ in range(3):
            remaining = [number for number in numbers if number not in result.answers]
            if not remaining and result.functions:
                break
            with self.templates.one() as template:
                current = _one_process(job, remaining, self.limits, template, result)
            if result.limits.get("lacks") and not self.limits.allow_weak_sandbox:
                raise WeakSandboxError(result.limits["lacks"])
            if result.load_error or not result.death or current is None:
                break
            result.answers[current] = _died(result.death)
        for number in numbers:
            if number not in result.answers and not result.load_error:
                result.answers[number] = _died(result.death or "ended without a result")
        return result


def run_job(job: Job, limits: Limits) -> JobResult:
    """Run one job alone."""
    with Workers(limits) as workers:
        return workers.run(job)


def layers_of_protection() -> Mapping[str, str]:
    """Return what confines a worker on this system, as a report's "sandbox" shows it: measured with an empty job."""
    return run_job(Job({"nothing.py": ""}, "nothing", (), ()), Limits(allow_weak_sandbox=True)).limits


def _died(message: str) -> dict[str, Any]:
    """Return the answer of a case in which the process ended."""
    return {"error": {"type": "Death", "message": message, "line": 0, "file": "", "function": ""}}


def _one_process(job: Job, numbers: Sequence[int], limits: Limits, template: Template, result: JobResult) -> int | None:
    """Run cases in one process; return the number of the case it died in, None where it ended or never got to one."""
    with contextlib.ExitStack() as pipes, tempfile.TemporaryFile() as output:  # which no folder lists
        job_end, job_pipe = (pipes.enter_context(end) for end in _pipe())
        results, results_end = (pipes.enter_context(end) for end in _pipe())
        worker = template.fork(job_end.fileno(), results_end.fileno(), output)
        job_end.close()
        results_end.close()
        nonce = secrets.token_bytes(16)
        message = nonce + frames.pack(_message(job, numbers, limits), nonce)
        state, death = _followed(worker, message, job_pipe, results, nonce, limits, result)
        result.wrote = max(result.wrote, os.fstat(output.fileno()).st_size)
    result.death = "" if state["ended"] else _death(death, str(state["broken"]), limits, result.wrote)
    current = state["current"]
    return current if isinstance(current, int) else None


def _pipe() -> tuple[BinaryIO, BinaryIO]:
    read_end, write_end = os.pipe()
    return os.fdopen(read_end, "rb"), os.fdopen(write_end, "wb", buffering=0)


def _followed(
    worker: Worker,
    message: bytes,
    job_pipe: BinaryIO,
    results: BinaryIO,
    nonce: bytes,
    limits: Limits,
    result: JobResult,
) -> tuple[dict[str, Any], int | None]:
    """Send a worker its job, collect what it sends, end it. Return what was collected and its exit code, None if it timed out."""
    timed_out = threading.Event()

    def stop() -> None:
        timed_out.set()
        worker.kill()

    timer = threading.Timer(limits.seconds, stop)
    state: dict[str, Any] = {"current": None, "ended": False, "broken": ""}
    grace = 0.0
    try:
        timer.start()
        with contextlib.suppress(BrokenPipeError), job_pipe:
            _write(job_pipe, message)
        _collect(Messages(results, nonce, len(message)), result, state)
        grace = 0.0 if state["ended"] or state["broken"] else SECONDS_TO_END
    finally:  # whatever stopped us, Ctrl-C among it
        timer.cancel()
        if timer.is_alive():  # it may be killing the worker: only then may the process id be freed
            timer.join()
        code = worker.end(grace)
    return state, None if timed_out.is_set() else code


def _write(pipe: BinaryIO, message: bytes) -> None:
    data = memoryview(message)
    while len(data):
        data = data[pipe.write(data) :]


def _message(job: Job, numbers: Sequence[int], limits: Limits) -> dict[str, Any]:
    """Return the message that tells a worker its job."""
    return {
        "files": dict(job.files), "module": job.module, "names": list(job.names), "repair": job.repair,
        "stand_ins": list(job.stand_ins), "memory": limits.memory, "seconds": int(limits.seconds) + 5,
        "weak": limits.allow_weak_sandbox, "blocked": list(BLOCKED), "cases": [[number, job.cases[number]] for number in numbers],
    }  # fmt: skip


def _collect(messages: Messages, result: JobResult, state: dict[str, Any]) -> None:
    while True:
        try:
            message = messages.next()
        except (frames.FrameError, OSError) as error:
            state["broken"] = str(error)
            return
        if message is None:
            return
        kind, number = message.get("kind"), message.get("number")
        if kind == "confined" and not result.limits:  # later ones are not the worker's own
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
