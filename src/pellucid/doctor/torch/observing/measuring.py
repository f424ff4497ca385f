"""StepMeasure: gradients before and after a backward, weights before and after a step, and the vitals that follow from them."""

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import FrameType

import numpy as np
import torch

from pellucid.doctor.torch.observing.arrays import array_of, quiet
from pellucid.doctor.torch.observing.layers import LayerCallSeen
from pellucid.doctor.vitals import LayerVitals, layer_vitals
from pellucid.shapes import Array

__all__ = ["StepMeasure", "loss_scale"]


@dataclass(eq=False)
class StepMeasure:
    """One sampled step."""

    given: frozenset[int]  # ids of the parameters that the optimizer changes: what it does not clear may grow
    held: dict[str, torch.Tensor] = field(default_factory=dict)  # gradients that were there before the first backward
    gradients: dict[str, Array] = field(default_factory=dict)  # after the last backward
    own: float = math.nan  # length of what the backward passes of this step added
    norm: float = math.nan
    at_step: float = math.nan  # length of the gradients that the optimizer used
    before: dict[str, Array] = field(default_factory=dict)  # weights before the step
    backwards: int = 0

    def backward_begins(self, parameters: Mapping[str, torch.Tensor]) -> None:
        """Keep what is there before the first backward."""
        self.backwards += 1
        if self.backwards == 1:
            with quiet(), torch.no_grad():
                grads = self._gradients(parameters)
                self.held = {name: grad.detach().clone() for name, grad in grads.items() if bool(grad.any())}

    def backward_ended(self, parameters: Mapping[str, torch.Tensor]) -> None:
        """Measure the gradients."""
        with quiet(), torch.no_grad():
            grads = self._gradients(parameters)
            added = [grad - self.held[name] if name in self.held else grad for name, grad in grads.items()]
            self.own, self.norm = _norm(added), _norm(list(grads.values()))
            self.gradients = {name: array_of(_dense(p.grad)) for name, p in parameters.items() if p.grad is not None}

    def step_begins(self, parameters: Mapping[str, torch.Tensor]) -> None:
        """Keep the weights."""
        with quiet(), torch.no_grad():
            self.at_step = _norm(list(self._gradients(parameters).values()))
            self.before = {name: array_of(p) for name, p in parameters.items()}

    def _gradients(self, parameters: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        given = {name: p for name, p in parameters.items() if id(p) in self.given}
        return {name: p.grad for name, p in given.items() if p.grad is not None}

    @property
    def clipped_to(self) -> float | None:
        """The length to which the gradients were cut between backward and step; None where they were not."""
        cut = 0 < self.at_step < 0.999 * self.norm
        return self.at_step if cut and math.isfinite(self.norm) else None

    @property
    def was_cleared(self) -> bool:
        """Whether the gradients had gone when the step was made."""
        return self.norm > 0 and self.at_step == 0

    def layers(
        self, calls: list[LayerCallSeen], parameters: Mapping[str, torch.Tensor], scale: float, *, first: bool
    ) -> tuple[LayerVitals, ...]:
        """Return the vitals of the layers after the step."""
        found = []
        for call in calls:
            if call.outputs is None or not call.outputs.size:
                continue
            name = call.info.weight
            known = name is not None and name in parameters
            weight = array_of(parameters[name]) if known and name is not None else None
            gradient = self.gradients.get(name or "")
            if gradient is None and weight is not None and self.backwards:
                gradient = np.zeros(1, np.float32)  # none arrived
            found.append(
                layer_vitals(
                    call.info.name,
                    call.info.kind,
                    call.outputs,
                    weight=weight,
                    gradient=None if gradient is None else gradient / scale,
                    before=self.before.get(name or ""),
                    units_axis=call.info.units_axis if first and weight is not None and weight.ndim > 1 else None,
                )
            )
        return tuple(found)


def _norm(tensors: list[torch.Tensor]) -> float:
    if not tensors:
        return 0.0
    return math.sqrt(sum(float(_dense(tensor).detach().float().pow(2).sum()) for tensor in tensors))


def _dense(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.to_dense() if tensor.is_sparse else tensor


def loss_scale() -> float:
    """Return the scale of the GradScaler that makes the step, by which losses are multiplied; 1 where there is none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        owner = frame.f_locals.get("self")
        if isinstance(owner, torch.amp.GradScaler):
            return float(owner.get_scale())
        frame = frame.f_back
    return 1.0
