"""A run stopped at any moment (SIGKILL, SIGTERM, Ctrl-C) and continued ends as one that nobody stopped, bit for bit.

`test_sigkill.py` does the same with the command and its report, in processes of their own: fewer and slower trials.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .small_runs import EPOCHS, STEPS, one_thread_environment
from .stopped_runs import EPOCHS as EPOCHS_STOPPED

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork"),
]


def start(folder, name, times, seed):
    folder.mkdir()
    arguments = [sys.executable, "-m", "tests.train.stopped_runs", str(folder), name, str(times), str(seed)]
    return subprocess.Popen(
        arguments, cwd=ROOT, env=one_thread_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_runs_stopped_at_200_moments_end_as_one_that_was_not(tmp_path):
    programs = {
        "kill-0": ("SIGKILL", 100),
        "kill-1": ("SIGKILL", 100),
        "terminate": ("SIGTERM", 25),
        "interrupt": ("SIGINT", 25),
    }
    started = {key: start(tmp_path / key, *program, seed) for seed, (key, program) in enumerate(programs.items())}
    found = {}
    for key, process in started.items():
        out, errors = process.communicate(timeout=800)
        assert process.returncode == 0, errors
        found[key] = json.loads(out)
    steps = STEPS // EPOCHS * EPOCHS_STOPPED
    for key, (_, times) in programs.items():
        assert found[key]["different"] == [], key
        assert found[key]["met"] >= times, found[key]
        assert found[key]["expected"] == found["kill-0"]["expected"]
    metrics = found["kill-0"]["expected"]["metrics"]
    assert [entry["step"] for entry in metrics if entry["event"] == "step"] == list(range(1, steps + 1))
    assert [entry["epoch"] for entry in metrics if entry["event"] == "epoch"] == list(range(1, EPOCHS_STOPPED + 1))
    assert found["kill-0"]["halves"] + found["kill-1"]["halves"] > 0  # some struck in the middle of a save
