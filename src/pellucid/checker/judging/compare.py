"""Compare what came back with what was expected, output by output.

The order of the checks is part of what the checker promises: kind and shape come before any arithmetic that could broadcast, and
a pack's own functions see an answer only as `fitted` returns it.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from pellucid.checker.asking.cases import SMALLEST_SCALE
from pellucid.checker.judging.verdicts import on_one_line
from pellucid.checker.running.worker.frames import Other
from pellucid.shapes import Array

__all__ = ["Agreement", "Unfit", "agreement", "fitted", "fitted_outputs", "problem_of_type", "same"]


class Unfit(str):
    """Why what was returned is no answer, in words."""

    __slots__ = ()


class Agreement(NamedTuple):
    """How one output compares with the expected one."""

    ok: bool
    error: float  # max |difference| / max |expected|; inf where the two cannot be compared
    shape_differs: bool  # axes of size 1 were added or lost
    problem: str  # in words, where the numbers cannot be compared: a shape, a type


def agreement(
    value: Any, expected: Any, tolerance: float, *, floor: float = SMALLEST_SCALE, shapes_may_differ: bool = True
) -> Agreement:
    """Compare one output with the expected one, lists and dictionaries part by part.

    tolerance: relative to the largest expected value, or to `floor` where that is larger. Booleans must be the same.
    """
    fit = _fitted_here(value, expected, shapes_may_differ)
    if isinstance(fit, Unfit):
        return Agreement(False, np.inf, False, str(fit))
    if (reference := _array(expected)) is None:
        pairs = _parts(fit, expected)
        parts = [agreement(*p, tolerance, floor=floor, shapes_may_differ=shapes_may_differ) for p in pairs]
        return max(parts, key=lambda part: (not part.ok, part.error), default=Agreement(True, 0.0, False, ""))
    error, scale = _distance(_in_floats(fit), _in_floats(reference), floor)
    allowed = 0.0 if reference.dtype.kind == "b" else tolerance * scale
    return Agreement(error <= allowed, error / scale, np.shape(value) != reference.shape, "")


def fitted(value: Any, expected: Any) -> Any:
    """Return an answer in the form of the expected one, or `Unfit`: the same shapes, lengths of lists and keys.

    So what is returned is as large as the expected answer, and can be broadcast, copied and summed as that can be.
    """
    fit = _fitted_here(value, expected, shapes_may_differ=True)
    if isinstance(fit, Unfit) or not isinstance(fit, (Mapping, list, tuple)):
        return fit
    parts = [fitted(*pair) for pair in _parts(fit, expected)]
    problem = next((part for part in parts if isinstance(part, Unfit)), None)
    if problem is not None:
        return problem
    if isinstance(expected, Mapping):
        return dict(zip(expected, parts, strict=True))
    return tuple(parts) if isinstance(fit, tuple) else parts


def fitted_outputs(outputs: Mapping[str, Any], expected: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the expected outputs, each as `fitted` returns it, and what is wrong with the first that does not fit, or ""."""
    fit = {name: fitted(outputs.get(name), value) for name, value in expected.items()}
    unfit = {name: str(value) for name, value in fit.items() if isinstance(value, Unfit)}
    problems = unfit.values() if len(fit) == 1 else (f"{name}: {problem}" for name, problem in unfit.items())
    return fit, next(iter(problems), "")


def same(value: Any, other: Any, expected: Any, tolerance: float, *, floor: float = SMALLEST_SCALE) -> bool:
    """Say whether two outputs show the same mistake: much closer to each other than to the expected output."""
    array, twin, reference = _array(value), _array(other), _array(expected)
    if array is None or twin is None:
        if isinstance(_fitted_here(value, other, shapes_may_differ=True), Unfit):
            return False
        wanted = [part for _, part in _parts(other, expected)] or [None] * len(_parts(value, other))
        parts = zip(_parts(value, other), wanted, strict=True)
        return all(same(*pair, part, tolerance, floor=floor) for pair, part in parts)
    if array.shape != twin.shape:
        if _core(array) != _core(twin):
            return False
        array = array.reshape(twin.shape)
    array, twin = _in_floats(array), _in_floats(twin)
    distance, scale = _distance(array, twin, floor)
    allowed = 1e-2 * tolerance * scale
    if reference is not None and reference.size == array.size and array.size:
        gap, _ = _distance(array.reshape(reference.shape), _in_floats(reference), floor)
        allowed += 1e-4 * gap if np.isfinite(gap) else 0.0
    return distance <= allowed


def problem_of_type(values: Sequence[Any]) -> str:
    """Return why some of these cannot be answers, whatever is expected, "" if all can be: a masked array, complex numbers."""
    others = (f"{_in_words(value)} instead of a plain array of numbers" for value in values if isinstance(value, Other))
    arrays = (array for value in values if (array := _array(value)) is not None and array.dtype.kind == "c")
    return next(itertools.chain(others, map(_problem_of_kind, arrays)), "")


