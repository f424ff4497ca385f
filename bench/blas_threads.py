"""A training step beside NumPy's own threads: what a busy OpenBLAS costs, and what OPENBLAS_NUM_THREADS=1 gives back.

    python -m bench.blas_threads [ROUNDS]

Each side is a process of its own that trains for half a second; the sides take turns, and a ratio is the median over the rounds of
the ratios within a round, so that what else the machine does slows all sides alike.
"""

import os
import statistics
import subprocess
import sys
import threading
import time

import numpy as np

SECONDS = 0.5
ALONE, BESIDE, BETWEEN = (
    "nothing",
    "a thread that multiplies with NumPy meanwhile",
    "a product with NumPy between two steps",
)
SIDES = [(ALONE, None), (BESIDE, None), (BESIDE, "1"), (BETWEEN, None), (BETWEEN, "1")]


def side(company: str) -> float:
    """Return the median milliseconds of a step of three-layer-convnet on 50 images, without the product of matrices."""
    from pellucid.nets import build
    from pellucid.plan import Plan

    rng = np.random.default_rng(0)
    plan = Plan.training(build("three-layer-convnet", (3, 32, 32), 10), 50)
    x, y = rng.standard_normal((50, 3, 32, 32), np.float32), np.arange(50) % 10
    matrix = rng.standard_normal((300, 300)).astype(np.float32)

    def multiply_on() -> None:
        while True:
            matrix @ matrix

    if company == BESIDE:
        threading.Thread(target=multiply_on, daemon=True).start()
    plan.loss(x, y)
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        if company == BETWEEN:
            matrix @ matrix
        start = time.perf_counter()
        plan.loss(x, y)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def measured(company: str, threads: str | None) -> float:
    """Return what `side` returns in a new process with this OPENBLAS_NUM_THREADS (None: not set)."""
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    environment |= {} if threads is None else {"OPENBLAS_NUM_THREADS": threads}
    command = [sys.executable, "-m", "bench.blas_threads", "--side", company]
    return float(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def main(rounds: int) -> None:
    """Print, for each side, its median and its median ratio to the first."""
    found = [[measured(*each) for each in SIDES] for _ in range(rounds)]
    for place, (company, threads) in enumerate(SIDES):
        times, ratios = zip(*((row[place], row[place] / row[0]) for row in found), strict=True)
        setting = "not set" if threads is None else threads
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(
            f"beside {company}, OPENBLAS_NUM_THREADS {setting}: {statistics.median(times):.1f} ms, "
            f"{statistics.median(ratios):.2f} times the first ({spread})"
        )
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {rounds} rounds")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--side"]:
        print(side(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 15)
