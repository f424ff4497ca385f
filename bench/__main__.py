"""Time training steps of Pellucid and PyTorch in turns, and print medians.

    python -m bench [--rounds N] [--seconds S] [--out FILE] [CASE...]

Every side lives in a process of its own and sleeps while another runs. PyTorch's figure is its best of both memory formats, with
the fused and the foreach optimiser, at its own number of threads. Needs the extra [peers]; without PyTorch, Pellucid alone.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from bench.cases import CASES, Case

TORCH = [f"torch:{memory}:{optimizer}" for memory in ("nchw", "nhwc") for optimizer in ("foreach", "fused")]


class Side:
    """A worker process."""

    def __init__(self, name: str, case: Case) -> None:
        command = [sys.executable, "-m", "bench.worker", name, case.name]
        environment = os.environ | {"OPENBLAS_CORETYPE": ""}  # give NumPy's matrix product its best
        self.name = name
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self.process.stdout is not None
        if self.process.stdout.readline().strip() != "ready":
            raise SystemExit(f"bench: {name} did not start on {case.name}")
        self.times: list[float] = []

    def run(self, steps: int) -> float:
        """Return milliseconds a step over this many steps."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(steps, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)


def measure(case: Case, rounds: int, seconds: float) -> dict[str, dict[str, float]]:
    """Return median, min and max milliseconds a step for each side."""
    names = ["native", "reference"] + (TORCH if importlib.util.find_spec("torch") else [])
    sides = [Side(name, case) for name in names]
    try:
        steps = {side.name: max(1, int(seconds * 1000 / side.run(2))) for side in sides}
        for _ in range(rounds):
            for side in sides:
                side.times.append(side.run(steps[side.name]))
    finally:
        for side in sides:
            side.close()
    return {
        side.name: {"median": statistics.median(side.times), "min": min(side.times), "max": max(side.times)}
        for side in sides
    }


def main() -> None:
    """Run the cases named (all by default) and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help="; ".join(case.name for case in CASES))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5, help="a side's turn")
    parser.add_argument("--out", type=Path, help="a JSON file")
    arguments = parser.parse_args()
    results = {}
    print(f"{'step':<24}{'batch':>6}{'native ms':>12}{'reference':>12}{'PyTorch':>12}{'PyTorch/native':>16}  its best")
    for case in CASES:
        if arguments.cases and case.name not in arguments.cases:
            continue
        sides = measure(case, arguments.rounds, arguments.seconds)
        results[case.name] = {"batch": case.batch, "sides": sides}
        native, reference = sides["native"]["median"], sides["reference"]["median"]
        peers = {name: side["median"] for name, side in sides.items() if name in TORCH}
        best = min(peers, key=peers.__getitem__, default="")
        peer = f"{peers[best]:>12.3f}{peers[best] / native:>16.2f}  {best}" if peers else f"{'-':>12}{'-':>16}"
        print(f"{case.name:<24}{case.batch:>6}{native:>12.3f}{reference:>12.3f}{peer}", flush=True)
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
