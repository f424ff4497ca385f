"""The first 200 steps of the CIFAR-10 recipe from three seeds: NATIVE, REFERENCE and PyTorch, same weights, same batches.

    python -m bench.curves [--steps 200] [--seeds 3] [--sides native reference torch] [--out FILE]

Curves that the file already contains are not computed again.

Losses are averaged over windows of ten steps. The noise of a curve is the standard deviation between seeds within a window, as
root mean square over windows; the distance between two implementations is the root mean square difference of their windows, seed
by seed. The native curve is within the noise if its distance to the other is below the noise of the other.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.recipe import CONFIG, TorchRecipe, prepared, same_batches
from pellucid.optim import SCHEDULES

WINDOW = 10
SIDES = ("native", "reference", "torch")


def curve(side: str, seed: int, steps: int, data: str) -> list[float]:
    """Return the losses of the first steps, each before its update."""
    made = prepared(seed, data=data)
    per_epoch = -(-len(made.splits.train) // CONFIG.batch_size)
    step = _torch_step(made) if side == "torch" else _pellucid_step(made, side)
    total = per_epoch * CONFIG.epochs
    return [step(x, y, number / total) for number, (x, y) in enumerate(same_batches(made, steps))]


def _pellucid_step(made: Any, table: str) -> Callable[[Any, Any, float], float]:
    import dataclasses

    from pellucid.kernels import NATIVE
    from pellucid.layers import REFERENCE
    from pellucid.optim import AdamW
    from pellucid.train import Trainer

    assert CONFIG.learning_rate is not None
    assert CONFIG.weight_decay is not None
    rule = AdamW(learning_rate=CONFIG.learning_rate, weight_decay=CONFIG.weight_decay)
    layers = NATIVE if table == "native" else REFERENCE
    trainer = Trainer(
        made.trainer.net, rule, batch_size=CONFIG.batch_size, layers=layers, label_smoothing=CONFIG.smoothing
    )
    schedule = SCHEDULES[CONFIG.schedule]

    def step(x: Any, y: Any, done: float) -> float:
        rate = CONFIG.learning_rate * schedule(done)
        trainer.optimizer = dataclasses.replace(rule, learning_rate=rate)
        return trainer.step(x, y)

    return step


def _torch_step(made: Any) -> Callable[[Any, Any, float], float]:
    import torch

    recipe = TorchRecipe(made, "torch memory=nhwc adam=fused threads=1")
    return lambda x, y, done: recipe.step(torch.from_numpy(x.copy()), torch.from_numpy(y.astype(np.int64)), done)


def windows(curves: list[list[float]]) -> np.ndarray:
    """Return (seeds, windows): the means of ten steps."""
    losses = np.array(curves)
    whole = losses.shape[1] // WINDOW * WINDOW
    return losses[:, :whole].reshape(len(losses), -1, WINDOW).mean(axis=2)


def compared(native: list[list[float]], other: list[list[float]]) -> dict[str, Any]:
    """Return distance, noise, and whether the native curve is within the noise between the other's seeds."""
    ours, theirs = windows(native), windows(other)
    distance = float(np.sqrt(((ours - theirs) ** 2).mean()))
    noise = float(np.sqrt(theirs.var(axis=0, ddof=1).mean()))
    largest = float(np.abs(ours - theirs).max())
    return {"distance": distance, "noise": noise, "largest": largest, "within": distance < noise}


def earlier_curves(path: Path, steps: int) -> dict[str, dict[str, list[float]]]:
    """Return the curves of an earlier run of the same number of steps: side -> seed -> losses."""
    if not path.exists():
        return {}
    earlier = json.loads(path.read_text())
    return earlier["losses"] if earlier["steps"] == steps else {}


def main() -> None:
    """Compute the curves and compare them."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(prog="python -m bench.curves", description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sides", nargs="+", default=list(SIDES), choices=SIDES)
    parser.add_argument("--data", default=CONFIG.data)
    parser.add_argument("--out", type=Path, default=Path("build/curves.json"))
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    found = earlier_curves(options.out, options.steps)
    for side in options.sides:
        for seed in range(options.seeds):
            losses = found.setdefault(side, {}).get(str(seed)) or curve(side, seed, options.steps, options.data)
            found[side][str(seed)] = losses
            options.out.write_text(json.dumps({"steps": options.steps, "losses": found}) + "\n")
            print(f"seed {seed} {side:<9} first {losses[0]:.4f}, last ten {np.mean(losses[-10:]):.4f}", flush=True)
    seeds = [str(seed) for seed in range(options.seeds)]
    curves = {side: [found[side][seed] for seed in seeds] for side in options.sides}
    verdicts = {side: compared(curves["native"], curves[side]) for side in options.sides if side != "native"}
    for side, verdict in verdicts.items():
        where = "within" if verdict["within"] else "outside"
        print(
            f"native against {side}: distance {verdict['distance']:.4f}, noise between seeds {verdict['noise']:.4f} "
            f"(largest difference {verdict['largest']:.4f}): {where} the noise"
        )
    options.out.write_text(json.dumps({"steps": options.steps, "losses": found, "verdicts": verdicts}) + "\n")


if __name__ == "__main__":
    main()