def _fitted_here(value: Any, expected: Any, shapes_may_differ: bool) -> Any:
    """Return an answer in the form of the expected one, its parts as they are, or `Unfit`."""
    reference = _array(expected)
    if isinstance(value, Unfit):
        return value
    if reference is not None:
        return _fitted_array(value, reference, shapes_may_differ)
    if isinstance(expected, Mapping):
        if not isinstance(value, Mapping):
            return Unfit(f"{_in_words(value)} instead of a dictionary")
        problem = f"expected the keys {_keys(expected)}, got {_keys(value)}"
        return value if _by_text(value).keys() == _by_text(expected).keys() else Unfit(problem)
    if isinstance(expected, (list, tuple)):
        if not isinstance(value, (list, tuple)):
            return Unfit(f"{_in_words(value)} instead of a {type(expected).__name__}")
        return value if len(value) == len(expected) else Unfit(f"expected {len(expected)} parts, got {len(value)}")
    if isinstance(expected, str) and isinstance(value, str) and not isinstance(value, Other):
        return value if value == expected else Unfit(f"expected the text {expected[:100]!r}, got {value[:100]!r}")
    return None if value is None and expected is None else Unfit(f"{_in_words(value)} instead of {_in_words(expected)}")


def _fitted_array(value: Any, reference: Array, shapes_may_differ: bool) -> Array | Unfit:
    """Return numbers as an array of the reference's shape, or `Unfit`; axes of size 1 may differ where only one other is left."""
    array = _array(value)
    if array is None:
        return Unfit(f"{_in_words(value)} instead of a plain array of numbers")
    if (problem := _problem_of_kind(array)) and array.dtype.kind != reference.dtype.kind:
        return Unfit(problem)
    if array.shape == reference.shape:
        return array
    if not shapes_may_differ or _core(array) != _core(reference) or len(_core(reference)) > 1:
        return Unfit(f"expected shape {reference.shape}, got {array.shape}")
    return array.reshape(reference.shape)


def _parts(value: Any, expected: Any) -> list[tuple[Any, Any]]:
    """Return the pairs of parts of two lists of the same length or two dictionaries with the same keys; of others, none."""
    if isinstance(value, Mapping) and isinstance(expected, Mapping):
        ours, theirs = _by_text(value), _by_text(expected)
        return [(ours[key], part) for key, part in theirs.items()] if ours.keys() == theirs.keys() else []
    is_list = isinstance(value, (list, tuple)) and isinstance(expected, (list, tuple)) and len(value) == len(expected)
    return list(zip(value, expected, strict=True)) if is_list else []


def _problem_of_kind(array: Array) -> str:
    """Return what is wrong with an array of another kind than numbers have, "" for integers and floats."""
    return {"c": "complex numbers instead of real ones", "b": "booleans instead of numbers"}.get(array.dtype.kind, "")


def _core(array: Array) -> tuple[int, ...]:
    return tuple(size for size in array.shape if size != 1)


def _array(value: Any) -> Array | None:
    """Return numbers as an array, as they are: an answer may be large, so shapes are compared before anything is copied."""
    if not isinstance(value, (np.ndarray, np.generic, int, float)):
        return None
    array = np.asarray(value)
    return None if array.dtype.kind in "USV" else array


def _in_floats(array: Array) -> Array:
    with np.errstate(over="ignore"):  # extended precision has larger numbers
        return array.astype(complex if array.dtype.kind == "c" else float)


def _in_words(value: Any) -> str:
    """Return a value in a few words: what the worker named of it, if it was no value that can be sent."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, np.ndarray):
        return "an array"
    name = on_one_line(value)[:200] if isinstance(value, Other) else type(value).__name__
    return f"{'an' if name[:1] in {*'aeiouAEIOU'} else 'a'} {name}"


def _by_text(value: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a dictionary with its keys as text, which a worker sends."""
    return {str(key): item for key, item in value.items()}


def _keys(value: Mapping[Any, Any]) -> str:
    names = [str(key)[:50] for key in itertools.islice(value, 10)]
    return (", ".join(names) or "none") + (", ..." if len(value) > len(names) else "")


def _distance(array: Array, reference: Array, floor: float) -> tuple[float, float]:
    """Return max |array - reference|, and the scale of reference; equal infinities and NaN in both count as equal."""
    if reference.size == 0:
        return 0.0, 1.0
    with np.errstate(all="ignore"):
        gap = np.abs(array - reference)
        equal = (array == reference) | (np.isnan(array) & np.isnan(reference))
        gap = np.where(equal, 0.0, gap)
        finite = np.abs(reference[np.isfinite(reference)])
    largest = float(np.inf) if np.isnan(gap).any() else float(gap.max())
    return largest, max(float(finite.max(initial=0.0)), floor)
