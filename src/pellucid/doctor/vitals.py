"""Vitals: what is measured of a run while it trains, whatever the framework."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pellucid.doctor.thresholds import EDGE
from pellucid.shapes import Array

__all__ = [
    "RANGES",
    "BatchVitals",
    "EpochVitals",
    "LayerVitals",
    "MemoryVitals",
    "StepVitals",
    "WeightJump",
    "distance",
    "equal_units",
    "layer_vitals",
]

RANGES = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "hard_sigmoid": (0.0, 1.0)}  # activations with two flat ends
PART = 65_536  # entries of a difference at a time: they stay in the cache
PLACES = 8  # along each axis of an image that are measured


@dataclass(frozen=True)
class LayerVitals:
    """One layer at one step. What does not apply to it is None."""

    name: str
    kind: str  # in the words of `pellucid.layers`: "affine", "conv", "relu", "batchnorm"
    mean: float  # of its outputs on a few rows
    spread: float  # their standard deviation
    zeros: float  # share of the outputs that are exactly 0
    dead: float  # share of the units that are 0 for every row
    across_rows: (
        float  # how much outputs differ between rows: standard deviation over rows, root mean square over units
    )
    saturated: float | None = None  # share of the outputs at an end of the range, of "sigmoid" and "tanh"
    weight: float | None = None  # length of the weights
    gradient: float | None = None  # length of their gradient
    update: float | None = None  # length of what the step added to them
    equal_units: float | None = None  # share of the units whose weights another unit has, too

    @property
    def update_ratio(self) -> float | None:
        """The update relative to the weights; None where there are no weights, or they are 0."""
        return None if self.update is None or not self.weight else self.update / self.weight


@dataclass(frozen=True)
class StepVitals:
    """One sampled step."""

    step: int  # counts from 1
    epoch: int  # counts from 1
    loss: float  # of the batch, before the update
    learning_rate: float
    gradient_norm: float  # of all gradients together, before clipping
    layers: tuple[LayerVitals, ...] = ()  # in the order of the forward
    training: bool = True  # whether the network was in training mode
    batch_gradient_norm: float | None = None  # of this batch alone, where an adapter computes it again
    parts: Mapping[str, float] = field(default_factory=dict)  # of the loss: {"penalty": 0.02}

    def layer(self, name: str) -> LayerVitals | None:
        """Return the vitals of a layer."""
        return next((layer for layer in self.layers if layer.name == name), None)


@dataclass(frozen=True)
class BatchVitals:
    """What a sampled step was made on."""

    step: int
    rows: int
    code: int  # equal for equal batches
    majority: float | None = None  # share of the batch's most frequent class; None where targets are numbers


@dataclass(frozen=True)
class EpochVitals:
    """One epoch. Accuracies are None where targets are numbers, values of validation without such a part."""

    epoch: int  # counts from 1
    step: int
    train_loss: float
    train_accuracy: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None
    learning_rate: float | None = None


@dataclass(frozen=True)
class WeightJump:
    """How far the weights moved between the end of an epoch and the first step after it. Lengths are relative to the weights'."""

    step: int  # the first step of the new epoch
    change: float  # with the step itself, where an adapter cannot look between the two
    update: float  # what a step of that time changes
    from_start: float  # the distance from the weights of the run's beginning, at the end of the epoch
    from_start_after: float  # the same afterwards
    loss_before: float  # of the last steps of the epoch
    loss_after: float  # of the first step after it


@dataclass(frozen=True)
class MemoryVitals:
    """The memory of the process at a step."""

    step: int
    bytes: int  # that belong to no file, see `memory.py`


def layer_vitals(
    name: str,
    kind: str,
    outputs: Array,
    *,
    weight: Array | None = None,
    gradient: Array | None = None,
    before: Array | None = None,
    units_axis: int | None = 0,
) -> LayerVitals:
    """Measure a layer: outputs (N, units, ...) on a few rows; its weights, their gradient, and the weights before the step.

    units_axis is the axis of the weights along which the units lie; None leaves out whether units are equal.
    """
    outputs = _thinned(outputs)
    rows, zero = outputs.reshape(len(outputs), -1).astype(np.float64), outputs == 0
    with np.errstate(all="ignore"):
        means, variance = rows.mean(axis=0), float(rows.var(axis=0).mean())
        return LayerVitals(
            name,
            kind,
            mean=float(means.mean()),
            spread=math.sqrt(variance + float(means.var())) if math.isfinite(variance) else math.nan,
            zeros=float(zero.mean()),
            dead=_dead(zero),
            across_rows=math.sqrt(variance) if math.isfinite(variance) else math.nan,
            saturated=_saturated(kind, rows),
            weight=None if weight is None else _length(weight),
            gradient=None if gradient is None else _length(gradient),
            update=None if weight is None or before is None else distance(weight, before),
            equal_units=None if weight is None or units_axis is None else equal_units(weight, units_axis),
        )


def _thinned(outputs: Array) -> Array:
    """Return an image's outputs at some places only, evenly spaced: as many as tell a dead channel."""
    if outputs.ndim != 4:
        return outputs
    steps = tuple(max(1, size // PLACES) for size in outputs.shape[2:])
    return outputs[:, :, :: steps[0], :: steps[1]]


def _length(array: Array) -> float:
    flat = array.reshape(-1)
    return float(np.sqrt(np.dot(flat, flat)))


def distance(one: Array, other: Array) -> float:
    """Return the length of a difference, which never stands in memory as a whole."""
    first, second = one.reshape(-1), other.reshape(-1)
    squares = 0.0
    for start in range(0, first.size, PART):
        rest = first[start : start + PART] - second[start : start + PART]
        squares += float(np.dot(rest, rest))
    return math.sqrt(squares) if math.isfinite(squares) else squares


def _dead(zero: Array) -> float:
    """Return the share of units, or channels, that are 0 in every row and place."""
    return float(zero.all(axis=(0, *range(2, zero.ndim))).mean())


def _saturated(kind: str, rows: Array) -> float | None:
    if kind not in RANGES:
        return None
    low, high = RANGES[kind]
    edge = EDGE * (high - low)
    return float(((rows < low + edge) | (rows > high - edge)).mean())


def equal_units(weight: Array, axis: int) -> float | None:
    """Return the share of units whose weights are those of another unit; None where there is one unit."""
    units = np.moveaxis(weight, axis, 0)
    if len(units) < 2 or weight.size == 0:
        return None
    each = units[0].size
    numbers = np.arange(0, each, max(1, each // 64))  # a few weights tell units apart
    places: tuple[Any, ...] = (slice(None), *np.unravel_index(numbers, units.shape[1:]))
    distinct = len(np.unique(units[places], axis=0))
    return 1 - distinct / len(units) if distinct > 1 else 1.0
