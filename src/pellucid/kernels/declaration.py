"""What a file of this room declares: the entries of the native table that it fills, and how a plan runs them.

declare_native("relu", Pair(relu_forward, relu_backward), PlannedActivation("relu", reads_output=True))
"""

from typing import Any

from pellucid.kernels.planned_layer import PlannedLayer
from pellucid.layers import Pair

__all__ = ["ENTRIES", "PLANNED", "declare_entry", "declare_native"]

ENTRIES: dict[str, Any] = {}  # of the native table, which is the reference with these replaced
PLANNED: dict[str, PlannedLayer] = {}  # of the layers that a plan runs as bare calls of the compiled module


def declare_native(kind: str, pair: Pair, planned: PlannedLayer) -> None:
    """Give a layer its native pair, and its calls in a plan."""
    declare_entry(kind, pair)
    PLANNED[kind] = planned


def declare_entry(name: str, entry: Any) -> None:
    """Replace an entry of the table that plans do not run by itself: a fusion, or a loss."""
    ENTRIES[name] = entry
