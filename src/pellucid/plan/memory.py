"""How much memory a plan needs, and how much is available."""

import os
from dataclasses import dataclass
from pathlib import Path

from pellucid.shapes import ShapeError

__all__ = ["Memory", "PlanTooLargeError", "available_memory", "readable"]


class PlanTooLargeError(ShapeError, MemoryError):
    """A plan needs more memory than is available. Nothing was allocated."""


@dataclass(frozen=True)
class Memory:
    """What a plan needs, in bytes, known before anything runs."""

    arena: int  # activations, their gradients, what kernels save, workspaces
    activations: int  # the sum of all buffers if none shared memory
    parameters: int
    gradients: int  # of parameters
    optimizer: int  # running means of the update rule

    @property
    def total(self) -> int:
        """All of these together."""
        return self.arena + self.parameters + self.gradients + self.optimizer

    def __str__(self) -> str:
        parts = f"arena {readable(self.arena)} (buffers of {readable(self.activations)} in all, shared over time)"
        return (
            f"{readable(self.total)}: {parts}, parameters {readable(self.parameters)}, "
            f"gradients {readable(self.gradients)}, optimiser {readable(self.optimizer)}"
        )


def available_memory() -> int | None:
    """Return the bytes that this process can still allocate: what is free, within the cgroup's limit; None if unknown."""
    found: list[int] = []
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        found += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    except (OSError, ValueError, IndexError):
        if hasattr(os, "sysconf") and "SC_AVPHYS_PAGES" in os.sysconf_names:
            found.append(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        used = Path("/sys/fs/cgroup/memory.current").read_text().strip()
        if limit != "max":
            found.append(max(0, int(limit) - int(used)))
    except (OSError, ValueError):
        pass
    return min(found) if found else None


def readable(count: int) -> str:
    """Return a number of bytes in a readable unit: "38.2 MB"."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
