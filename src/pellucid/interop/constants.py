"""Numbers that do not depend on an input, as a network that is being read needs them: laid out for a sample, and known by what
they come from, so that arrays which are one there are one here."""

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from pellucid.interop.assembly import Filled, Roots
from pellucid.shapes import Array

__all__ = [
    "NoLayerError",
    "ReadConstant",
    "filled_from",
    "finest",
    "is_number",
    "joint_key",
    "of_sample",
    "ordered",
    "sample_sizes",
]

Shape = tuple[int, ...]


class NoLayerError(Exception):
    """Why no layer computes something; the message completes the error that names its place."""


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


def of_sample(array: Array, shape: Shape, order: Sequence[int]) -> Array:
    """Return a constant with the axes of the node's sample, which `order` lays out there as `shape`."""
    rank = len(shape) + 1
    sizes = (1,) * (rank - array.ndim) + array.shape
    if len(sizes) != rank or sizes[0] != 1 or any(a not in (1, s) for a, s in zip(sizes[1:], shape, strict=True)):
        raise NoLayerError(f"a constant of shape {array.shape} does not belong to samples of shape {shape} one by one")
    array = array.reshape(sizes[1:])
    return array.transpose(np.argsort(order)) if order else array


def sample_sizes(array: Array, rank: int) -> Shape:
    """Return the sizes of a constant along the axes of samples of this rank; () where it has axes of its own, or samples."""
    sizes = (1,) * (rank + 1 - array.ndim) + array.shape
    return sizes[1:] if len(sizes) == rank + 1 and sizes[0] == 1 else ()


def ordered(weight: Array, places: Sequence[int]) -> Array:
    """Return the weight (in, out) of an affine layer with its rows where the node's numbers are."""
    if not places:
        return weight
    moved = np.empty_like(weight)
    moved[list(places)] = weight
    return moved
