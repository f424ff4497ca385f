"""Where the time of a training step goes: each operation of the plan with its limit, and the work outside the plan.

python -m bench.profiles "mlp 3072-100x4-10" three-layer-convnet
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.steps import RATE, STEPS, batch_of, is_image, network, step_of

REPEATS = 60


def median_ms(work: Callable[[], Any]) -> float:
    """Return the median time of REPEATS calls in milliseconds."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def profile_text(case: str) -> str:
    """Return the profile of a step as text."""
    from pellucid.optim import Adam
    from pellucid.train import Trainer

    step = step_of(case)
    trainer = Trainer(network(step), Adam(learning_rate=RATE), batch_size=step.batch)
    x, y = batch_of(step)
    if is_image(step):
        x = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    whole = median_ms(lambda: trainer.step(x, y))
    plan, update = trainer.plan, trainer.stepper.update
    profile = plan.profile(x, y, repeats=REPEATS)
    norm = median_ms(update.gradient_norm)
    moved = median_ms(lambda: update(plan.grads.flat, trainer.steps_done, RATE))
    floor = sum(max(s.flops / profile.limits.flops, 0.0) for s in profile.steps) * 1000
    return (
        f"{case}, batch {step.batch}: {whole:.3g} ms a step\n{profile}\n"
        f"outside the plan: norm of the gradients {norm:.3g} ms, Adam on {trainer.net.params.flat.size:,} numbers {moved:.3g} ms\n"
        f"the arithmetic alone (direct convolutions) would take {floor:.3g} ms at the measured peak of the machine\n"
    )


if __name__ == "__main__":
    for name in sys.argv[1:] or [step.name for step in STEPS]:
        print(profile_text(name))
