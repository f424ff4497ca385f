"""A program that trains in forked processes, stops each with a signal at a random moment, and continues until it is done.

    python -m tests.train.stopped_runs FOLDER SIGNAL TIMES SEED

It prints, as JSON, what the runs left behind, how often a signal met a run at work, and how often one left a half-written file. A
process is forked from one that has imported everything, so that a trial takes a fraction of a second.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import statistics
import sys
import time
from pathlib import Path

from pellucid.nets import read_tensors, write_atomically
from pellucid.train import CheckpointFolder, Finished
from pellucid.train.readers.metrics import MetricsFile, read_metrics

from .small_runs import clusters, everything, small_trainer

EPOCHS = 4  # the same moments as in more: steps, saves that push out older ones, ends of epochs, a new best


def train(folder, epochs=EPOCHS):
    """Begin the run, or continue it; where it ends, write down what it computed. Return whether it has ended."""
    trainer, record, event = small_trainer(), MetricsFile(folder / "metrics.jsonl"), None
    for event in trainer.events(
        clusters(),
        epochs,
        validation=clusters(30, seed=1),
        folder=folder,
        resume=bool(CheckpointFolder(folder).paths()),
        checkpoint_every=1,
    ):
        record(event)
    if not isinstance(event, Finished):
        return False
    write_atomically(folder / "parameters", digest(everything(trainer)).encode())
    return True


def digest(arrays):
    """One text for arrays by name, given as bytes."""
    parts = [f"{name} {hashlib.sha256(content).hexdigest()}" for name, content in sorted(arrays.items())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def start(folder, epochs=EPOCHS, prepare=lambda: None):
    """Fork a process that prepares itself and trains; it ends with 0 if the run does, else with 1."""
    child = os.fork()
    if child:
        return child
    status = 2
    try:
        prepare()
        status = 0 if train(folder, epochs) else 1
    finally:  # Ctrl-C outside the loop, or the second one, ends it too
        os._exit(1 if isinstance(sys.exc_info()[1], KeyboardInterrupt) else status)


def wait(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def result(folder):
    """All that a run leaves behind but for clock times, as text."""
    checkpoint = CheckpointFolder(folder).paths()[0]
    found = {"newest": checkpoint.name, "files": sorted(path.name for path in folder.iterdir())}
    for name, path in (("checkpoint", checkpoint), ("best", CheckpointFolder(folder).best_path)):
        arrays, document = read_tensors(path)
        found[name] = digest({key: array.tobytes() for key, array in arrays.items()})
        progress = document.get("progress", {})
        found[f"position of {name}"] = [progress.get(key) for key in ("epoch", "batch", "step", "best_epoch")]
    found["parameters"] = (folder / "parameters").read_text()
    found["metrics"] = [
        {k: v for k, v in entry.items() if k != "seconds"} for entry in read_metrics(folder / "metrics.jsonl")
    ]
    return found


def stopped_run(folder, number, seconds, rng):
    """Train with one to three stops; return how many met a process at work and how many left a half-written file."""
    met = halves = 0
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        child = start(folder)
        time.sleep(rng.uniform(0, seconds))
        os.kill(child, number)
        if number == signal.SIGINT and rng.random() < 0.3:
            time.sleep(rng.uniform(0, seconds / 20))
            os.kill(child, number)
        status = wait(child)
        assert status in (0, 1, -number), status
        met += status != 0
        halves += any(folder.glob(".*.part"))
    assert wait(start(folder)) == 0
    return met, halves


def undisturbed(folder):
    """Train without a stop; return the time it took."""
    began = time.perf_counter()
    assert wait(start(folder)) == 0
    return time.perf_counter() - began


def main(folder, number, times, seed):
    """Stop runs until that many signals have met one at work."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background jobs with Ctrl-C ignored
    rng = random.Random(seed)
    seconds = statistics.median(undisturbed(folder / f"whole-{n}") for n in range(3))
    expected = result(folder / "whole-0")
    met = halves = runs = 0
    different = []
    while met < times and runs < 3 * times:
        run = folder / f"run-{runs}"
        more, left = stopped_run(run, number, seconds, rng)
        met, halves, runs = met + more, halves + left, runs + 1
        found = result(run)
        different += [f"{run.name}: {key}" for key in expected if found[key] != expected[key]]
        shutil.rmtree(run)
    print(json.dumps({"met": met, "halves": halves, "runs": runs, "different": different, "expected": expected}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), signal.Signals[sys.argv[2]], int(sys.argv[3]), int(sys.argv[4]))
