"""How many threads the kernels use: PELLUCID_THREADS, else the cores that this process may use (affinity and cgroup quota)."""

import functools
import os
from collections.abc import Iterator
from pathlib import Path

from pellucid.kernels.settings import threads_setting

__all__ = ["default_threads"]

CGROUPS, MEMBERSHIP = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


@functools.cache
def default_threads() -> int:
    """Return the number of threads, at least 1. Raises ShapeError where PELLUCID_THREADS is not a whole number from 1 to 1024."""
    threads = threads_setting()
    if threads is not None:
        return threads
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, _quota(cores)))


def _quota(cores: int, cgroups: Path = CGROUPS, membership: Path = MEMBERSHIP) -> int:
    """Return the whole cores that the tightest cgroup quota around this process allows, or `cores` without a quota.

    Half a core is not counted: a thread that waits for its share makes the others wait.
    """
    quotas = [limit // period for limit, period in _limits(cgroups, membership) if limit > 0 and period > 0]
    return max(1, min([cores, *quotas]))


def _limits(cgroups: Path, membership: Path) -> Iterator[tuple[int, int]]:
    """Yield (microseconds allowed, of so many) of the process's cgroup and of every one around it, v2 and v1."""
    for line in _text(membership).splitlines() or ["0::/"]:
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if not controllers:  # v2: "max" is no limit
            texts = (_text(folder / "cpu.max").split() for folder in _upwards(cgroups, path))
        elif "cpu" in controllers.split(","):  # v1: -1 is no limit
            root = cgroups / controllers if (cgroups / controllers).is_dir() else cgroups / "cpu"
            names = "cpu.cfs_quota_us", "cpu.cfs_period_us"
            texts = ([_text(folder / name).strip() for name in names] for folder in _upwards(root, path))
        else:
            continue
        for words in texts:
            if len(words) == 2 and all(word.isdecimal() for word in words):
                yield int(words[0]), int(words[1])


def _upwards(root: Path, path: str) -> Iterator[Path]:
    """Yield the cgroup's folder and those around it up to the root; in a container the path may not be there, the root is."""
    folder = root / path.strip("/")
    yield folder
    while folder != root:
        folder = folder.parent
        yield folder


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")  # a cgroup may have any bytes for a name
    except OSError:
        return ""
