"""What the first data that a trainer sees decide: what the outputs mean, and how inputs are prepared."""

import numpy as np

from pellucid.data import DataError, Pipeline, Preparation, Standardization, TablePreparation
from pellucid.data.tables import DataTable
from pellucid.data.targets import Classes, Target, target_of
from pellucid.kernels import fastest_transforms
from pellucid.layers import Loss
from pellucid.shapes import Array, ShapeError
from pellucid.train.model.inputs import check_samples
from pellucid.train.objective import check_loss_suits, choose_target
from pellucid.train.parts import Part

__all__ = ["check_inputs", "preparation_for", "target_for"]


def preparation_for(part: Part, pipeline: Pipeline | None) -> Preparation | None:
    """Return how inputs are prepared: by the given pipeline; without one, as the training part decides.

    Pixels (uint8) are standardized, the columns of a table prepared by their kinds, floats taken as they are.
    """
    if isinstance(part.inputs, DataTable):
        if pipeline is not None:
            raise DataError("pipeline must be left out: the columns of a table have a preparation of their own")
        return TablePreparation.of(part.inputs) if part.table is None else part.table.preparation
    if pipeline is None and part.inputs.dtype == np.uint8:
        return Pipeline(Standardization.of(part.inputs), transforms=fastest_transforms())
    return pipeline


def check_inputs(who: str, part: Part, preparation: Preparation | None, shape: tuple[int, ...]) -> None:
    """Raise DataError, before the first step, where prepared inputs are not samples of the network's shape."""
    if isinstance(preparation, TablePreparation):
        if preparation.sample_shape != shape:
            listed = ", ".join(preparation.inputs[:8]) + (", ..." if len(preparation.inputs) > 8 else "")
            raise DataError(
                f"{who}: the network takes samples of shape {shape}, and the table's columns make "
                f"{len(preparation.inputs)} inputs ({listed}); make the network with input_shape={preparation.sample_shape}"
            )
    else:
        check_samples(who, part.inputs, shape)


def target_for(part: Part, rows: Array, *, loss: Loss, outputs: int, given: Target | None = None) -> Target:
    """Return what the targets in these rows mean, to a loss and a network with this many outputs, unless it is given.

    See `choose_target` for the rule. Raises DataError or ShapeError where loss, targets and network do not fit together.
    """
    if given is not None:
        target: Target = given
    elif part.classes is not None:
        target = Classes(part.classes)
    elif part.table is not None:
        names = (part.table.target,) if part.table.task == "regression" else None
        target = target_of(part.at_targets(rows), task=part.table.task, names=names)
    else:
        target = choose_target(part.at_targets(rows), loss, outputs)
    check_loss_suits(loss, target)
    if target.outputs != outputs:
        what = (
            f"{target.outputs} classes" if isinstance(target, Classes) else f"{target.outputs} values for each sample"
        )
        raise ShapeError(
            f"the network makes {outputs} scores, and the targets are {what}; end the network with Affine({target.outputs})"
        )
    return target
