"""The memory of this process, as it trains."""

import math
from pathlib import Path

from pellucid.doctor.vitals import MemoryVitals

__all__ = ["MemoryWatch", "process_memory"]

STATUS = Path("/proc/self/status")  # of Linux
GROWTH = 1.15  # between two steps at which memory is read: five samples in the second half of a run


def process_memory() -> int | None:
    """Return the bytes in memory that belong to no file (mapped data do not count); None where the system does not say."""
    try:
        with STATUS.open("rb") as lines:
            return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(b"RssAnon:")), None)
    except OSError:
        return None


class MemoryWatch:
    """Reads the memory at steps whose distances grow: a few microseconds in each of them."""

    def __init__(self) -> None:
        self._next = 1

    def after_step(self, step: int) -> MemoryVitals | None:
        """Return the memory at this step, or None where it is not one to read it at."""
        if step < self._next:
            return None
        self._next = max(step + 1, math.ceil(step * GROWTH))
        found = process_memory()
        return None if found is None else MemoryVitals(step, found)
