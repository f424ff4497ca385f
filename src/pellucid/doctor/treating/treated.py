"""A patient with a prescription, whatever the framework: rows, weights and settings are changed on their way in and out."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pellucid.doctor.examinations.initial import usual_weights
from pellucid.doctor.patient import AS_IT_IS, Patient, Rows, Setup, Variation
from pellucid.doctor.prescription import Prescription
from pellucid.doctor.treating.standardizing import input_scaling, target_scaling
from pellucid.shapes import Array

__all__ = ["ANY_FRAMEWORK", "TreatedPatient"]

ANY_FRAMEWORK = frozenset(
    {
        "standardized_inputs",
        "standardized_targets",
        "balanced",
        "no_dropout",
        "usual_weights",
        "all_parameters",
        "rate",
        "no_momentum",
        "no_decay",
        "no_clipping",
        "batch_size",
        "epochs",
    }
)


class TreatedPatient:
    """A `Patient` as its run would have been with a prescription. Its own copies share the prescription."""

    def __init__(self, run: Patient, prescription: Prescription) -> None:
        self.run, self.prescription = run, prescription
        self.cost = run.cost
        self.setup = _setup(run.setup, prescription)
        self._inputs = input_scaling(run) if prescription.standardized_inputs else None
        self._targets = target_scaling(run) if prescription.standardized_targets else None
        self.inside = self._copied(Variation(initial=True))

    def count(self, part: str) -> int | None:
        """Return how many samples a part holds."""
        return self.run.count(part)

    def rows(self, part: str, count: int) -> Rows | None:
        """Return rows of a part, standardized where that is prescribed."""
        rows = self.run.rows(part, count)
        if rows is None:
            return None
        return Rows(
            rows.x if self._inputs is None else self._inputs(rows.x),
            rows.y if self._targets is None else self._targets(rows.y),
        )

    def copy(self, change: Variation = AS_IT_IS) -> "TreatedPatient":
        """Return a copy that shares nothing with this one."""
        inside = self._copied(change) if change.initial else self.inside.copy(change)
        other = copy.copy(self)
        other.inside = inside
        return other

    def weights(self) -> Mapping[str, Array]:
        """Return every parameter by name, as copies."""
        return self.inside.weights()

    def load(self, weights: Mapping[str, Array]) -> None:
        """Put values in place of parameters."""
        self.inside.load(weights)

    def outputs(self, x: Any, *, training: bool = False) -> Array:
        """Return what the network makes of rows."""
        return self.inside.outputs(x, training=training)

    def activations(self, x: Any, *, training: bool = False) -> Mapping[str, Array]:
        """Return the outputs of each layer."""
        return self.inside.activations(x, training=training)

    def loss(self, x: Any, y: Array, *, training: bool = False) -> float:
        """Return the loss on rows."""
        return self.inside.loss(x, y, training=training)

    def gradients(self, x: Any, y: Array) -> Mapping[str, Array]:
        """Return the gradient of every trained parameter."""
        return self.inside.gradients(x, y)

    def step(self, x: Any, y: Array) -> float:
        """Make one step."""
        return self.inside.step(x, y)

    def _copied(self, change: Variation) -> Patient:
        """Return a copy of the run from its beginning, as prescribed, and changed further."""
        own = self.prescription.variation
        together = Variation(
            initial=True,
            rate=own.rate * change.rate,
            no_decay=own.no_decay or change.no_decay,
            no_clipping=own.no_clipping or change.no_clipping,
            no_momentum=own.no_momentum or change.no_momentum,
            no_dropout=own.no_dropout or change.no_dropout,
            all_parameters=own.all_parameters or change.all_parameters,
        )
        new = self.run.copy(together)
        if self.prescription.usual_weights:
            new.load(usual_weights(new))
        return new


def _setup(setup: Setup, prescription: Prescription) -> Setup:
    """Return the set-up with the prescription."""
    used = setup.optimizer
    optimizer = replace(
        used,
        learning_rate=used.learning_rate * prescription.rate,
        momentum=0.0 if prescription.no_momentum else used.momentum,
        weight_decay=0.0 if prescription.no_decay else used.weight_decay,
        penalty=0.0 if prescription.no_decay else used.penalty,
        clip_norm=None if prescription.no_clipping else used.clip_norm,
    )
    layers = setup.layers
    if prescription.no_dropout:
        layers = tuple(layer if layer.drops is None else replace(layer, drops=0.0) for layer in layers)
    trained, frozen = setup.trained, setup.frozen
    if prescription.all_parameters:
        every = {name for layer in layers for name in (layer.weight, layer.bias) if name is not None}
        trained, frozen = trained | frozen | every, frozenset()
    return replace(
        setup,
        optimizer=optimizer,
        layers=layers,
        trained=trained,
        frozen=frozen,
        batch_size=prescription.batch_size or setup.batch_size,
    )
