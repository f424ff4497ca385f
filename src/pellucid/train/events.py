"""Events: what happens in a training run, as frozen records. The loop yields them and does not know who reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "CheckpointSaved",
    "EpochDone",
    "Event",
    "Finished",
    "Interrupted",
    "NotFinite",
    "Started",
    "StepDone",
    "StoppedEarly",
]


@dataclass(frozen=True)
class Started:
    """The first event. After a resume, first_step and first_epoch say where the run continues."""

    samples: int | None  # training samples; None for a stream, which does not say
    epochs: int
    steps_per_epoch: int | None  # None for a stream that has no length
    first_epoch: int  # epochs done before
    first_step: int  # steps done before
    parameters: int
    layers: str  # name of the table of layers in use
    settings: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)  # of the run, as JSON
    decides: str | None = field(
        default=None, compare=False
    )  # which epoch is the best: "val_loss"; None without validation
    run: Any = field(default=None, compare=False, repr=False)  # the loop under way, for readers that look into it


@dataclass(frozen=True)
class StepDone:
    """One batch: forward, loss, backward, update."""

    step: int  # counts from 1
    epoch: int  # counts from 1
    loss: float  # with the regularization term, before the update
    accuracy: float  # of the batch, before the update; NaN if targets are numbers
    learning_rate: float
    gradient_norm: float  # Euclidean length of all gradients together, before clipping
    seconds: float  # this step alone


@dataclass(frozen=True)
class EpochDone:
    """One pass over the training samples, and the validation after it."""

    epoch: int  # counts from 1
    step: int
    train_loss: float  # mean over the epoch's samples, as they were seen (augmented, dropout on)
    train_accuracy: float  # over the same samples
    val_loss: float | None  # without regularization; None without a validation set
    val_accuracy: float | None
    best: bool  # whether this is the best epoch so far
    seconds: float  # of its steps and validation
    learning_rate: float | None = None  # of its last step
    metrics: Mapping[str, float] = field(default_factory=dict)  # "train_f1", "val_f1": those that were asked for


@dataclass(frozen=True)
class CheckpointSaved:
    """The run can be resumed from here."""

    step: int
    path: str


@dataclass(frozen=True)
class StoppedEarly:
    """Validation has not improved for `patience` epochs."""

    epoch: int
    step: int
    patience: int


@dataclass(frozen=True)
class Interrupted:
    """Ctrl-C or SIGTERM ended the run between two steps; the state is saved if there is a folder."""

    step: int
    path: str | None


@dataclass(frozen=True)
class NotFinite:
    """The loss or a gradient is NaN or infinite. The update of this step was not made; the state before it is saved."""

    step: int  # the step that failed, counts from 1
    where: str  # rows of the data, the first layer whose output is not finite, or the gradient
    loss: float
    path: str | None
    in_data: bool = False  # whether the data hold the value: then no other setting helps


@dataclass(frozen=True)
class Finished:
    """The last event of a run that reached its end."""

    epochs: int
    step: int
    best_epoch: int | None  # counts from 1; the network now holds that epoch's parameters
    best_accuracy: float | None
    seconds: float  # of all epochs, including those before a resume


Event = Started | StepDone | EpochDone | CheckpointSaved | StoppedEarly | Interrupted | NotFinite | Finished
