"""Patient: what a framework's adapter offers to the examinations. They use nothing else of a run.

An adapter is one class that has these members, one function that makes it from what users hand over, and a watcher that fills a
`Chart` with vitals. Arrays that come out are NumPy arrays and copies; what goes in is never changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, Self

from pellucid.shapes import Array

__all__ = ["AS_IT_IS", "LayerInfo", "LossSettings", "OptimizerSettings", "Patient", "Rows", "Setup", "Variation"]


@dataclass(frozen=True)
class LayerInfo:
    """A layer, in the order of the forward."""

    name: str
    kind: str  # in the words of `pellucid.layers`: "affine", "conv", "relu", "sigmoid", "softmax", "batchnorm", "dropout", ...
    weight: str | None = None  # the name of its weights
    bias: str | None = None
    units_axis: int = 0  # of the weights
    drops: float | None = None  # the share that a dropout sets to 0


@dataclass(frozen=True)
class OptimizerSettings:
    """What changes the weights."""

    name: str  # "sgd", "momentum", "adam", "adamw", ...
    learning_rate: float
    momentum: float = 0.0
    weight_decay: float = 0.0
    decoupled: bool = False  # whether decay is apart from the gradient, as in AdamW
    penalty: float = 0.0  # strength of L2 in the loss
    clip_norm: float | None = None


@dataclass(frozen=True)
class LossSettings:
    """What is minimized."""

    name: str  # "softmax", "bce", "mse", ...; or that of a function of the user's
    takes: str | None  # "labels" (N,), "numbers" or "indicators" (N, C); None: not known
    reads: str = "scores"  # "scores" (logits, or numbers), "probabilities", "log-probabilities"
    label_smoothing: float = 0.0


@dataclass(frozen=True)
class Setup:
    """A training as it was set up."""

    framework: str  # "pellucid", "torch", "keras"
    layers: tuple[LayerInfo, ...]
    optimizer: OptimizerSettings
    loss: LossSettings
    batch_size: int
    epochs: int | None = None  # None: not known
    trained: frozenset[str] = frozenset()  # the parameters that the optimizer changes
    frozen: frozenset[str] = frozenset()  # those that are frozen on purpose
    outputs: int | None = None  # numbers that the network makes for a row
    schedule: str = ""  # of the learning rate, in words
    metrics: tuple[str, ...] = ()  # what is reported beside the loss: "accuracy", "f1", "mae", ...
    unused: int = 0  # arrays that the optimizer holds and the network does not
    augmentation: str | None = ""  # what changes training samples at random, in words; "": nothing, None: not known


class Rows(NamedTuple):
    """Samples as network and loss read them."""

    x: Any  # (N, ...) an array; a tuple of arrays where the network has several inputs
    y: Array  # (N,) labels, or (N, K)


@dataclass(frozen=True)
class Variation:
    """How a copy differs from the run. The default: as the run is now."""

    initial: bool = False  # weights, statistics and optimizer state are those of the run's beginning
    rate: float = 1.0  # times the learning rate
    no_decay: bool = False
    no_clipping: bool = False
    no_momentum: bool = False
    no_dropout: bool = False
    all_parameters: bool = False  # those that are frozen or left out learn, too


AS_IT_IS = Variation()


class Patient(Protocol):
    """A training that can be copied and tried."""

    setup: Setup
    cost: float  # multiply-adds of a forward of one row, roughly: how long an examination may try

    def count(self, part: str) -> int | None:
        """Return how many samples the "training" or "validation" data hold; None where that is not known, or there are none."""

    def rows(self, part: str, count: int) -> Rows | None:
        """Return up to `count` rows, evenly spaced, of the "training" or "validation" data; None where there are none."""

    def copy(self, change: Variation = AS_IT_IS) -> Self:
        """Return a copy that shares nothing with the run: what is done to it changes nothing else."""

    def weights(self) -> Mapping[str, Array]:
        """Return every parameter by name, as copies."""

    def load(self, weights: Mapping[str, Array]) -> None:
        """Put these values in place of the parameters of these names."""

    def outputs(self, x: Any, *, training: bool = False) -> Array:
        """Return what the network makes of rows (N, ...), in training or evaluation mode. Running statistics stay."""

    def activations(self, x: Any, *, training: bool = False) -> Mapping[str, Array]:
        """Return the outputs (N, units, ...) of each layer of `setup.layers`, channels in the second place."""

    def loss(self, x: Any, y: Array, *, training: bool = False) -> float:
        """Return the loss on rows, without regularization."""

    def gradients(self, x: Any, y: Array) -> Mapping[str, Array]:
        """Return the gradient of every trained parameter on a batch, in training mode, as the run computes it, unclipped."""

    def step(self, x: Any, y: Array) -> float:
        """Make one optimizer step on a batch (only on a copy); return the loss before it. NaN where it is not finite."""
