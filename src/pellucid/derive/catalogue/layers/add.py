"""Addition of two branches."""

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "add"]


def add(a: Array, b: Array) -> Array:
    """The sum of two branches."""
    return a + b


DERIVATIONS = (Derivation("add", add, "a=N,D b=N,D", pair_by_hand("add"), numbers=arrays([[1, 2]], [[3, 4]])),)
