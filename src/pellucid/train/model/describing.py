"""What goes into a model and what comes out, in words."""

from collections.abc import Sequence

import numpy as np

from pellucid.data import Pipeline, Preparation, TablePreparation
from pellucid.data.checks import listed
from pellucid.data.targets import Numbers, Target
from pellucid.train.model.origin import Origin

__all__ = ["described_inputs", "described_outputs"]

ANSWERS = {"classes": "the likeliest class", "binary": "the likelier of two", "multilabel": "0 and 1 for each label"}
MOST_CLASSES = 20


def described_inputs(preparation: Preparation | None, origin: Origin, shapes: Sequence[tuple[int, ...]]) -> str:
    """Return the form of raw inputs, how they are prepared, and of a table each column with its kind and what is made of it."""
    source = "" if origin.data is None else f"; trained on {origin.data}"
    if isinstance(preparation, TablePreparation):
        used = len(preparation.columns)
        head = f"inputs: rows of a table, {used} columns, which make {len(preparation.inputs)} inputs{source}"
        return "\n".join([head, *(f"  {line}" for line in preparation.describe().splitlines())])
    shape = f"samples of shape {shapes[0]}" if len(shapes) == 1 else f"{len(shapes)} arrays of samples {listed(shapes)}"
    return f"inputs: {shape}{_values(origin)}, {_prepared(preparation)}{source}"


def described_outputs(target: Target) -> str:
    """Return what is predicted: the classes, or each number with its usual range in the target's units."""
    if isinstance(target, Numbers):
        ranges = [
            f"{name} ({mean:.4g} ± {std:.4g} in training)" if np.any(np.array([mean, std - 1]) != 0) else name
            for name, mean, std in zip(target.names, target.mean, target.std, strict=True)
        ]
        what = "a number" if len(ranges) == 1 else f"{len(ranges)} numbers"
        return f"outputs: {what} in the target's units: {listed(ranges, MOST_CLASSES)}"
    return f"outputs: {target.kind}, {ANSWERS[target.kind]}: {listed(target.names, MOST_CLASSES)}"


def _values(origin: Origin) -> str:
    """Return what raw values are: pixels, or floats with the mean and deviation that they had."""
    if origin.pixels:
        return f" of raw pixels{'' if origin.white is None else f' from 0 to {origin.white:g}'}"
    return (
        ""
        if origin.mean is None
        else f" of numbers (mean {origin.mean:.4g}, standard deviation {origin.std:.4g} in training)"
    )


def _prepared(preparation: Preparation | None) -> str:
    if preparation is None:
        return "which go to the network as they are"
    standardized = isinstance(preparation, Pipeline) and preparation.standardization is not None
    return "standardized by the model" if standardized else "prepared by the model"
