"""Ten epochs of CIFAR-10 by the same recipe, Pellucid and PyTorch taking turns by epoch: seconds to 80 % validation accuracy.

PyTorch runs its fastest variant in a short trial. Training and validation are timed, with the data in memory as bytes and
batches made in the fastest way of each side.
"""

from collections.abc import Callable
from typing import Any

from bench import steps
from bench.compare import Effort, agree, select
from bench.recipe import CONFIG, TorchRecipe, native_epochs, prepared, same_batches, torch_epochs
from bench.side import Side, SideError
from bench.worker import Timed

TARGET = 0.80


def measure(effort: Effort, say: Callable[[str], None]) -> dict[str, Any]:
    """Return each side's epochs: seconds, loss, accuracy; and the seconds to the target."""
    step = next(case for case in steps.cases("steps") if case.name == CONFIG.model)
    (torch_side,) = select(step, "PyTorch", step.peers["PyTorch"], effort._replace(finalists=1), say, {}, {})
    sides = []
    curves: dict[str, list[dict[str, float]]] = {}
    try:
        sides = [
            Side("cifar", CONFIG.model, name, start_seconds=effort.start_seconds, libraries=effort.libraries)
            for name in ("native", torch_side)
        ]
        if not agree(sides[0].guard, sides[1].guard, sides[0].tolerance):
            raise SideError("cifar: the sides start from different losses")
        for _ in range(CONFIG.epochs):
            for side in sides:
                reached = side.run(1, seconds=3600)
                epoch = {
                    "seconds": reached["epoch"] / 1000,
                    **{key: reached[key] for key in ("val_accuracy", "train_loss")},
                }
                curves.setdefault(side.name, []).append(epoch)
                say(f"    {side.name}: {epoch}")
    finally:
        for side in sides:
            side.close()
    return result(curves, torch_side)


def result(curves: dict[str, list[dict[str, float]]], torch_side: str) -> dict[str, Any]:
    """Return the record of a measurement."""
    reached = {name: seconds_to(epochs, TARGET) for name, epochs in curves.items()}
    ours, theirs = reached["native"], reached[torch_side]
    record: dict[str, Any] = {
        "epochs": curves,
        "seconds": {name: taken or "not reached" for name, taken in reached.items()},
    }
    if ours and theirs:
        record["groups"] = {"PyTorch": {"best": torch_side, "ratio": theirs / ours, "goal": None, "same": True}}
    return record


def seconds_to(epochs: list[dict[str, float]], target: float) -> float | None:
    """Return the seconds until the first epoch that reaches the target, or None."""
    taken = 0.0
    for epoch in epochs:
        taken += epoch["seconds"]
        if epoch["val_accuracy"] >= target:
            return taken
    return None


def build(case: str, side: str) -> Timed:
    """Return what a side's process runs: one epoch per step. The guard is the loss of the first batch."""
    made = prepared()
    x, y = next(same_batches(made, 1))
    if side == "native":
        from pellucid.plan import Plan

        first = Plan.training(made.trainer.net, len(x), label_smoothing=CONFIG.smoothing).loss(x, y)
        epoch = native_epochs(made)
    else:
        import torch

        plain = TorchRecipe(made, side.split(" compile=")[0])
        first = float(plain.loss(torch.from_numpy(x.copy()), torch.from_numpy(y.astype("int64"))).detach())
        epoch = torch_epochs(made, side)
    reached: dict[str, float] = {}
    return Timed({"epoch": lambda: reached.update(epoch())}, [first], 1e-4, warm_up=0, extra=reached)
