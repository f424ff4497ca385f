"""A side of a comparison: its name and its process, which sleeps unless it is its turn."""

import contextlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from typing import Any

# Variables that would slow down or favour a side: each side runs with its library's defaults, or the options in its name.
CLEARED = (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "PELLUCID_THREADS",
    "PELLUCID_ISA",
    "PELLUCID_WINOGRAD",
)


class SideError(RuntimeError):
    """A side did not start, did not answer in time or failed; the message says which."""


def side_name(who: str, **options: object) -> str:
    """Return the name of a side: 'torch memory=nhwc threads=2'."""
    return " ".join([who, *(f"{key}={value}" for key, value in options.items())])


def options_of(side: str) -> dict[str, str]:
    """Return the options in a side's name."""
    return dict(word.split("=", 1) for word in side.split(" ")[1:])


# Two threads, free or bound to one core each (the scheduler may put both on one core), and one thread.
TEAMS: tuple[dict[str, object], ...] = ({"threads": 2}, {"threads": 2, "bind": "close"}, {"threads": 1})


def environment(side: str, libraries: dict[str, str]) -> dict[str, str]:
    """Return the environment of a side's process; libraries: allocator -> path of its shared library."""
    made = {key: value for key, value in os.environ.items() if key not in CLEARED}
    options = options_of(side)
    if threads := options.get("threads"):
        made |= {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        made |= {"PELLUCID_THREADS": threads}
    if bind := options.get("bind"):
        made |= {"OMP_PROC_BIND": bind}
    match options.get("allocator", ""):
        case "":
            pass
        case "glibc":  # never return memory to the system: no mmap, no trimming, a large reserve
            huge = str(1 << 40)
            made |= {"MALLOC_TRIM_THRESHOLD_": huge, "MALLOC_MMAP_MAX_": "0", "MALLOC_TOP_PAD_": str(64 << 20)}
        case "jemalloc":  # the settings of PyTorch's performance guide
            forever = "dirty_decay_ms:9000000000,muzzy_decay_ms:9000000000"
            made |= {"LD_PRELOAD": libraries["jemalloc"]}
            made |= {"MALLOC_CONF": f"oversize_threshold:1,background_thread:true,metadata_thp:auto,{forever}"}
        case other:
            made |= {"LD_PRELOAD": libraries[other]}
    if "allocator" in options:  # and the guide's settings for OpenMP
        made |= {"OMP_SCHEDULE": "STATIC", "OMP_PROC_BIND": "CLOSE"}
    return made


class Side:
    """A worker process, started and warmed up."""

    def __init__(
        self, section: str, case: str, name: str, *, start_seconds: float, libraries: dict[str, str] | None = None
    ) -> None:
        self.name = name
        self.turns: list[dict[str, float]] = []  # milliseconds per step of each part, for each turn
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.worker", section, case, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=environment(name, libraries or {}),
        )
        try:
            answer = self._answer(start_seconds)
        except SideError:
            self.close()
            raise
        self.guard: list[float] = answer["guard"]
        self.tolerance: float = answer["tolerance"]

    def run(self, steps: int, *, seconds: float = 300.0) -> dict[str, float]:
        """Return the milliseconds per step of each part over this many steps. Raises SideError after `seconds`."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(f"{steps}\n".encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            raise SideError(f"{self.name}: {self._last_words()}") from None
        return self._answer(seconds)

    def _answer(self, seconds: float) -> dict[str, Any]:
        """Return the next line that the process writes."""
        assert self.process.stdout is not None
        line, until = b"", time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                remaining = until - time.monotonic()
                if remaining <= 0 or not selector.select(remaining):
                    raise SideError(f"{self.name}: no answer within {seconds:.0f} s")
                piece = os.read(self.process.stdout.fileno(), 1 << 16)
                if not piece:
                    raise SideError(f"{self.name}: {self._last_words()}")
                line += piece
        return json.loads(line)

    def _last_words(self) -> str:
        self.process.wait(timeout=10)
        self.errors.seek(0)
        lines = [line for line in self.errors.read().splitlines() if line.strip()]
        return lines[-1][:300] if lines else f"ended with status {self.process.returncode}"

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(BrokenPipeError):
            if self.process.stdin is not None:
                self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.errors.close()
