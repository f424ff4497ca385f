"""Which target fits the data, the loss and the network, and raw targets as the loss reads them."""

from typing import Any

import numpy as np

from pellucid.data.targets import Binary, Classes, Multilabel, Numbers, Target, target_of
from pellucid.data.targets.multilabel import are_sets_of_names
from pellucid.data.targets.raw import raw_values, whole_or_none
from pellucid.layers import Loss, kind_of
from pellucid.shapes import Array, ShapeError

__all__ = [
    "are_class_numbers",
    "check_target_suits",
    "checked_target",
    "choose_target",
    "class_weight_labels",
    "default_loss",
    "encoded",
]

# By what a loss takes, what it can read: labels as one-hot rows, indicators as numbers.
READ_BY = {
    "labels": ("labels",),
    "numbers": ("numbers", "labels", "indicators"),
    "indicators": ("indicators", "labels"),
}


def choose_target(y: Any, loss: Loss, outputs: int) -> Target:
    """Return what raw targets mean for a network with that many outputs.

    Whole numbers (N,) for a network with several outputs are class numbers 0, 1, ..., or, where some lie outside, the classes by
    name. Otherwise the loss decides: numbers are standardized for 'mse', 'mae' and 'huber'; for a loss of one's own they stay as
    they are. Raises DataError, or ShapeError for classes where the network makes one score.
    """
    if are_sets_of_names(y):
        return Multilabel.of(y)
    kind = kind_of(loss)
    takes = None if kind is None else kind.takes
    if kind is not None and takes == "labels" and outputs == 1:
        raise ShapeError(
            f"the loss {kind.name} needs a score for each class, and the network makes one: end it with Affine(classes); "
            'for numbers choose loss="mse", for yes or no loss="bce"'
        )
    if takes == "labels" or outputs > 1:
        numbers = _whole_labels(y, takes)
        if numbers is not None:
            return _class_numbers(outputs) if takes is None else _classes(numbers, outputs)
    if takes == "indicators" and outputs == 1:
        return _binary(y)
    return _for_own_loss(y, outputs) if takes is None else target_of(y, takes=takes)


def encoded(who: str, y: Any, target: Target) -> Array:
    """Return raw targets as the loss reads them; class numbers stay as they are. Raises DataError, naming row and value."""
    if are_class_numbers(target) and isinstance(y, np.ndarray) and y.ndim == 1 and y.dtype.kind in "iu":
        return y
    return target.encode(y, who=f"{who}: targets")


def default_loss(y: Any, outputs: int) -> str:
    """Return the loss for raw targets where none is given: of numbers 'mse', of classes and one-hot rows 'softmax'; of names for
    each row 'bce', as of yes or no where the network makes one score."""
    if are_sets_of_names(y):
        return "bce"
    values = raw_values("targets", y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    indicators = values.dtype.kind in "bU" or bool(np.isin(values, (0, 1)).all())
    if indicators and outputs == 1 and len(np.unique(values)) <= 2:
        return "bce"
    several = values.ndim > 1 or outputs == 1
    return "softmax" if indicators or not (several or whole_or_none(values) is None) else "mse"


def are_class_numbers(target: Target) -> bool:
    """Whether labels are the numbers 0, 1, ... of the network's scores."""
    return isinstance(target, Classes) and target.names == _class_numbers(target.outputs).names


def check_target_suits(target: Target, loss: Loss, outputs: int) -> None:
    """Raise ShapeError for a loss of the library that cannot read such targets, or a network with another number of outputs."""
    kind = kind_of(loss)
    if kind is not None and target.takes not in READ_BY[kind.takes]:
        raise ShapeError(
            f"the loss {kind.name} takes {kind.takes}, and the targets are {target.kind}; "
            f'choose another, such as loss="{target.default_loss}"'
        )
    if target.outputs != outputs:
        what = {"classes": " classes", "multilabel": " labels"}.get(target.kind, " values for each sample")
        raise ShapeError(
            f"the network makes {outputs} scores, and the targets are {target.outputs}{what}; "
            f"end the network with Affine({target.outputs})"
        )


def checked_target(target: Any) -> Target | None:
    """Return a target that was given, or None. Raises ShapeError for anything else."""
    if target is None or all(hasattr(target, name) for name in ("encode", "decode", "outputs", "kind")):
        return target
    raise ShapeError(f"Trainer: target must be one of pellucid.data.targets, such as Numbers.of(y); got {target!r}")


def class_weight_labels(y: Array, target: Target | None) -> Array:
    """Return encoded targets as class numbers (N,) for class weights, where there are two classes with one score."""
    return y[:, 0].astype(np.int64) if isinstance(target, Binary) else y


def _classes(labels: Array, outputs: int) -> Classes:
    """Return the class numbers of the scores; of labels outside of those, one for each score, the classes that they are."""
    outside = len(labels) > 0 and (labels.min() < 0 or labels.max() >= outputs)
    return Classes.of(labels) if outside and len(np.unique(labels)) == outputs > 1 else _class_numbers(outputs)


def _class_numbers(outputs: int) -> Classes:
    return Classes(tuple(str(i) for i in range(outputs)), "numbers")


def _whole_labels(y: Any, takes: str | None) -> Array | None:
    """Return (N,) whole numbers where the targets are those; floats such as 2.0 only where the loss takes labels."""
    if isinstance(y, np.ndarray) and y.dtype.kind in "iu":
        return y if y.ndim == 1 else None
    values = raw_values("targets", y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    kinds = "iuf" if takes == "labels" else "iu"
    whole = values.dtype.kind in kinds and (values == np.floor(values)).all()
    return values if values.ndim == 1 and whole else None


def _binary(y: Any) -> Target:
    """Return yes or no; of 0 and 1, both, also where only one of them occurs."""
    values = raw_values("targets", y)
    zero_or_one = values.dtype.kind in "iuf" and bool(np.isin(values, (0, 1)).all())
    return Binary(("0", "1"), "numbers") if zero_or_one else Binary.of(y)


def _for_own_loss(y: Any, outputs: int) -> Target:
    values = raw_values("targets", y)
    if values.dtype.kind == "U":
        return Classes.of(y)
    if not np.isin(values, (0, 1)).all():
        return Numbers.of(y, standardize=False)
    return _binary(y) if outputs == 1 else Multilabel.of(y)
