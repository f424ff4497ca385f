"""How a trial trains: the library's own network and trainer, judged after every epoch."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from pellucid.kernels import fastest_layers
from pellucid.nets import Affine, BatchNorm, Description, Flatten, LayerNorm, Network, ReLU
from pellucid.optim import OPTIMIZERS, Adam, Optimizer
from pellucid.studies.samples import TrainingSet
from pellucid.train import Trainer
from pellucid.train.evaluation import evaluate
from pellucid.train.events import EpochDone, NotFinite, StepDone
from pellucid.train.samples import make_samples

__all__ = ["area", "fully_connected", "gradient_norms", "optimizer_of", "train"]


def fully_connected(hidden: Sequence[int], classes: int, norm: str = "none") -> list[Description]:
    """{affine - [norm] - relu} for each size, then affine. norm: none, batch or layer."""
    norms: dict[str, list[Description]] = {"none": [], "batch": [BatchNorm()], "layer": [LayerNorm()]}
    body: list[Description] = [layer for size in hidden for layer in (Affine(size), *norms[norm], ReLU())]
    return [Flatten(), *body, Affine(classes)]


def optimizer_of(name: str, learning_rate: float) -> Optimizer:
    """Return an optimiser by name with this learning rate and its other settings at their defaults."""
    return OPTIMIZERS[name](learning_rate=learning_rate)


def train(
    net: Network,
    data: TrainingSet,
    *,
    epochs: int,
    batch_size: int,
    optimizer: Optimizer | None = None,
    reg: float = 0.0,
    seed: int = 0,
    judge: bool = True,
) -> dict[str, Any]:
    """Train and return curves by epoch: train_accuracy and train_loss (at inference, over all training samples), val_accuracy.

    Also `seen_accuracy` (of each batch before its step), `step_losses`, and `diverged`: the loss stopped being finite, and the rest
    of each curve repeats its last value (accuracy 0 before the first). With judge=False only what costs nothing is measured.
    """
    trainer = Trainer(net, optimizer or Adam(), batch_size=batch_size, reg=reg, seed=seed)
    curves: dict[str, Any] = {
        name: [] for name in ("train_accuracy", "train_loss", "val_accuracy", "seen_accuracy", "step_losses")
    }
    diverged = False
    for event in trainer.events((data.x, data.y), epochs):
        if isinstance(event, StepDone):
            curves["step_losses"].append(event.loss)
        elif isinstance(event, NotFinite):
            diverged = True
        elif isinstance(event, EpochDone):
            curves["seen_accuracy"].append(event.train_accuracy)
            if judge:
                for part, x, y in (("train", data.x, data.y), ("val", data.x_val, data.y_val)):
                    loss, accuracy = judged(net, x, y)
                    curves[f"{part}_accuracy"].append(accuracy)
                    if part == "train":
                        curves["train_loss"].append(loss)
    for name in ("seen_accuracy", *(("train_accuracy", "val_accuracy", "train_loss") if judge else ())):
        curve = curves[name]
        last = curve[-1] if curve else (math.inf if name == "train_loss" else 0.0)
        curve += [last] * (epochs - len(curve))
    return curves | {"diverged": diverged}


def judged(net: Network, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return loss and accuracy at inference."""
    with np.errstate(all="ignore"):
        found = evaluate(
            net, make_samples("data", (x, y)), loss="softmax", label_smoothing=0.0, layers=fastest_layers()
        )
    assert found.loss is not None  # that of a loss of the library is known
    return found.loss, found.accuracy


def gradient_norms(net: Network, x: np.ndarray, y: np.ndarray) -> list[float]:
    """Return the length of the gradient of each weight that decays (no biases, no norms), from the input to the output."""
    with np.errstate(all="ignore"):
        _, grads = net.loss(x, y, layers=fastest_layers())
    weights = [name for name, parameter in net.program.params.items() if parameter.decays]
    return [float(np.linalg.norm(grads[name].astype(np.float64))) for name in weights]


def area(curve: Sequence[float]) -> float:
    """The mean of a curve: the higher, the faster it rose."""
    return float(np.mean(curve))
