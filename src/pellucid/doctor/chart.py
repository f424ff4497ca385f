"""Chart: everything that is known of one run. Ailments read it; examinations run when one is asked for, once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pellucid.doctor.data_facts import DataFacts
from pellucid.doctor.patient import Patient, Setup
from pellucid.doctor.vitals import BatchVitals, EpochVitals, LayerVitals, MemoryVitals, StepVitals, WeightJump

__all__ = ["Chart"]

Result = TypeVar("Result")


@dataclass
class Chart:
    """One run: its set-up, facts of its data, its vitals, and the patient that can still be examined."""

    setup: Setup
    data: DataFacts | None = None
    steps: list[StepVitals] = field(default_factory=list)  # those sampled
    batches: list[BatchVitals] = field(default_factory=list)  # of sampled steps, where an adapter sees them
    losses: list[float] = field(default_factory=list)  # of every step, or of evenly spaced ones
    epochs: list[EpochVitals] = field(default_factory=list)
    jumps: list[WeightJump] = field(default_factory=list)  # of the weights, at epochs' beginnings
    memory: list[MemoryVitals] = field(default_factory=list)  # of the process
    answered: float | None = None  # share of the validation rows answered with their class, as the last epoch ended
    patient: Patient | None = None  # None: what is left of a run cannot be tried any more
    not_finite: str = ""  # where the first value that is not finite appeared; "" if none did
    not_finite_in_data: bool = False
    validated_in_training_mode: bool = False
    _results: dict[Any, Any] = field(default_factory=dict, repr=False)

    def examine(self, examination: Callable[[Patient], Result]) -> Result | None:
        """Return the result of an examination, made on the first call; None without a patient."""
        if self.patient is None:
            return None
        if examination not in self._results:
            self._results[examination] = examination(self.patient)
        result: Result | None = self._results[examination]
        return result

    @property
    def last(self) -> EpochVitals | None:
        """The last epoch."""
        return self.epochs[-1] if self.epochs else None

    @property
    def first_step(self) -> StepVitals | None:
        """The vitals of the first step that was sampled."""
        return self.steps[0] if self.steps else None

    @property
    def last_step(self) -> StepVitals | None:
        """The vitals of the last step that was sampled."""
        return self.steps[-1] if self.steps else None

    @property
    def final_loss(self) -> float | None:
        """The training loss of the last epoch, or of the last tenth of the steps; None where nothing was done."""
        if self.last is not None:
            return self.last.train_loss
        tail = self.losses[-max(1, len(self.losses) // 10) :]
        return sum(tail) / len(tail) if tail else None

    @property
    def constant_loss(self) -> float | None:
        """The loss of the best constant prediction on the training data."""
        return None if self.data is None else self.data.constant_loss

    @property
    def learned(self) -> float | None:
        """The share of the constant prediction's loss that training removed: 0 nothing, 1 all. None where it is not known."""
        final, constant = self.final_loss, self.constant_loss
        if final is None or constant is None or constant <= 0:
            return None
        return 1 - final / constant

    def layers_with_weights(self, step: StepVitals | None) -> list[LayerVitals]:
        """Return the vitals of the layers that have weights which learn, in the order of the forward."""
        if step is None:
            return []
        learning = {layer.name for layer in self.setup.layers if layer.weight in self.setup.trained}
        return [layer for layer in step.layers if layer.name in learning and layer.weight is not None]
