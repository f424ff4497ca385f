"""What every kind of target can do."""

from typing import Any, ClassVar, Protocol

from pellucid.shapes import Array

__all__ = ["Target"]


class Target(Protocol):
    """What the outputs of a network mean. Implementations are frozen dataclasses."""

    kind: ClassVar[str]  # "classes", "binary", "multilabel" or "numbers"
    takes: ClassVar[str]  # what its losses read: "labels", "indicators" or "numbers"
    default_loss: ClassVar[str]  # a name in LOSS_KINDS

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the classes, or of the outputs."""
        ...

    @property
    def outputs(self) -> int:
        """The number of scores that the network makes for a sample."""
        ...

    def encode(self, y: Any, *, who: str = "targets") -> Array:
        """Return raw targets as losses take them. Raises DataError, which names the row and the value."""
        ...

    def decode(self, scores: Array) -> Array:
        """Return (N,) labels as they were given, (N, K) indicators, or values in the target's units."""
        ...

    def probabilities(self, scores: Array) -> Array:
        """Return (N, C) the probability of each class, or (N, K) of each label. Raises DataError where there are none."""
        ...

    def in_units(self, encoded: Array) -> Array:
        """Return scores or encoded targets in the units in which metrics are computed: only numbers have units."""
        ...

    def to_document(self) -> dict[str, Any]:
        """Return JSON, from which `target_from_document` makes the same target."""
        ...
