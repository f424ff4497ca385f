"""What a wrong gradient looks like: a constant factor, another input's gradient, a missing sum, one block of columns.

Each sign is a sentence about numbers, followed by its usual cause as a question.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np

from pellucid.gradients.blocks import block_of
from pellucid.gradients.comparison import GradientReport
from pellucid.shapes import Array

__all__ = ["exchanged", "signs_of"]

CLOSE = 1e-6  # relative: how well a sign must fit
LARGEST_DENOMINATOR = 12


def signs_of(
    report: GradientReport, gradient: Any, numerical: Array, x: Array, dout: Array, sizes: Mapping[str, Array]
) -> tuple[str, ...]:
    """Return what can be said of one wrong gradient, the most telling sentence first, at most two.

    numerical: the derivative as differences give it. sizes: the arrays whose axes may explain a factor, by name.
    """
    if report.jumps:
        return (_jump_sign(report, x),)
    array = _as_floats(gradient)
    if array is None or not np.isfinite(numerical).all():
        return ()
    if array.shape != x.shape:
        return tuple(_shape_signs(array, numerical))[:1]
    if not np.isfinite(array).all():
        kind = "nan" if np.isnan(array).any() else "infinity"
        return (f"the backward returns {kind} in {int((~np.isfinite(array)).sum())} of {array.size} entries",)
    off_kinks = np.ones(x.shape, dtype=bool)
    for index in report.kinks:
        off_kinks[index] = False
    tolerance = min(1e-3, CLOSE + 4 * report.rounding / max(report.largest_gradient, 1e-300))
    signs = _whole_signs(array, numerical, off_kinks, x, dout, sizes, tolerance)
    block = block_of(report.wrong_at, x.shape)
    return tuple(dict.fromkeys([*signs, *([block] if block else [])]))[:2]


def exchanged(names: Sequence[str], gradients: Sequence[Any], numericals: Sequence[Array]) -> list[tuple[str, str]]:
    """Return the pairs of names whose gradients are exchanged: each equals the derivative by the other input."""
    arrays = [_as_floats(gradient) for gradient in gradients]
    pairs = []
    for i, one in enumerate(arrays):
        for j in range(i + 1, len(arrays)):
            other = arrays[j]
            if one is None or other is None:
                continue
            if _alike(one, numericals[j]) and _alike(other, numericals[i]) and not _alike(one, numericals[i]):
                pairs.append((names[i], names[j]))
    return pairs


def _whole_signs(
    array: Array,
    numerical: Array,
    off_kinks: Array,
    x: Array,
    dout: Array,
    sizes: Mapping[str, Array],
    tolerance: float,
) -> Iterator[str]:
    """Yield what holds for all entries away from kinks."""
    size = float(np.abs(numerical).max(initial=0))
    if size == 0:
        yield "the forward does not depend on this input: a step function (rounding, a comparison, an int() of it)?"
        return
    if not array[off_kinks].any():
        yield "the backward returns 0 in every entry"
        return
    factor = _factor(array[off_kinks], numerical[off_kinks], tolerance)
    if factor is not None:
        yield _factor_sign(factor, sizes)
        return
    others = [axes for axes in permutations(range(x.ndim)) if axes != tuple(range(x.ndim))] if x.ndim <= 4 else []
    for axes in others:
        moved = array.transpose(axes)
        if moved.shape == numerical.shape and _alike(moved, numerical, tolerance):
            yield (
                "it is the transpose of what it should be"
                if x.ndim == 2
                else f"it is correct once transposed to {axes}"
            )
            return
    rest = _factor(array - numerical, x, tolerance) if x.any() else None
    if rest is not None:
        yield f"what is wrong is {rest:.4g} times the input itself: a penalty (weight decay) that the forward lacks?"
    elif array.shape == dout.shape and _alike(array, dout, tolerance):
        yield "it is dout as it came in: the layer's own slope is missing"


def _factor(array: Array, numerical: Array, tolerance: float) -> float | None:
    """Return the factor between two arrays if it is the same everywhere and not 1."""
    square = float((numerical**2).sum())
    if array.size < 2 or square == 0:
        return None
    factor = float((array * numerical).sum()) / square
    gap = float(np.abs(array - factor * numerical).max())
    if abs(factor - 1) < 10 * tolerance or gap > 10 * tolerance * float(np.abs(array).max()) or factor == 0:
        return None
    return factor


def _factor_sign(factor: float, sizes: Mapping[str, Array]) -> str:
    """Say a constant factor, and which size of an array explains it."""
    fraction = Fraction(factor).limit_denominator(10_000)
    is_small = min(fraction.numerator, fraction.denominator, key=abs) in (1, -1) or (
        fraction.denominator <= LARGEST_DENOMINATOR
    )
    if not is_small or fraction == 0 or abs(float(fraction) / factor - 1) > 1e-5:
        return f"every entry is {factor:.6g} times what it should be"
    said = str(fraction) if fraction.denominator > 1 else f"{fraction} times"
    sentence = f"every entry is {said} {'of ' if fraction.denominator > 1 else ''}what it should be"
    if fraction == -1:
        return "every entry has the wrong sign"
    if fraction.numerator == 1 and fraction.denominator != 2 and (where := _named_size(fraction.denominator, sizes)):
        return f"{sentence}; {fraction.denominator} is {where}: divided by it (the batch?) once too often, or a mean for a sum?"
    if fraction.denominator == 1 and fraction != 2 and (where := _named_size(fraction.numerator, sizes)):
        return f"{sentence}; {fraction.numerator} is {where}: not divided by it (the batch?), or a sum for a mean?"
    return sentence + {"2": ": a factor of a square that is not needed?", "1/2": ": the 2 of a square is missing?"}.get(
        str(fraction), ""
    )


def _named_size(number: int, sizes: Mapping[str, Array]) -> str:
    """Return which axis, or which product of axes, of an array has this size; "" for none."""
    for name, array in sizes.items():
        for axis, size in enumerate(array.shape):
            if size == number:
                word = {(2, 0): "the number of rows", (2, 1): "the number of columns"}.get((array.ndim, axis))
                return f"{word} of {name}" if word else f"the size of axis {axis} of {name}"
    for name, array in sizes.items():
        if array.size == number:
            return f"the number of entries of {name}"
        if array.ndim == 4 and array.shape[0] * array.shape[2] * array.shape[3] == number:
            return f"N*H*W of {name}"
        if array.ndim == 4 and array.shape[2] * array.shape[3] == number:
            return f"H*W of {name}"
    return ""


def _shape_signs(array: Array, numerical: Array) -> Iterator[str]:
    """Yield what would turn a gradient of a wrong shape into the right one."""
    if array.size == numerical.size and _alike(array.reshape(numerical.shape), numerical):
        yield f"its values are correct: reshape it to {numerical.shape} (keepdims=True, or axes flattened?)"
    if array.ndim == 2 and array.T.shape == numerical.shape and _alike(array.T, numerical):
        yield "it is the transpose of what it should be"
    for count in range(1, array.ndim + 1):
        for start in range(array.ndim - count + 1):
            axes = tuple(range(start, start + count))
            for keep in (False, True):
                total = array.sum(axis=axes, keepdims=keep)
                if total.shape == numerical.shape and _alike(total, numerical):
                    which = f"axis={axes[0]}" if count == 1 else f"axis={axes}"
                    yield f"the sum over {which} is missing: what was broadcast in the forward is summed in the backward"
                    return
    if array.ndim == 0 and _alike(array, numerical.sum()):
        yield "it is the sum over all entries: the axis of the sum is missing"


def _jump_sign(report: GradientReport, x: Array) -> str:
    first = report.jumps[0]
    where = f"[{', '.join(map(str, first))}] = {x[first]:g}" if first else f" = {x[first]:g}"
    return (
        f"the forward jumps at {len(report.jumps)} of {x.size} entries, the first at {report.name[1:]}{where}: a step function "
        "(rounding, a comparison, an int()) has no derivative there"
    )


def _alike(one: Array, other: Array, tolerance: float = CLOSE) -> bool:
    if np.shape(one) != np.shape(other) or not np.size(one):
        return False
    scale = float(np.max(np.abs(other)))
    return scale > 0 and bool(np.abs(one - other).max() <= 10 * tolerance * scale)


def _as_floats(gradient: Any) -> Array | None:
    try:
        return np.asarray(gradient, dtype=np.float64)
    except (TypeError, ValueError):
        return None
