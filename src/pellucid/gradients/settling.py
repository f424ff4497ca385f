"""One entry that central differences do not confirm: smaller steps tell whether it is wrong, at a kink, or at a jump.

The error of a central difference falls with the square of the step, so two steps give a value without its leading error
(Richardson's extrapolation). An entry is wrong only after two steps agree with each other and differ from it: where the forward
bends sharply, as a batch norm does at a column without spread, the first steps are too long.
"""

from typing import Literal, NamedTuple

import numpy as np

from pellucid.gradients.probe import Probe

__all__ = ["Settled", "settle"]

SHRINKS = (1, 1e-1, 1e-2, 1e-3, 1e-4)
FURTHER = (1e-5, 1e-6, 1e-7)  # for entries far from 0, whose step is long
COARSE_SHRINKS = (1, 0.5, 0.25)
FAR = 10.0
LOUD = 1e-2  # of the scale: where rounding is larger, a step tells nothing


class Settled(NamedTuple):
    """What smaller steps say about an entry."""

    kind: Literal["confirmed", "wrong", "kink", "jump"]
    numerical: float  # the best value of the derivative; at a jump, the slope of the first step


def settle(probe: Probe, index: tuple[int, ...], value: float, allowed: float, scale: float) -> Settled:
    """Compare one entry of a gradient with differences over smaller and smaller steps.

    allowed: how far the value may lie from the derivative, besides rounding. scale: the largest derivative of this input.
    """
    shrinks = COARSE_SHRINKS if probe.coarse else SHRINKS + (FURTHER if abs(float(probe.x[index])) > FAR else ())
    gaps, centrals = list[float](), list[float]()
    left = right = margin = noise = 0.0
    for number, shrink in enumerate(shrinks):
        slope = probe.slopes(index, shrink)
        if number and not probe.coarse and slope.noise > LOUD * max(scale, abs(slope.central)):
            break
        margin, left, right = allowed + slope.noise, slope.left, slope.right
        estimates = [(slope.central, margin)]
        if number:
            square = (shrinks[number - 1] / shrink) ** 2
            extrapolated = (square * slope.central - centrals[-1]) / (square - 1)
            estimates.append((extrapolated, margin + (slope.noise + noise) / (square - 1)))
        for estimate, within in estimates:
            if abs(value - estimate) <= within:
                return Settled("confirmed", estimate)
        noise = slope.noise
        gaps.append(abs(right - left))
        is_smooth = gaps[-1] <= 4 * margin
        if number and is_smooth and abs(slope.central - centrals[-1]) <= 4 * margin:
            return Settled("wrong", estimates[-1][0])
        centrals.append(slope.central)
    if probe.coarse and len(centrals) > 1 and abs(value - centrals[-1]) <= margin + abs(centrals[-1] - centrals[0]):
        return Settled("confirmed", centrals[-1])  # as far as it can be measured: shorter steps would drown in rounding
    shrunk = shrinks[0] / shrinks[len(centrals) - 1]
    if shrunk > 1 and abs(centrals[-1]) > max(0.5 * abs(centrals[0]) * shrunk, margin):
        return Settled("jump", centrals[0])
    stays = shrunk > 1 and gaps[-1] > max(0.5 * gaps[0], margin)
    if stays and min(left, right) - margin <= value <= max(left, right) + margin:
        return Settled("kink", centrals[0])
    return Settled("wrong", centrals[-1] if np.isfinite(centrals[-1]) else centrals[0])
