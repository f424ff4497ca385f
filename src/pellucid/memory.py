"""How much memory is available, so that what cannot fit is refused before anything is allocated."""

import os
from pathlib import Path

__all__ = ["available_memory", "readable", "require_memory"]

_ALWAYS = 2**26  # bytes; less than this is allocated without asking


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


def require_memory(what: str, count: int, advice: str) -> None:
    """Raise MemoryError, in one line, where `count` bytes are more than is available: a system may grant them and then kill."""
    available = available_memory() if count > _ALWAYS else None
    if available is not None and count > available:
        raise MemoryError(f"{what} need {readable(count)}, and {readable(available)} is available; {advice}")


def readable(count: int) -> str:
    """Return a number of bytes in a readable unit: "38.2 MB"."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
