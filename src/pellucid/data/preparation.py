"""Preparation: how raw inputs become network inputs. It is part of what was trained, and is saved with the network."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from pellucid.data.checks import DataError
from pellucid.data.pipeline import Pipeline
from pellucid.data.tables import TablePreparation
from pellucid.shapes import Array

__all__ = ["PREPARATIONS", "Preparation", "preparation_from_document"]


class Preparation(Protocol):
    """What every kind of preparation offers: `Pipeline` for arrays and pictures, `TablePreparation` for tables."""

    def prepare(self, raw: Any) -> Array:
        """Return raw samples as network inputs (N, ...), float32 or float64, never augmented. Raises DataError."""
        ...

    def to_document(self) -> dict[str, Any]:
        """Return, as JSON, the kind and what its `from_document` needs to prepare in the same way."""
        ...


PREPARATIONS: dict[str, Callable[[Mapping[str, Any]], Preparation]] = {
    "pipeline": Pipeline.from_document,
    "table": TablePreparation.from_document,
}
"""How a document of each kind is read."""


def preparation_from_document(document: Mapping[str, Any]) -> Preparation:
    """Return the preparation that `to_document` described. Raises DataError for a kind that is not known."""
    kind = document.get("kind")
    if kind not in PREPARATIONS:
        raise DataError(f"preparation_from_document: kind must be one of {', '.join(PREPARATIONS)}; got {kind!r}")
    return PREPARATIONS[kind](document)
