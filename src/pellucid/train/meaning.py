"""What the first data that a trainer sees decide: what the outputs mean, and how inputs are prepared."""

import warnings
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from pellucid.data import DataError, Pipeline, Preparation, Standardization, TablePreparation
from pellucid.data.checks import outside
from pellucid.data.tables import DataTable
from pellucid.data.tables.counting import columns_that_count
from pellucid.data.tables.leaks import columns_equal_to
from pellucid.data.tables.preparation import BY_REQUEST
from pellucid.data.targets import DEFAULT_LOSSES, Classes, Numbers, Target, target_of
from pellucid.data.targets.multilabel import are_sets_of_names
from pellucid.kernels import fastest_transforms
from pellucid.layers import Loss, kind_of
from pellucid.nets import Network
from pellucid.nets.arguments import SeveralInputs
from pellucid.shapes import Array
from pellucid.train.model.inputs import check_all_samples
from pellucid.train.not_finite import check_finite
from pellucid.train.objective import ClassWeights, are_class_numbers, check_target_suits, choose_target, default_loss
from pellucid.train.parts import Part
from pellucid.train.samples import Samples, check_classes, rows_that_count
from pellucid.train.streaming import samples_from

__all__ = [
    "Decided",
    "check_inputs_finite",
    "decide",
    "loss_for",
    "warn_of_columns",
    "warn_of_left_out",
]

ROWS_MEASURED = 100_000  # of a table, on which the preparation of its columns is measured


class Decided(NamedTuple):
    """What the data of a `fit` decide."""

    training: Samples
    held_out: Samples | None
    target: Target
    preparation: Preparation | None


def decide(
    train: Part,
    held: Part | None,
    pipeline: Preparation | None,
    class_weight: ClassWeights,
    net: Network,
    loss: Loss,
    target: Target | None,
) -> Decided:
    """Return both parts as samples, and what was decided for that. Raises DataError or ShapeError, before the first step, where
    data, loss and network do not fit together; a target that is given, or was found before, stays."""
    rows, outputs, kind = rows_that_count("data", train), net.output_shape[0], kind_of(loss)
    target = target_for(train, rows, loss=loss, outputs=outputs) if target is None else target
    if kind is not None and kind.takes == "labels" and (train.classes is not None or are_class_numbers(target)):
        check_classes("data", train, rows, outputs)
        if held is not None:
            check_classes("validation", held, np.arange(len(held)), outputs)
    check_target_suits(target, loss, outputs)
    preparation = preparation_for(train, pipeline)
    check_inputs("data", train, preparation, net.program.inputs)
    training = samples_from("data", train, preparation, target, class_weight)
    if kind is not None and kind.takes_soft:
        training = training.mixed_softly()
    if held is None:
        return Decided(training, None, target, preparation)
    check_inputs("validation", held, preparation, net.program.inputs)
    held_out = samples_from("validation", held, preparation, target, class_weight)
    return Decided(training, held_out, target, preparation)


def warn_of_columns(part: Part, preparation: Preparation | None) -> None:
    """Warn of columns of a table that are used and should not be: those that hold the targets, or only number the rows."""
    if isinstance(part.inputs, DataTable) and isinstance(preparation, TablePreparation):
        used = frozenset(column.name for column in preparation.columns)
        _warn_of_leaks(part, used)
        _warn_of_counting(part, used)


def _warn_of_leaks(part: Part, used: Collection[str]) -> None:
    """Warn where a column equals the targets: the network would only learn to copy it."""
    if are_sets_of_names(part.targets):
        return
    if equal := [name for name in columns_equal_to(part.inputs, part.targets) if name in used]:
        columns = ", ".join(map(repr, equal))
        warnings.warn(
            f"data: the inputs hold the targets: column {columns} equals them in every row; leave it out, or name the target's "
            f"column: fit(frame, {equal[0]!r})",
            stacklevel=outside(),
        )


def _warn_of_counting(part: Part, used: Collection[str]) -> None:
    """Warn where a column only numbers the rows."""
    for name in columns_that_count(part.inputs):
        if name in used:
            warnings.warn(
                f"data: the column {name!r} counts the rows, so it seems to be an id, which says nothing of new rows; leave it "
                "out (exclude=, --exclude), unless it is a measurement",
                stacklevel=outside(),
            )


