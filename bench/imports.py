"""Import time: wall clock of a new interpreter, minus that of an interpreter that imports nothing, in turns."""

import statistics
import subprocess
import sys
import time

WHAT = {
    "nothing": "pass",
    "pellucid": "import pellucid",
    "pellucid, Network and Trainer": "import pellucid; pellucid.Network, pellucid.Trainer",
    "torch": "import torch",
}


def measure(rounds: int) -> dict[str, dict[str, float]]:
    """Return median, minimum and maximum seconds of each import."""
    taken: dict[str, list[float]] = {name: [] for name in WHAT}
    for turn in range(rounds + 1):
        for name, code in WHAT.items():
            start = time.perf_counter()
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
            if done.returncode == 0 and turn:  # the first round fills the file cache
                taken[name].append(time.perf_counter() - start)
    empty = statistics.median(taken["nothing"])
    return {
        name: {
            "median": statistics.median(times) - empty,
            "min": min(times) - empty,
            "max": max(times) - empty,
        }
        for name, times in taken.items()
        if times and name != "nothing"
    }
