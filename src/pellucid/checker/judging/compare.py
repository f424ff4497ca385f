"""Compare what came back with what was expected, output by output."""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from pellucid.checker.running.worker.frames import Other
from pellucid.shapes import Array

__all__ = ["Agreement", "Unfit", "agreement", "problem_of_type", "same"]

SMALLEST_SCALE = 1e-6  # smaller outputs are compared as if they were of this size: sums that cancel leave rounding


class Unfit(str):
    """Why what was returned is no answer, in words."""

    __slots__ = ()


class Agreement(NamedTuple):
    """How one output compares with the expected one."""

    ok: bool
    error: float  # max |difference| / max |expected|; inf where the two cannot be compared
    shape_differs: bool  # axes of size 1 were added or lost
    problem: str  # in words, where the numbers cannot be compared: a shape, a type


def agreement(value: Any, expected: Any, tolerance: float, *, shapes_may_differ: bool = True) -> Agreement:
    """Compare one output with the expected one; tolerance is relative to the largest expected value."""
    array, reference = _array(value), _array(expected)
    if isinstance(value, Unfit):
        return Agreement(False, np.inf, False, str(value))
    if isinstance(value, tuple | list) and isinstance(expected, tuple | list) and reference is None:
        return _agreement_of_parts(value, expected, tolerance)
    if reference is None:
        is_same = value is None or (array is None and _is_equal(value, expected))
        return Agreement(is_same, 0.0 if value is None else np.inf, False, "")
    if array is None:
        return Agreement(False, np.inf, False, f"{_in_words(value)} instead of a plain array of numbers")
    if (problem := _problem_of_kind(array)) and array.dtype.kind != reference.dtype.kind:
        return Agreement(False, np.inf, False, problem)
    differs = array.shape != reference.shape
    if differs:
        if not shapes_may_differ or _core(array) != _core(reference) or len(_core(reference)) > 1:
            return Agreement(False, np.inf, True, f"expected shape {reference.shape}, got {array.shape}")
        array = array.reshape(reference.shape)
    error, scale = _distance(_in_floats(array), _in_floats(reference))
    return Agreement(error <= tolerance * scale, error / scale, differs, "")


def _agreement_of_parts(value: Sequence[Any], expected: Sequence[Any], tolerance: float) -> Agreement:
    """Compare part by part, arrays of different shapes that came back together."""
    if len(value) != len(expected):
        return Agreement(False, np.inf, False, f"expected {len(expected)} parts, got {len(value)}")
    parts = [agreement(*pair, tolerance) for pair in zip(value, expected, strict=True)]
    return max(parts, key=lambda part: (not part.ok, part.error), default=Agreement(True, 0.0, False, ""))


def same(value: Any, other: Any, expected: Any, tolerance: float) -> bool:
    """Say whether two outputs show the same mistake: much closer to each other than to the expected output."""
    array, twin, reference = _array(value), _array(other), _array(expected)
    if array is None or twin is None:
        return array is None and twin is None
    if array.shape != twin.shape:
        if _core(array) != _core(twin):
            return False
        array = array.reshape(twin.shape)
    array, twin = _in_floats(array), _in_floats(twin)
    distance, scale = _distance(array, twin)
    allowed = 1e-2 * tolerance * scale
    if reference is not None and reference.size == array.size and array.size:
        gap, _ = _distance(array.reshape(reference.shape), _in_floats(reference))
        allowed += 1e-4 * gap if np.isfinite(gap) else 0.0
    return distance <= allowed


def problem_of_type(values: Sequence[Any]) -> str:
    """Return why some of these cannot be answers, whatever is expected, "" if all can be: a masked array, complex numbers."""
    others = (f"{_in_words(value)} instead of a plain array of numbers" for value in values if isinstance(value, Other))
    arrays = (array for value in values if (array := _array(value)) is not None and array.dtype.kind == "c")
    return next(itertools.chain(others, map(_problem_of_kind, arrays)), "")


def _problem_of_kind(array: Array) -> str:
    """Return what is wrong with an array of another kind than numbers have, "" for integers and floats."""
    return {"c": "complex numbers instead of real ones", "b": "booleans instead of numbers"}.get(array.dtype.kind, "")


def _core(array: Array) -> tuple[int, ...]:
    return tuple(size for size in array.shape if size != 1)


def _array(value: Any) -> Array | None:
    """Return numbers as an array, as they are: an answer may be large, so shapes are compared before anything is copied."""
    is_number = isinstance(value, (np.ndarray, np.generic, int, float)) and not isinstance(value, bool)
    return np.asarray(value) if is_number else None


def _in_floats(array: Array) -> Array:
    with np.errstate(over="ignore"):  # extended precision has larger numbers
        return array.astype(complex if array.dtype.kind == "c" else float)


def _is_equal(value: Any, expected: Any) -> bool:
    if isinstance(value, dict) and isinstance(expected, dict):
        return value.keys() == expected.keys() and all(agreement(value[k], expected[k], 0.0).ok for k in expected)
    plain = (str, bool, int, float)
    return isinstance(value, plain) and isinstance(expected, plain) and value == expected


def _in_words(value: Any) -> str:
    """Return a value in a few words: what the worker named of it, if it was no value that can be sent."""
    if value is None or isinstance(value, bool):
        return str(value)
    name = str(value)[:200] if isinstance(value, Other) else type(value).__name__
    return f"{'an' if name[:1] in {*'aeiouAEIOU'} else 'a'} {name}"


def _distance(array: Array, reference: Array) -> tuple[float, float]:
    """Return max |array - reference|, and the scale of reference; equal infinities and NaN in both count as equal."""
    if reference.size == 0:
        return 0.0, 1.0
    with np.errstate(all="ignore"):
        gap = np.abs(array - reference)
        equal = (array == reference) | (np.isnan(array) & np.isnan(reference))
        gap = np.where(equal, 0.0, gap)
        finite = np.abs(reference[np.isfinite(reference)])
    largest = float(np.inf) if np.isnan(gap).any() else float(gap.max())
    return largest, max(float(finite.max(initial=0.0)), SMALLEST_SCALE)
