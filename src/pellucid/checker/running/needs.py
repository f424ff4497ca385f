"""How much time and memory a pack's reference needs: measured in a worker, as for the learner's code.

Never in this process: tracemalloc crashes the process if another thread allocates while tracing stops (python/cpython#128679,
not fixed in 3.11), and a program that calls `pellucid.check` may run anything in other threads.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from pellucid.checker.asking.cases import Case
from pellucid.checker.running.job import Job, Limits
from pellucid.checker.running.reference import Reference
from pellucid.checker.running.sandbox import Workers, run_job
from pellucid.checker.running.worker import frames

__all__ = ["Needs", "measure", "needs_of"]

MODULE = "reference"
TRUSTED = Limits(allow_weak_sandbox=True)  # the pack's own code


class Needs(NamedTuple):
    """The time and memory that a case needs."""

    seconds: float
    peak: int  # bytes


def measure(reference: Reference, cases: Sequence[Case], workers: Workers | None = None) -> None:
    """Run cases with the reference in one worker and store what they need; measured cases are not run again.

    workers: whose templates fork the worker; without them, one is started.
    """
    unmeasured = [case for case in cases if _key(case) not in reference.needs]
    if not unmeasured:
        return
    # Each case twice: what NumPy does on its first call does not count.
    jobs = [{**case.as_job(), "trace_below": Limits().seconds} for case in unmeasured for _ in range(2)]
    job = Job({f"{MODULE}.py": reference.text}, MODULE, list(reference.namespace), jobs)
    done = workers.run(job, TRUSTED) if workers else run_job(job, TRUSTED)
    for number, case in enumerate(unmeasured):
        answer = done.answers.get(2 * number + 1, {})
        is_known = "error" not in answer and "seconds" in answer
        reference.needs[_key(case)] = Needs(answer["seconds"], answer["peak"]) if is_known else None


def needs_of(reference: Reference, case: Case) -> Needs | None:
    """Return what the reference needs for a case, None where it does not run in a worker."""
    measure(reference, [case])
    return reference.needs[_key(case)]


def _key(case: Case) -> bytes:
    return hashlib.sha256(frames.pack(case.as_job(), bytes(16))).digest()
