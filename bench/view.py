"""The processor time of the live page for long runs and for many: `python -m bench.view`. Writes 400 MB to a temporary folder."""

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from pellucid.view.answers import CurveCache
from pellucid.view.runs import Runs

__all__: list[str] = []

STEPS = 1_000_000
RUNS, STEPS_OF_EACH = 100, 10_000
WIDTH = 800


def write_run(folder: Path, steps: int) -> None:
    """Write a run's metrics file as a training does."""
    folder.mkdir(parents=True)
    noise = np.random.default_rng(steps).standard_normal(steps)
    with open(folder / "metrics.jsonl", "w", encoding="utf-8") as file:
        for step in range(1, steps + 1):
            loss = 2.3 * np.exp(-3 * step / steps) + 0.1 * noise[step - 1]
            line = {"event": "step", "step": step, "epoch": 1, "loss": loss, "accuracy": 0.5, "learning_rate": 1e-3}
            file.write(json.dumps(line | {"gradient_norm": 1.0, "seconds": 0.00123}) + "\n")


def seconds(job: Callable[[], object], *, times: int = 5) -> float:
    """Return the shortest processor time of a job: other programs on the machine do not count."""
    taken = []
    for _ in range(times):
        begin = time.process_time()
        job()
        taken.append(time.process_time() - begin)
    return min(taken)


def main() -> None:
    """Measure reading, drawing and looking for growth."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_run(folder / "long" / "run", STEPS)
        for number in range(RUNS):
            write_run(folder / "many" / f"run-{number}", STEPS_OF_EACH)
        size = (folder / "long" / "run" / "metrics.jsonl").stat().st_size
        runs = Runs([folder / "long"])
        begin = time.process_time()
        runs.refresh()
        first = time.process_time() - begin
        while runs.refresh():
            pass
        print(f"a million steps ({size >> 20} MB): first piece {first:.2f} s, all {time.process_time() - begin:.2f} s")
        report("a curve of a million steps", list(runs))
        many = Runs([folder / "many"])
        begin = time.process_time()
        while many.refresh():
            pass
        print(f"{RUNS} runs of {STEPS_OF_EACH:,} steps: read in {time.process_time() - begin:.2f} s")
        report(f"a curve of {RUNS} runs", list(many))
        print(f"a look for growth at {RUNS} runs: {1000 * seconds(many.refresh):.1f} ms")


def report(what: str, runs: list) -> None:
    """Print how long curves take to be made ready for the page: whole, in a window, and again."""
    last = runs[0].curves.step
    for name, window in (("whole", (None, None)), ("a third", (last / 3, 2 * last / 3))):
        fresh = seconds(lambda window=window: msgspec.json.encode(CurveCache().curves(runs, ["loss"], *window, WIDTH)))
        cache = CurveCache()
        answer = cache.curves(runs, ["loss"], *window, WIDTH)
        again = seconds(
            lambda cache=cache, window=window: msgspec.json.encode(cache.curves(runs, ["loss"], *window, WIDTH))
        )
        size = len(msgspec.json.encode(answer))
        print(f"{what}, {name}: {1000 * fresh:.1f} ms, again {1000 * again:.1f} ms, {size >> 10} KiB to the page")


if __name__ == "__main__":
    main()
