"""Prescription: what a treated copy of a run has different, in neutral words; and what an ailment says can be tried against it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from pellucid.doctor.patient import Variation

if TYPE_CHECKING:
    from pellucid.doctor.chart import Chart

__all__ = ["Measure", "Prescription", "Treatment"]

Measure = Literal["training loss", "validation loss", "balanced accuracy"]


@dataclass(frozen=True, kw_only=True)
class Prescription:
    """Changes of a run. The default: none. Fields stand in the order in which they are shown: data, network, steps."""

    standardized_inputs: bool = False  # by mean and spread of each column, or channel, of the training part
    standardized_targets: bool = False
    no_augmentation: bool = False  # training samples as they are
    balanced: bool = False  # every class is drawn equally often
    drop_last: bool = False  # without the last layer
    rectified: bool = False  # ReLU between layers with weights, in place of other activations
    units: int | None = None  # hidden affine layers have at least that many
    no_dropout: bool = False
    usual_weights: bool = False  # initial weights by He's rule, biases 0
    all_parameters: bool = False  # those that are frozen learn, too
    rate: float = 1.0  # times the learning rate
    constant_rate: bool = False  # without a schedule
    no_momentum: bool = False
    no_decay: bool = False
    penalty: float | None = None  # strength of L2 in the loss
    no_clipping: bool = False
    clip_norm: float | None = None
    batch_size: int | None = None
    epochs: int = 1  # times as many
    patience: int | None = None  # epochs without a better one after which training ends

    @property
    def named(self) -> tuple[str, ...]:
        """The names of what differs."""
        return tuple(one.name for one in fields(self) if getattr(self, one.name) != one.default)

    @property
    def variation(self) -> Variation:
        """What of it a patient's copy does itself, from the run's beginning."""
        return Variation(
            initial=True,
            rate=self.rate,
            no_decay=self.no_decay,
            no_clipping=self.no_clipping,
            no_momentum=self.no_momentum,
            no_dropout=self.no_dropout,
            all_parameters=self.all_parameters,
        )

    def then(self, other: "Prescription") -> "Prescription":
        """Return both together: factors multiply, of other settings the later one counts."""
        changed: dict[str, Any] = {name: getattr(other, name) for name in other.named}
        changed |= {"rate": self.rate * other.rate, "epochs": self.epochs * other.epochs}
        return replace(self, **changed)


@dataclass(frozen=True)
class Treatment:
    """What can be tried against an ailment, and by what it is judged. An ailment without one needs its user."""

    options: "Callable[[Chart], Sequence[Prescription]]"  # of a chart in which the ailment was found; the best of them is kept
    judged_by: Measure = "training loss"  # of what keeps a network from fitting its rows; of all else "validation loss"
