"""How exactly a forward computes: the noise of its outputs, measured along a line, and the step that suits it.

A smooth function has tiny higher differences over a tiny step; what is left of them is rounding. A forward that computes in
float32 somewhere inside shows a noise of 1e-8 of its outputs, though it takes and returns float64.
Source: Moré & Wild, Estimating derivatives of noisy simulations, ACM TOMS 38 (2012).
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from pellucid.gradients.numerical import ROUNDING
from pellucid.shapes import Array

__all__ = ["Precision", "measure_precision", "step_for"]

SPACING = 3.3e-8  # about half a unit in the last place of float32
FIRST, POINTS = (
    16,
    10,
)  # of the samples on the line: away from a kink exactly at the inputs, and from a bend close to them
ORDERS = (3, 5, 7)  # of the differences: noise shows in all, a curve less in the higher ones
MARGIN, COARSE_MARGIN = 4.0, 10.0  # the noise in the steps may be larger than in the sample
COARSE = 1e-11  # of an output: a hundred thousand times the rounding of float64
LARGEST_STEP = 1e-2
SINGLE = float(np.finfo(np.float32).eps)


class Precision(NamedTuple):
    """How exactly a forward computes."""

    floor: Array  # like the output: how far rounding may move each of its entries
    relative: float  # the typical noise of an output, of its size
    kind: str  # "float32" if the forward computes in it somewhere, "" for full precision

    @property
    def is_coarse(self) -> bool:
        """Whether differences with the usual step tell less than the tolerance asks."""
        return self.relative > COARSE


def measure_precision(f: Callable[..., Any], inputs: Sequence[Any], checked: Sequence[int], out: Any) -> Precision:
    """Measure the noise of f(*inputs), whose value is out, moving the inputs at the numbers `checked` together.

    The line starts beside the inputs, so that a kink exactly at them is no noise.
    """
    draw = np.random.default_rng(2)
    directions = {i: draw.uniform(0.5, 1, inputs[i].shape) * np.maximum(1, np.abs(inputs[i])) for i in checked}

    def at(step: int) -> Array:
        moved = [
            v + step * SPACING * directions[i] if i in directions else (v.copy() if isinstance(v, np.ndarray) else v)
            for i, v in enumerate(inputs)
        ]
        return np.array(f(*moved), dtype=np.float64)

    values = [at(step) for step in range(FIRST, FIRST + POINTS)]
    size = np.abs(np.array(out, dtype=np.float64))
    if any(value.shape != size.shape for value in values) or not size.size:
        return Precision(np.zeros(size.shape), 0.0, "")
    with np.errstate(all="ignore"):
        noise = np.min([_noise(np.stack(values), order) for order in ORDERS], axis=0)
        shares = (noise / size)[size > 1e-3 * size.max()]
    relative = max(float(np.quantile(shares, 0.25)) if shares.size else 0.0, _rounding_of(out, values[-1]))
    if relative <= COARSE:
        return Precision(np.where(noise > 100 * ROUNDING * size, MARGIN * noise, 0.0), relative, "")
    is_single = 1e-9 < relative < 1e-5
    relative = max(relative, SINGLE) if is_single else relative
    return Precision(COARSE_MARGIN * np.maximum(noise, relative * size), relative, "float32" if is_single else "")


def _noise(values: Array, order: int) -> Array:
    """Return the noise of each output from differences of one order: those of noise grow with the binomial coefficients."""
    differences = np.abs(np.diff(values, n=order, axis=0)).max(axis=0) / np.sqrt(math.comb(2 * order, order))
    return np.where(np.isfinite(differences), differences, 0.0)


def step_for(precision: Precision, h: float) -> float:
    """Return the step at which rounding and curvature cost about the same: h, or a larger one for a coarse forward."""
    return max(h, min(LARGEST_STEP, precision.relative ** (1 / 3))) if precision.is_coarse else h


def _rounding_of(out: Any, moved: Array) -> float:
    """Return the rounding of the output's own dtype where it is coarser than float64, else 0.

    moved: the output beside the inputs. Numbers of float64 that float32 holds exactly, and that are no simple fractions, were
    rounded to float32 on the way; at the inputs themselves, which may come from float32, that would say nothing.
    """
    values = np.asarray(out)
    if values.dtype.kind == "f" and values.dtype.itemsize < 8:
        return float(np.finfo(values.dtype).eps) / 2
    with np.errstate(all="ignore"):
        is_single = np.array_equal(moved, moved.astype(np.float32).astype(np.float64))
        is_simple = np.mod(moved * 1024, 1) == 0
    return SINGLE / 2 if is_single and not is_simple.all() else 0.0
