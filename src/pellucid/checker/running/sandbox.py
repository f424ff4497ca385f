"""The parent's side of the worker: start it, send it a job, collect arrays, and say how it died if it did.

Whatever the worker sends is read as arrays and words only: verdicts are reached from them elsewhere, and the expected answers
are computed only after the worker has ended.
"""

import contextlib
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pellucid.checker.reading.source_files import SubmissionError
from pellucid.checker.running.conversation import Conversation, conversation
from pellucid.checker.running.job import Job, JobResult, Limits
from pellucid.checker.running.lender import Lender, settings
from pellucid.checker.running.messages import Messages, size_of
from pellucid.checker.running.processes import Templates, Times
from pellucid.checker.running.worker import frames

__all__ = ["OUTPUT_LIMIT", "WeakSandboxError", "Workers", "layers_of_protection", "run_job"]

OUTPUT_LIMIT = 16 << 20
SECONDS_TO_END = 2.0  # for a worker that closed its pipe without a last word
SIGNALS: Mapping[int, str] = {
    signal.SIGSEGV: "crashed with a segmentation fault",
    signal.SIGBUS: "crashed with a bus error",
    signal.SIGABRT: "aborted",
    signal.SIGFPE: "crashed with an arithmetic fault",
    signal.SIGXCPU: "used up its processor time",
    signal.SIGKILL: "was killed by signal 9 (the system sends it where memory runs out)",
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

    @contextlib.contextmanager
    def stopped_by_interrupt(self) -> Iterator[None]:
        """A block that waits for other threads' jobs: Ctrl-C ends those jobs, so that the wait is short."""
        try:
            yield
        except (KeyboardInterrupt, GeneratorExit):
            self.templates.stop()
            raise

    def check(self) -> None:
        """Raise StoppedError where the check was interrupted."""
        self.templates.check()

    def run(self, job: Job, limits: Limits | None = None) -> JobResult:
        """Run every case of a job; after a case that killed the worker, go on with the next one, twice at most."""
        limits = limits or self.limits
        result = JobResult()
        numbers = list(range(job.count))
        for _ in range(3):
            remaining = [number for number in numbers if number not in result.answers]
            if not remaining and result.functions:
                break
            current = _one_process(job, remaining, limits, self.templates, result)
            if result.limits.get("lacks") and not limits.allow_weak_sandbox:
                raise WeakSandboxError(result.limits["lacks"])
            if result.load_error or not result.death or current is None:
                break
            result.answers[current] = _died(result.death, result.starved)
        for number in numbers:
            if number not in result.answers and not result.load_error:
                result.answers[number] = _died(result.death or "ended without a result", result.starved)
        return result


def run_job(job: Job, limits: Limits) -> JobResult:
    """Run one job alone."""
    with Workers(limits) as workers:
        return workers.run(job)


def layers_of_protection() -> Mapping[str, str]:
    """Return what confines a worker on this system, as a report's "sandbox" shows it: measured with an empty job."""
    return run_job(Job({"nothing.py": ""}, "nothing", (), ()), Limits(allow_weak_sandbox=True)).limits


def _died(message: str, starved: str) -> dict[str, Any]:
    """Return the answer of a case in which the process ended."""
    return {"error": {"type": "Death", "message": message, "line": 0, "file": "", "function": "", "starved": starved}}


def _one_process(
    job: Job, numbers: Sequence[int], limits: Limits, templates: Templates, result: JobResult
) -> int | None:
    """Run cases in one process; return the number of the case it died in, None where it ended or never got to one."""
    state: dict[str, Any] = {"current": None, "ended": False, "broken": ""}
    with contextlib.ExitStack() as opened:
        lender = opened.enter_context(Lender(job.lent, limits, templates)) if job.lent else None
        talk = opened.enter_context(conversation(opened.enter_context(templates.one()), limits))
        repeated = (job.copies - 1) * size_of(list(job.cases)) if job.copies > 1 else 0
        messages = talk.start(_message(job, numbers, limits), job.largest_results, repeated)
        _collect(messages, result, state, (lambda call: talk.send(lender.answer(call))) if lender else None)
        talk.grace = 0.0 if state["ended"] or state["broken"] else SECONDS_TO_END
    result.printed, result.wrote = talk.printed, max(result.wrote, talk.wrote)
    result.death = "" if state["ended"] else _death(talk, str(state["broken"]), limits, result.wrote)
    result.starved = _starved(talk.times, limits.seconds) if talk.code is None else ""
    current = state["current"]
    return current if isinstance(current, int) else None


def _message(job: Job, numbers: Sequence[int], limits: Limits) -> dict[str, Any]:
    """Return the message that tells a worker its job."""
    return {
        **settings(limits), "files": dict(job.files), "module": job.module, "names": list(job.names),
        "repair": job.repair, "old_numbers": job.old_numbers, "stand_ins": list(job.stand_ins),
        "weak": limits.allow_weak_sandbox, "lends": False,
        "lent": {place: list(lent.names) for place, lent in job.lent.items()}, "blocked": list(job.blocked),
        "readable": list(job.readable), "cases": list(job.cases), "numbers": list(numbers), "copied": list(job.copied),
        "compiled": dict(job.compiled),
    }  # fmt: skip


def _collect(
    messages: Messages,
    result: JobResult,
    state: dict[str, Any],
    answer: Callable[[Mapping[str, Any]], None] | None = None,
) -> None:
    """Take a worker's messages until it is done. answer: answers a call of a lent function."""
    while True:
        try:
            message = messages.next()
        except frames.TooLargeError:
            state["broken"] = "returned more numbers than the checker reads (arrays of a wrong shape?)"
            return
        except (frames.FrameError, OSError) as error:
            state["broken"] = f"wrote into the checker's own pipe ({error})"
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
        elif kind == "call" and answer is not None:
            answer(message)
        elif kind == "case":
            state["current"] = number
        elif kind == "result" and number == state["current"]:
            result.answers[number] = message
            state["current"] = None
        elif kind == "done":
            state["ended"] = True
            return


def _starved(times: Times | None, seconds: float) -> str:
    """Return what a worker that timed out on a busy machine did with its time, "" for another one."""
    if times is None or not times.is_starved(seconds):
        return ""
    return f"it ran for {times.ran:.2g} s and waited {times.waited:.2g} s for a processor"


def _guess(times: Times | None, seconds: float) -> str:
    """Return why a worker may have timed out."""
    if times is not None and times.is_starved(seconds):
        return "the machine is busy"
    return "does it wait for something?" if times is not None and times.is_idle(seconds) else "an endless loop?"


def _death(talk: Conversation, broken: str, limits: Limits, wrote: int) -> str:
    """Say how a failed worker ended, as far as that is known."""
    code = talk.code
    if code is None:
        return f"did not end within {limits.seconds:g} s ({_guess(talk.times, limits.seconds)})"
    if broken:
        return broken
    if wrote >= OUTPUT_LIMIT:
        return f"printed more than {OUTPUT_LIMIT >> 20} MiB"
    if talk.went_on:
        return "closed its connection to the checker, and went on running"
    if code < 0:  # by a number: not every signal has a name
        return SIGNALS.get(-code, f"was ended by signal {-code}")
    return f"ended the process itself (exit code {code})"
