"""One side of a comparison: a process that runs steps on request, and sleeps otherwise.

    python -m bench.worker SECTION CASE SIDE     then, on stdin, a number of steps per line; on stdout, ms per step as JSON

The first line of output has the guard: numbers that identify what was computed, and must agree with those of the other sides.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple


class Timed(NamedTuple):
    """What a side computes: parts that run in order and are timed separately, and the guard."""

    parts: Mapping[str, Callable[[], object]]
    guard: list[float]
    tolerance: float = 1e-4  # relative to the largest number of the guard
    warm_up: int = 3
    extra: Mapping[str, float] | None = None  # further results of the last run, reported with its time


def main() -> None:
    """Serve until stdin closes."""
    section, case, side = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print goes to stderr
    timed: Timed = importlib.import_module(f"bench.{SECTIONS[section]}").build(case, side)
    for _ in range(timed.warm_up):
        for part in timed.parts.values():
            part()
    print(json.dumps({"guard": timed.guard, "tolerance": timed.tolerance}), file=answers)
    for line in sys.stdin:
        taken = run(timed.parts, int(line))
        print(json.dumps(taken | dict(timed.extra or {})), file=answers)


def run(parts: Mapping[str, Callable[[], object]], steps: int) -> dict[str, float]:
    """Return the milliseconds per step of each part.

    A tenth as many steps run untimed first, because the caches are full of another side's data.
    """
    clock = time.perf_counter
    for _ in range(steps // 10):
        for part in parts.values():
            part()
    if len(parts) == 1:
        ((name, part),) = parts.items()
        start = clock()
        for _ in range(steps):
            part()
        return {name: (clock() - start) / steps * 1000}
    taken = dict.fromkeys(parts, 0.0)
    for _ in range(steps):
        for name, part in parts.items():
            start = clock()
            part()
            taken[name] += clock() - start
    return {name: seconds / steps * 1000 for name, seconds in taken.items()}


# Section -> the module that builds its sides.
SECTIONS = {
    "steps": "steps",
    "tuned": "steps",
    "batches": "steps",
    "scaling": "steps",
    "convs": "convs",
    "layers": "layers",
    "course": "course",
    "inference": "inference",
    "onnx": "onnx_inference",
    "cifar": "cifar",
}

if __name__ == "__main__":
    main()
