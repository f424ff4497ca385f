"""How many threads the kernels use: PELLUCID_THREADS, else the cores that this process may use (affinity and cgroup quota)."""

import functools
import os
from pathlib import Path

from pellucid.shapes import ShapeError

__all__ = ["default_threads"]


@functools.cache
def default_threads() -> int:
    """Return the number of threads, at least 1. Raises ShapeError where PELLUCID_THREADS is not a whole number of at least 1."""
    asked = os.environ.get("PELLUCID_THREADS")
    if asked:
        if not asked.isdecimal() or not 1 <= int(asked) <= 1024:
            raise ShapeError(f"PELLUCID_THREADS must be a whole number from 1 to 1024; it is {asked!r}")
        return int(asked)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, _quota(cores)))


def _quota(cores: int) -> int:
    """Return the whole cores that the cgroup's quota allows (cgroup v2), or `cores` where there is none."""
    try:
        limit, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return cores if limit == "max" else max(1, int(limit) // int(period))
    except (OSError, ValueError):
        return cores
