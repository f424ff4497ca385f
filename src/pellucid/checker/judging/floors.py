"""How small a number may be that is still judged by its digits.

A gradient that is 0 in exact arithmetic comes out as rounding, 1e-17 say, and an answer of 0 is then as good: so small outputs are
compared as if they were of the size `SMALLEST_SCALE`. But an output whose numbers are all small, because a constant of nature
is a factor of it, would then be equal to 0. What tells the two apart: rounding changes altogether where the inputs change a little.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import SMALLEST_SCALE, Case
from pellucid.checker.running.trusted import run_one

__all__ = ["with_floors"]

MOVED_BY = 1e-5  # relative: more than float32 rounds
FOLLOWS_WITHIN = 1e-2  # relative: how far a number that the inputs determine then moves, at most
SMALLEST_LARGEST = 1e-290  # numbers around it lose digits


def with_floors(
    cases: Sequence[Case], expected: Sequence[Mapping[str, Any]], functions: Mapping[str, Any]
) -> list[Case]:
    """Return the cases with a lower floor for outputs that are small in all of them and yet no rounding."""
    sizes: dict[str, dict[int, float]] = {}
    for number, (case, result) in enumerate(zip(cases, expected, strict=True)):
        if case.derive is None:
            for output, value in result.get("outputs", {}).items():
                sizes.setdefault(output, {})[number] = _size(value)
    floors: dict[str, float] = {}
    for output, found in sizes.items():
        largest = max(found.values())
        is_small = SMALLEST_LARGEST < largest < SMALLEST_SCALE
        if is_small and all(_is_determined(cases[n], expected[n], output, functions) for n in found if found[n]):
            floors[output] = largest * SMALLEST_SCALE
    return [replace(case, floors={**floors, **case.floors}) for case in cases] if floors else list(cases)


def _size(value: Any) -> float:
    """Return the largest finite number of an output; of what is no array of numbers, infinity."""
    if not isinstance(value, (np.ndarray, np.generic, int, float)) or np.asarray(value).dtype.kind not in "iuf":
        return np.inf
    array = np.abs(np.asarray(value, float))
    return float(array[np.isfinite(array)].max(initial=0.0))


def _is_determined(case: Case, result: Mapping[str, Any], output: str, functions: Mapping[str, Any]) -> bool:
    """Say whether an output hardly moves where the case's numbers hardly move."""
    draw = np.random.default_rng(0)
    moved = {name: _moved(value, draw) for name, value in case.values.items()}
    if all(moved[name] is value for name, value in case.values.items()):
        return False
    again = run_one(functions, replace(case, values=moved)).get("outputs", {}).get(output)
    value = np.asarray(result["outputs"][output], float)
    if np.shape(again) != value.shape:
        return False
    return bool(np.nanmax(np.abs(again - value)) <= FOLLOWS_WITHIN * _size(value))


def _moved(value: Any, draw: np.random.Generator) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.any():
        return (value * (1 + MOVED_BY * draw.uniform(-1, 1, value.shape))).astype(value.dtype)
    return value