def warn_of_left_out(preparation: Preparation | None) -> None:
    """Warn of the columns of a table that are not used, though nobody asked for that."""
    if not isinstance(preparation, TablePreparation):
        return
    for line in preparation.report:
        if line.made.startswith("left out: ") and line.made != BY_REQUEST:
            warnings.warn(f"data: the column {line.name!r} is {line.made}", stacklevel=outside())


def check_inputs_finite(decided: Decided) -> None:
    """Raise DataError, naming row and column, where inputs that are in memory are not all finite numbers; streams are not read."""
    for who, samples in (("data", decided.training), ("validation", decided.held_out)):
        if samples is None or samples.count is None:
            continue
        arrays = samples.inputs.arrays if isinstance(samples.inputs, SeveralInputs) else (samples.inputs,)
        for number, array in enumerate(arrays, start=1):
            if isinstance(array, np.ndarray):
                check_finite(f"{who}: input {number}" if len(arrays) > 1 else who, array, samples.rows)


def preparation_for(part: Part, pipeline: Preparation | None) -> Preparation | None:
    """Return how inputs are prepared: as given; without a pipeline, as the training part decides.

    Pixels (uint8) are standardized, the columns of a table prepared by their kinds, floats taken as they are.
    """
    if isinstance(part.inputs, DataTable) or part.inputs.dtype == object:
        if isinstance(pipeline, TablePreparation):
            return pipeline
        if pipeline is not None:
            raise DataError("pipeline must be left out, or be a TablePreparation: the inputs are columns of a table")
        return TablePreparation.of(part.inputs[:ROWS_MEASURED]) if part.table is None else part.table.preparation
    if isinstance(pipeline, TablePreparation):
        raise DataError("pipeline: a TablePreparation needs the rows of a table; the inputs are an array")
    if isinstance(part.inputs, SeveralInputs):
        if pipeline is not None:
            raise DataError("pipeline must be left out: it prepares one input, and the network has several")
        return None
    if pipeline is None and part.inputs.dtype == np.uint8:
        return Pipeline(Standardization.of(part.inputs), transforms=fastest_transforms())
    return pipeline


def check_inputs(who: str, part: Part, preparation: Preparation | None, shapes: Sequence[tuple[int, ...]]) -> None:
    """Raise DataError, before the first step, where prepared inputs are not samples of the network's shapes."""
    shape = shapes[0]
    if isinstance(preparation, TablePreparation):
        if preparation.sample_shape != shape:
            listed = ", ".join(preparation.inputs[:8]) + (", ..." if len(preparation.inputs) > 8 else "")
            raise DataError(
                f"{who}: the network takes samples of shape {shape}, and the table's columns make "
                f"{len(preparation.inputs)} inputs ({listed}); make the network with input_shape={preparation.sample_shape}"
            )
    else:
        check_all_samples(who, part.inputs, shapes)


def loss_for(part: Part, outputs: int) -> str:
    """Return the loss of a task where none is given: of classes 'softmax', of numbers 'mse', of yes or no and of labels 'bce'."""
    if part.classes is not None:
        return Classes.default_loss
    if part.table is not None:
        return DEFAULT_LOSSES[part.table.task]
    return default_loss(part.at_targets(rows_that_count("data", part)), outputs)


def target_for(part: Part, rows: Array, *, loss: Loss, outputs: int) -> Target:
    """Return what the targets in these rows mean, to a loss and a network with this many outputs.

    Raises DataError or ShapeError where loss, targets and network do not fit together.
    """
    if part.classes is not None:
        return Classes(part.classes)
    if part.table is not None:
        values = part.at_targets(rows)
        if part.table.task == "regression":  # numbers stay as they are for a loss of one's own
            return Numbers.of(values, (part.table.target,), standardize=kind_of(loss) is not None)
        return target_of(values, task=part.table.task)
    return choose_target(part.at_targets(rows), loss, outputs)
