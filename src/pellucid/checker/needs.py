"""What a pack's reference takes, in time and in memory: measured in a worker, as the learner's code is.

Never in this process: tracemalloc crashes the whole of it where another thread allocates at the moment when tracing stops
(python/cpython#128679, not mended in 3.11), and whoever checks may run what they like in other threads.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from pellucid.checker.packs.model import Case
from pellucid.checker.reference import Reference
from pellucid.checker.sandbox import Job, Limits, run_job
from pellucid.checker.worker import frames

__all__ = ["Needs", "measure", "needs_of"]

MODULE = "reference"


class Needs(NamedTuple):
    """What a case takes."""

    seconds: float
    peak: int  # bytes


def measure(reference: Reference, cases: Sequence[Case]) -> None:
    """Run cases with the reference in one worker and keep what they take; those that were measured are not run again."""
    left = [case for case in cases if _key(case) not in reference.needs]
    if not left:
        return
    # Each case twice: what NumPy does on its first call is no part of it.
    jobs = [{**case.as_job(), "trace_below": Limits().seconds} for case in left for _ in range(2)]
    outcome = run_job(Job({f"{MODULE}.py": reference.text}, MODULE, list(reference.namespace), jobs), Limits())
    for number, case in enumerate(left):
        result = outcome.results.get(2 * number + 1, {})
        known = "error" not in result and "seconds" in result
        reference.needs[_key(case)] = Needs(result["seconds"], result["peak"]) if known else None


def needs_of(reference: Reference, case: Case) -> Needs | None:
    """Return what the reference takes for a case, None where it does not run in a worker."""
    measure(reference, [case])
    return reference.needs[_key(case)]


def _key(case: Case) -> bytes:
    return hashlib.sha256(frames.pack(case.as_job(), bytes(16))).digest()
