"""Which layers a plan may run as bare calls of the compiled module, without allocation.

A layer that is not among them still takes part, as an opaque operation (see `plan/binding.py`).
"""

from collections.abc import Mapping

from pellucid.kernels.declaration import ENTRIES, PLANNED
from pellucid.kernels.planned_layer import PlannedLayer
from pellucid.kernels.tables import NATIVE
from pellucid.layers import Layers

__all__ = ["planned_layers"]


def planned_layers(layers: Layers) -> Mapping[str, PlannedLayer]:
    """Return the layers of a table that a plan can run by bare calls: those whose pair is the native table's."""
    native = {name for name in PLANNED if name in ENTRIES and layers.pair(name) == NATIVE.pair(name)}
    # A sum has no entry of its own: it is bare calls where anything else is.
    return {name: layer for name, layer in PLANNED.items() if name in native or (name not in ENTRIES and native)}
