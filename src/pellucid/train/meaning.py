"""What the first data that a trainer sees decide: what the outputs mean, and how inputs are prepared."""

from typing import Any

import numpy as np

from pellucid.data import Pipeline, Standardization
from pellucid.data.targets import Classes, Target, target_of
from pellucid.data.targets.raw import raw_values, whole_or_none
from pellucid.kernels import fastest_transforms
from pellucid.layers import Loss, kind_of
from pellucid.shapes import Array, ShapeError
from pellucid.train.parts import Part

__all__ = ["pipeline_for", "target_for"]


def pipeline_for(part: Part, pipeline: Pipeline | None) -> Pipeline | None:
    """Return the given pipeline; without one, pixels (uint8) are standardized by the training part, floats taken as they are."""
    if pipeline is None and part.inputs.dtype == np.uint8:
        return Pipeline(Standardization.of(part.inputs), transforms=fastest_transforms())
    return pipeline


def target_for(part: Part, rows: Array, *, loss: Loss, outputs: int) -> Target:
    """Return what the targets in these rows mean, to a loss and a network with this many outputs.

    Whole numbers are class numbers 0, 1, ... as the network counts its outputs, unless the loss reads numbers and there is one
    output. Raises DataError or ShapeError where loss, targets and network do not fit together.
    """
    kind = kind_of(loss)
    takes = None if kind is None else kind.takes
    if part.classes is not None:
        target: Target = Classes(part.classes)
    else:
        y = part.at_targets(rows)
        numbers = _class_numbers(y) if takes in (None, "labels", "numbers") and outputs > 1 else None
        if numbers is not None:
            return Classes(tuple(map(str, range(outputs))), "numbers")
        target = target_of(y, takes=takes)
    if target.outputs != outputs:
        what = (
            f"{target.outputs} classes" if isinstance(target, Classes) else f"{target.outputs} values for each sample"
        )
        raise ShapeError(
            f"the network makes {outputs} scores, and the targets are {what}; end the network with Affine({target.outputs})"
        )
    return target


def _class_numbers(y: Any) -> Array | None:
    """Return targets that are one whole number a row; None for others."""
    if not isinstance(y, np.ndarray) and isinstance(y, list) and y and not isinstance(y[0], (int, float, np.number)):
        return None
    values = raw_values("data", y)
    if values.dtype.kind not in "iuf" or values.ndim != 1:
        return None
    return whole_or_none(values)
