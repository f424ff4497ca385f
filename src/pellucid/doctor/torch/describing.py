"""A watched loop in neutral words: its layers, optimizer and loss."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from pellucid.doctor.data_facts import DataFacts, facts_of
from pellucid.doctor.patient import LayerInfo, LossSettings, OptimizerSettings, Rows, Setup
from pellucid.doctor.torch.observing.observer import Observer
from pellucid.doctor.torch.observing.tape import LossCall
from pellucid.doctor.torch.patient import TorchPatient
from pellucid.shapes import Array

__all__ = ["facts_of_rows", "loss_settings", "recognised_loss", "setup_of_loop"]

RECOGNISED_ROWS = 64
IGNORED = -100  # the label that PyTorch's losses leave out
NAMES = {"sgd": "sgd", "adam": "adam", "adamw": "adamw", "rmsprop": "rmsprop", "adagrad": "adagrad", "nadam": "nadam"}


def setup_of_loop(observer: Observer) -> Setup:
    """Describe what was watched."""
    model, optimizer = observer.model, observer.optimizers[0]
    given = {id(p) for one in observer.optimizers for group in one.param_groups for p in group["params"]}
    named = {**dict(model.named_parameters()), **observer.recorder.unregistered}
    if observer.never_stepped:
        given = set()
    call = observer.follower.call
    return Setup(
        framework="torch",
        layers=_layers(observer, call),
        optimizer=_optimizer(optimizer, observer),
        loss=loss_settings(call),
        batch_size=observer.batch_size or 1,
        epochs=len(observer.keeper.epochs) or None,
        trained=frozenset(name for name, p in named.items() if id(p) in given and p.requires_grad),
        frozen=frozenset(name for name, p in named.items() if not p.requires_grad),
        unused=len(given - {id(p) for p in named.values()}),
        outputs=_outputs(observer.follower.outputs if call is None else tuple(call.scores.shape)),
        schedule="" if len({step.learning_rate for step in observer.sampled}) < 2 else "the learning rate changes",
    )


def loss_settings(call: LossCall | None) -> LossSettings:
    """Return what a loss reads; a loss of the user's own is called "own"."""
    if call is None:
        return LossSettings("own", None)
    takes = "labels" if call.name == "softmax" and not call.target.is_floating_point() else None
    takes = "indicators" if call.name == "bce" or (call.name == "softmax" and takes is None) else takes
    takes = takes or ("numbers" if call.name in ("mse", "mae", "smooth_l1", "huber", "poisson") else None)
    smoothing = call.options.get("label_smoothing", 0.0)
    return LossSettings(call.name, takes, call.reads, float(smoothing) if isinstance(smoothing, (int, float)) else 0.0)


def facts_of_rows(training: Rows, held: Rows | None, setup: Setup, whole: int | None) -> DataFacts:
    """Measure the data. Whole numbers, which are codes of words or things, are scaled first: their size means nothing."""
    first = training.x[0] if isinstance(training.x, tuple) else training.x
    if first.dtype.kind in "iub" and setup.layers and any(layer.kind == "embedding" for layer in setup.layers):
        mean, spread = first.mean(), first.std() or 1.0
        training = Rows(((first - mean) / spread).astype(np.float32), training.y)
        if held is not None:
            other = held.x[0] if isinstance(held.x, tuple) else held.x
            held = Rows(((other - mean) / spread).astype(np.float32), held.y)
    facts = facts_of(training, held, setup.loss, setup.outputs, whole=whole)
    if setup.loss.takes == "labels" and training.y.ndim > 1:
        shares = _shares(training.y)
        facts = replace(facts, constant_loss=float(-(shares * np.log(shares)).sum()))
    return facts


def _shares(labels: Array) -> Array:
    counts = np.unique(labels[labels != IGNORED], return_counts=True)[1]
    return counts / counts.sum()


def _layers(observer: Observer, call: LossCall | None) -> tuple[LayerInfo, ...]:
    layers = [each.info for each in observer.layers]
    if call is not None and call.last_activation and (not layers or layers[-1].kind != call.last_activation):
        layers.append(LayerInfo(f"{call.last_activation} before the loss", call.last_activation))
    return tuple(layers)


def _optimizer(optimizer: torch.optim.Optimizer, observer: Observer) -> OptimizerSettings:
    group: dict[str, Any] = optimizer.param_groups[0]
    betas: Sequence[float] = group.get("betas", (0.0,))
    momentum = float(group.get("momentum", 0.0) or 0.0) or float(betas[0])
    name = type(optimizer).__name__.lower()
    clipped = observer.clipped
    return OptimizerSettings(
        name=NAMES.get(name, name),
        learning_rate=max(observer.beginning.rates),
        momentum=momentum,
        weight_decay=float(group.get("weight_decay", 0.0) or 0.0),
        decoupled=name in ("adamw", "adamax", "muon"),
        clip_norm=max(clipped) if clipped else None,
    )


def _outputs(shape: tuple[int, ...] | None) -> int | None:
    """Return how many numbers there are for a row."""
    if shape is None or len(shape) > 2:
        return None
    return math.prod(shape[1:])


def recognised_loss(patient: TorchPatient) -> LossSettings | None:
    """Return which loss a formula of the user's own computes, by what it makes of some rows; None where it is no known one."""
    rows = patient.rows("training", RECOGNISED_ROWS)
    if rows is None or rows.y.dtype.kind not in "fiu":
        return None
    outputs, y = patient.outputs(rows.x).astype(np.float64), rows.y.astype(np.float64)
    found = patient.loss(*rows, training=False)
    flat = outputs.reshape(len(outputs), -1)
    if rows.y.dtype.kind in "iu" and rows.y.ndim == 1 and flat.shape[1] > 1 and 0 <= y.min() <= y.max() < flat.shape[1]:
        shifted = flat - flat.max(axis=1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        value = -logs[np.arange(len(flat)), rows.y].mean()
        return LossSettings("softmax", "labels") if _is_close(found, value) else None
    targets = y.reshape(len(y), -1)
    pairs = [flat - targets] if flat.shape == targets.shape else []
    pairs += [flat - targets.T] if flat.shape[1] == targets.shape[1] == 1 else []
    for name, value_of in (("mse", np.square), ("mae", np.abs)):
        if any(_is_close(found, value_of(difference).mean()) for difference in pairs):
            return LossSettings(name, "numbers")
    return None


def _is_close(first: float, second: float) -> bool:
    return abs(first - second) <= 1e-4 * abs(second)
