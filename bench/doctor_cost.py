"""What watching costs: processor time of steps with a doctor and without, taking turns; and memory over 10,000 steps.

    python -m bench.doctor --cost [--steps 100] [--rounds 3]

Two equal trainings go step by step in turns; a doctor watches one of them. Processor time (of all threads) is added up over the
first `steps` steps; a round has networks of its own, and the line shows the median over the rounds.
"""

import statistics
import time
from typing import Any

import numpy as np

from bench.doctor_programs import mlp
from pellucid import optim
from pellucid.data import Dataset
from pellucid.doctor import Doctor
from pellucid.doctor.memory import process_memory
from pellucid.nets.models import build
from pellucid.train import Trainer
from pellucid.train.events import StepDone

__all__ = ["show_cost"]

MODELS, BATCH, LIMIT = ("three-layer-convnet", "vgg6-bn"), 64, 0.03
LONG = 10_000


def show_cost(steps: int, rounds: int) -> None:
    """Print the share of processor time that watching adds, for each model, and how memory grows."""
    for model in MODELS:
        shares, parts = zip(*(_round(model, steps, seed) for seed in range(rounds)), strict=True)
        print(
            f"{model}, batches of {BATCH}, first {steps} steps: watching adds {statistics.median(shares):+.1%} of processor "
            f"time ({min(shares):+.1%} to {max(shares):+.1%}), {statistics.median(parts):.1%} inside the doctor; limit {LIMIT:.0%}",
            flush=True,
        )
    print(_memory())


def _round(model: str, steps: int, seed: int) -> tuple[float, float]:
    """Return the time with a doctor over that without, less 1; and the time in the doctor over that without."""
    sides = [_side(model, steps, seed, doctor=watched) for watched in (False, True)]
    for side in sides:
        next(side)
    spent = {False: 0.0, True: 0.0}
    for step in range(steps):
        for watched in (False, True) if step % 2 else (True, False):
            began = time.process_time()
            next(sides[watched])
            spent[watched] += time.process_time() - began
    inside = next(sides[True])
    return spent[True] / spent[False] - 1, inside / spent[False]


def _side(model: str, steps: int, seed: int, *, doctor: bool) -> Any:
    """Yield once when all is ready, then after every step, then the time in the doctor."""
    draws = np.random.default_rng(seed)
    images = draws.integers(0, 256, (BATCH * steps, 3, 32, 32), dtype=np.uint8)
    data = Dataset(images, draws.integers(0, 10, len(images)), tuple("abcdefghij"))
    trainer = Trainer(build(model, (3, 32, 32), 10, seed=seed), optim.Adam(1e-3), batch_size=BATCH, seed=seed)
    events, reader, inside = trainer.events(data, 1), Doctor() if doctor else None, 0.0
    started = next(events)
    if reader is not None:
        reader(started)
    yield 0.0
    for event in events:
        if not isinstance(event, StepDone):
            break
        if reader is not None:
            began = time.process_time()
            reader(event)
            inside += time.process_time() - began
        yield inside
    yield inside


def _memory() -> str:
    """Train a small network for many steps, watched, and say how much memory that took."""
    draws = np.random.default_rng(0)
    x = draws.standard_normal((6400, 16)).astype(np.float32)
    y = (x[:, 0] > 0).astype(np.int64)
    trainer, doctor = Trainer(mlp(32, inputs=16, outputs=2), optim.Adam(1e-4), batch_size=64), Doctor()
    sizes = []
    for event in trainer.events((x, y), LONG // 100):
        doctor(event)
        if isinstance(event, StepDone) and event.step in (LONG // 10, LONG):
            sizes.append(process_memory() or 0)
    grown = (sizes[1] - sizes[0]) / 1e6
    return f"memory from step {LONG // 10} to step {LONG} of a small network, watched: {grown:+.1f} MB"
