"""Gradients at ties: where several inputs have the same largest value, their gradients must add up to what came from above.

Moving all inputs of one value together keeps their ties, so a maximum is smooth along that direction, and its slope is what
the gradients of those inputs must add up to, however they share it. With an upstream gradient of ones nothing cancels.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pellucid.gradients.probe import Probe
from pellucid.shapes import Array

__all__ = ["TieSum", "tie_sums"]

CLOSE = 1e-5
LARGEST_GROUPS = 3


class TieSum(NamedTuple):
    """What the gradients of tied inputs add up to, with an upstream gradient of ones."""

    value: float  # that the inputs share
    total: float  # sum of their gradients
    expected: float  # the slope along moving all of them together


def tie_sums(probe: Probe, kinks: Any, backward_of: Callable[[Array], Array]) -> list[TieSum]:
    """Return the ties whose gradients do not add up to the slope, at most three.

    kinks: the indices at which one-sided slopes differ. backward_of: the gradient for an upstream gradient.
    """
    values = list(dict.fromkeys(float(probe.x[index]) for index in kinks))[:LARGEST_GROUPS]
    groups = {value: probe.x == value for value in values}
    groups = {value: group for value, group in groups.items() if int(group.sum()) > 1}
    if not groups:
        return []
    ones = np.ones_like(probe.dout)
    gradient = np.asarray(backward_of(ones), dtype=np.float64)
    found = []
    for value, group in groups.items():
        left, right = (_slope(probe, group, sign * probe.h) for sign in (-1, 1))
        scale = max(abs(left), abs(right), 1e-12)
        total = float(gradient[group].sum())
        is_smooth = abs(left - right) <= 1e-3 * scale
        if is_smooth and abs(total - right) > 1e-3 * scale + CLOSE:
            found.append(TieSum(value, total, right))
    return found


def _slope(probe: Probe, group: Array, step: float) -> float:
    moved = np.where(group, probe.x + step, probe.x)
    return float((np.asarray(probe.f(moved), dtype=np.float64) - probe.centre).sum() / step)
