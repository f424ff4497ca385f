"""What usual initial weights would change: a trial from newly drawn ones."""

import math
from dataclasses import dataclass

import numpy as np

from pellucid.doctor.examinations.trial import TrialRun, trial
from pellucid.doctor.patient import Patient, Variation
from pellucid.doctor.vitals import equal_units
from pellucid.shapes import Array

__all__ = ["InitialWeights", "usual_weights", "with_usual_weights"]

OTHER_SPREADS = ("recurrent", "embedding", "attention")  # kinds whose usual weights are not He's
USUAL = 3.0  # a spread within this factor of He's is usual: Xavier's, PyTorch's and Keras's are


@dataclass(frozen=True)
class InitialWeights:
    """The run's initial weights beside He's."""

    usual: TrialRun
    layer: str  # the hidden layer that is furthest from usual
    ratio: float  # of its spread to He's; 0 where all its weights are equal
    equal: float  # the largest share of equal units in a hidden layer
    usual_ratio: float = USUAL


def with_usual_weights(patient: Patient) -> InitialWeights | None:
    """Compare; None for a network without weights."""
    start = patient.copy(Variation(initial=True)).weights()
    trained = [layer for layer in patient.setup.layers if layer.weight in patient.setup.trained and layer.weight]
    layers = [layer for layer in trained if layer.kind not in OTHER_SPREADS]
    weights = {
        layer.name: (start[layer.weight], layer.units_axis)
        for layer in layers
        if layer.weight and start[layer.weight].ndim > 1
    }
    if not weights:
        return None
    names = list(weights)
    hidden = names[:-1] or names
    equal = {name: equal_units(*weights[name]) or 0.0 for name in hidden}
    ratios = {name: float(weights[name][0].std()) / _he(*weights[name]) for name in names}
    worst = max(names, key=lambda name: abs(math.log(max(ratios[name], 1e-12))))
    if equal and max(equal.values()) > 0.5:
        worst = max(equal, key=lambda name: equal[name])
    drawn = _drawn(
        patient, {layer.weight: weights[layer.name] for layer in layers if layer.weight and layer.name in weights}
    )
    usual = trial(patient, Variation(initial=True), prepare=lambda copy: copy.load(drawn))
    return InitialWeights(usual, worst, ratios[worst], max(equal.values()))


def usual_weights(patient: Patient) -> dict[str, Array]:
    """Return He's initial weights for every trained layer, and biases of 0, by name."""
    start, trained = patient.weights(), patient.setup.trained
    layers = [layer for layer in patient.setup.layers if layer.weight in trained and layer.weight]
    weights = {
        layer.weight: (start[layer.weight], layer.units_axis)
        for layer in layers
        if layer.weight and start[layer.weight].ndim > 1
    }
    biases = [
        layer.bias for layer in layers if layer.bias is not None and layer.bias in start and layer.weight in weights
    ]
    return _drawn(patient, weights) | {name: 0 * start[name] for name in biases}


def _he(weight: Array, units_axis: int) -> float:
    return math.sqrt(2 * weight.shape[units_axis] / weight.size)


def _drawn(patient: Patient, weights: dict[str, tuple[Array, int]]) -> dict[str, Array]:
    draws = np.random.default_rng(0)
    return {
        name: (draws.standard_normal(weight.shape) * _he(weight, axis)).astype(weight.dtype)
        for name, (weight, axis) in weights.items()
    }
