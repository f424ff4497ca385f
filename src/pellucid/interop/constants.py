"""Numbers that do not depend on an input, as a network that is being read needs them: laid out for a sample, and known by what
they come from, so that arrays which are one there are one here."""

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from pellucid.interop.assembly import Filled, Roots
from pellucid.shapes import Array

__all__ = ["ReadConstant", "filled_from", "finest", "is_number", "joint_key"]

Shape = tuple[int, ...]


class ReadConstant(NamedTuple):
    """Numbers that do not depend on the input, and whether they learn."""

    array: Array
    learns: bool = False
    source: Hashable = None  # what it is computed from, where that is known: equal sources are one array
    roots: Roots = ()
    computed: str = ""  # the place where it is computed from its roots


def is_number(constant: ReadConstant, number: float) -> bool:
    """Whether every entry is this number, and stays so."""
    return not constant.learns and bool((constant.array == number).all())


def finest(shapes: Sequence[Shape]) -> str:
    """Return for what part of a sample arrays of these shapes have numbers of their own."""
    if all(math.prod(shape) == 1 for shape in shapes):
        return "sample"
    return "channel" if all(math.prod(shape[1:]) == 1 for shape in shapes) else "entry"


def joint_key(constants: Sequence[ReadConstant]) -> Hashable:
    """Return a key that layers with the same constants have in common; None where it is not known what learns in them."""
    if not any(each.learns and each.source is not None for each in constants):
        return None
    return tuple(
        each.source if each.source is not None else (each.array.shape, each.array.tobytes()) for each in constants
    )


def filled_from(constant: ReadConstant, array: Array) -> Filled:
    """Return what an array of a layer starts with, given a constant and the same laid out for the layer."""
    repeated = "one number for several entries" if constant.learns and array.size > constant.array.size else ""
    return Filled(np.array(array), constant.learns, constant.roots, constant.computed or repeated)
