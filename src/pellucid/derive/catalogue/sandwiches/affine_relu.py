"""Affine, then ReLU."""

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.catalogue.activations.relu import relu
from pellucid.derive.catalogue.layers.affine import NUMBERS, affine
from pellucid.derive.derivation import Derivation
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "affine_relu"]


def affine_relu(x: Array, w: Array, b: Array) -> Array:
    """relu(affine(x))."""
    return relu(affine(x, w, b))


DERIVATIONS = (Derivation("affine_relu", affine_relu, "x=N,D w=D,M b=M", pair_by_hand("affine_relu"), numbers=NUMBERS),)
