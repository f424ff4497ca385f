"""The training runs of the README, by the command line, and the accuracy that each must reach.

    python -m bench --only accuracy [--case vgg6]

A run below its bound fails. CIFAR-10 is read from PELLUCID_DATA, or downloaded. `tests/train/test_cifar10_accuracy.py` has a
short stand-in for each.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from bench.side import SideError


class Run(NamedTuple):
    """One training run: the options of `pellucid train`, the accuracy in its summary, and the bound."""

    options: str
    accuracy: str  # a key of summary.json: "val_accuracy" or "test_accuracy"
    bound: float


FULLY_CONNECTED = "--model fully-connected --hidden 512,256 --norm batch --keep 0.7"
VGG6 = "--model vgg6-bn --flip --crop 4 --learning-rate 3e-3 --weight-decay 0.05"
RUNS = {
    "digits": Run("", "test_accuracy", 0.98),
    "three-layer-convnet, 1 epoch": Run("--data cifar10 --epochs 1 --batch-size 50", "val_accuracy", 0.45),
    "512-256 with batch norm, 10 epochs": Run(
        f"--data cifar10 {FULLY_CONNECTED} --epochs 10 --batch-size 128", "test_accuracy", 0.54
    ),
    "vgg6-bn, 10 epochs": Run(f"--data cifar10 {VGG6} --epochs 10 --validation 0.02", "test_accuracy", 0.83),
}


def measure(name: str) -> dict[str, Any]:
    """Train one of the runs; return its accuracy and seconds. Raises SideError if it stays below its bound."""
    run = RUNS[name]
    with tempfile.TemporaryDirectory() as folder:
        summary = summary_of(Path(folder) / "run", *run.options.split())
    reached = summary[run.accuracy]
    if reached < run.bound:
        raise SideError(f"{name}: {run.accuracy} must be at least {run.bound:.0%}; got {reached:.2%}")
    part = {"val_accuracy": "validation", "test_accuracy": "test"}[run.accuracy]
    return {"accuracy": {part: reached, "bound": run.bound}, "seconds": summary["seconds"]}


def summary_of(folder: Path, *options: str, seconds: float = 3600) -> dict[str, Any]:
    """Run `pellucid train` with these options in its own process; return the summary of the run."""
    command = [sys.executable, "-m", "pellucid", "train", "--quiet", "--out", str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
    if done.returncode:
        raise SideError(f"pellucid train {' '.join(options)}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    return json.loads((folder / "summary.json").read_text())
