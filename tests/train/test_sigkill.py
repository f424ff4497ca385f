"""The SIGKILL test: whenever a training process dies, the resumed run ends as if nothing had happened, bit for bit.

Twenty trials. Each starts `pellucid train` in a process of its own and kills it after a delay; the delays are spread over the whole
run, measured first, so that kills hit the start, steps, saves and the final report. Some trials kill the resumed run, too.
"""

import json
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from pellucid.nets import read_tensors
from pellucid.train import CheckpointFolder
from pellucid.train.readers.metrics import read_metrics

from .small_runs import one_thread_environment

TRIALS, WORKERS = 20, 2
# A checkpoint after every step: saving takes a good share of the time.
TRAIN = "train --model fully-connected --hidden 32 --norm batch --keep 0.8 --epochs 6 --checkpoint-every 1 --quiet"
PATIENCE = 120  # seconds for one process

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL needs POSIX"),
]


class Timing(NamedTuple):
    """Seconds after the start of an uninterrupted run."""

    first_save: float
    last_save: float
    end: float


class Trial(NamedTuple):
    """What one trial met."""

    kills: int
    before_config: int  # kills before there was a run folder worth the name
    during_save: int  # kills that left a half-written file
    during_report: int  # kills after the last step


def start(folder):
    """Begin the run, or go on with it where there is one."""
    begun = (folder / "config.toml").exists()
    arguments = ["resume", str(folder), "--quiet"] if begun else [*TRAIN.split(), "--out", str(folder)]
    return subprocess.Popen(
        [sys.executable, "-m", "pellucid", *arguments],
        env=one_thread_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(folder):
    process = start(folder)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    assert errors == ""


def result(folder):
    """Everything a run leaves behind but for clock times: arrays as bytes, position, metrics, accuracies."""
    newest = CheckpointFolder(folder).paths()[0]
    arrays, document = read_tensors(newest)
    best, about = read_tensors(CheckpointFolder(folder).best_path)
    progress = {k: v for k, v in document["progress"].items() if not k.endswith("seconds")}
    progress["history"] = [{k: v for k, v in e.items() if k != "seconds"} for e in progress["history"]]
    summary = json.loads((folder / "summary.json").read_text())
    return {
        "newest": newest.name,
        "arrays": {name: array.tobytes() for name, array in arrays.items()},
        "progress": progress,
        "settings": document["settings"],
        "best": {name: array.tobytes() for name, array in best.items()},
        "about": about,
        "metrics": [{k: v for k, v in e.items() if k != "seconds"} for e in read_metrics(folder / "metrics.jsonl")],
        "summary": {k: v for k, v in summary.items() if k != "seconds"},
        "config": (folder / "config.toml").read_bytes(),
        "files": sorted(path.name for path in folder.iterdir()),
    }


def measured(folder):
    """Run once without a kill, noting when things happen."""
    began = time.perf_counter()
    process = start(folder)
    saves: dict[str, float] = {}
    while process.poll() is None:
        for path in CheckpointFolder(folder).paths():
            saves.setdefault(path.name, time.perf_counter() - began)
        time.sleep(0.002)
    assert process.returncode == 0, process.stderr.read()
    process.stderr.close()
    return Timing(min(saves.values()), max(saves.values()), time.perf_counter() - began)


def killed_after(folder, delay):
    """Start, wait, kill. Return whether the process was still at work."""
    process = start(folder)
    time.sleep(delay)
    process.kill()  # does nothing to a process that has ended
    process.communicate(timeout=PATIENCE)
    return process.returncode == -signal.SIGKILL


def delays(number, timing):
    """One to three delays: half of the first ones anywhere in the run, half within the time of the saves."""
    rng = random.Random(number)
    share = (number // 2 + rng.random()) / (TRIALS / 2)  # stratified: every part of the span has its kill
    span = (0.0, 0.97 * timing.end) if number % 2 else (timing.first_save, timing.last_save)
    first = span[0] + share * (span[1] - span[0])
    more = [rng.uniform(0.5 * timing.first_save, timing.end) for _ in range(rng.choice([0, 0, 0, 1, 2]))]
    return [first, *more]


def trial(folder, number, timing):
    kills = before_config = during_save = during_report = 0
    for delay in delays(number, timing):
        if killed_after(folder, delay):
            kills += 1
            before_config += not (folder / "config.toml").exists()
            during_save += any(folder.glob(".*.part"))
            during_report += any(folder.glob("checkpoint-000000126*"))
    finish(folder)
    return Trial(kills, before_config, during_save, during_report)


def test_a_killed_run_ends_as_an_uninterrupted_one_20_of_20(tmp_path, capsys):
    whole = tmp_path / "whole"
    finish(tmp_path / "warm-up")  # caches of the file system and of Matplotlib's fonts
    timing = measured(whole)
    expected = result(whole)
    assert result(tmp_path / "warm-up") == expected
    assert expected["newest"] == "checkpoint-000000126.safetensors"
    folders = [tmp_path / f"trial-{number}" for number in range(TRIALS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        trials = list(pool.map(lambda n: trial(folders[n], n, timing), range(TRIALS)))
    different = []
    for folder in folders:
        found = result(folder)
        different += [f"{folder.name}: {key}" for key in expected if found[key] != expected[key]]
    total = Trial(*(sum(counts) for counts in zip(*trials, strict=True)))
    with capsys.disabled():
        print(f"\nSIGKILL: {TRIALS - len({d.split(':')[0] for d in different})} of {TRIALS} equal; {total}; {timing}")
    assert not different
    assert (
        total.kills >= TRIALS / 2
    )  # the moments are drawn from one run's times; `test_stopped_at_every_change.py` has them all
