"""The weights of rows in the loss: their own, and those of their classes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.data import DataError
from pellucid.data.targets import Target
from pellucid.shapes import Array

__all__ = ["ClassWeights", "by_number", "row_weights"]

WeightsByNumber = Mapping[int, float] | Sequence[float] | None
ClassWeights = Mapping[Any, float] | Sequence[float] | str | None
"""By class (number or name), in the order of the classes, or "balanced"."""


def by_number(class_weight: ClassWeights, target: Target | None, labels: Array) -> WeightsByNumber:
    """Return class weights by class number: "balanced" gives every class the same total weight. Raises DataError."""
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise DataError(f"class_weight must be 'balanced', or weights by class; got {class_weight!r}")
        if target is None or labels.ndim != 1:
            raise DataError("class_weight='balanced' needs class labels, and the data of `fit`")
        counts = np.bincount(labels, minlength=len(target.names))
        balanced: list[float] = (len(labels) / (len(target.names) * np.maximum(counts, 1))).tolist()
        return balanced
    if not isinstance(class_weight, Mapping) or target is None or target.kind not in ("classes", "binary"):
        return class_weight
    return dict(zip(_numbers_of(list(class_weight), target.names), class_weight.values(), strict=True))


def row_weights(who: str, y: Array, sample_weight: Array | None, class_weight: WeightsByNumber) -> Array | None:
    """Return (N,) the weight of each row in the loss, or None where all have the same weight. Raises DataError."""
    if sample_weight is None and class_weight is None:
        return None
    weights = np.ones(len(y))
    if sample_weight is not None:
        weights = _numbers(sample_weight)
        if weights.shape != (len(y),) or not np.isfinite(weights).all() or (weights < 0).any():
            raise DataError(f"{who}: sample_weight must be {len(y)} finite numbers of at least 0; got {weights.shape}")
    if class_weight is not None:
        if y.ndim != 1 or y.dtype.kind not in "iu":
            raise DataError(f"{who}: class_weight needs class labels; the targets are {y.dtype} {y.shape}")
        weights = weights * _by_class(class_weight, int(y.max()) + 1)[y]
    return weights


def _numbers_of(keys: list[Any], names: Sequence[str]) -> list[int]:
    """Return the class number of each key: keys are names where all of them are, whole numbers such as 10 too, else class numbers.

    Raises DataError for a key that is neither, for names among class numbers, and for two keys of one class.
    """
    spelled = [str(key) if isinstance(key, (int, np.integer, np.bool_)) else key for key in keys]
    if all(isinstance(name, str) and name in names for name in spelled):
        numbers = [names.index(name) for name in spelled]
        if len(set(numbers)) < len(numbers):
            raise DataError(f"class_weight must give each class one weight; its keys are {_listed(keys)}")
        return numbers
    whole = [key for key in keys if isinstance(key, (int, np.integer)) and not isinstance(key, bool)]
    for key, name in zip(keys, spelled, strict=True):
        is_number = key in whole and 0 <= key < len(names)
        if not is_number and not (isinstance(name, str) and name in names):
            known = f"{', '.join(names[:10])}{', ...' if len(names) > 10 else ''}"
            raise DataError(f"class_weight names {key!r}, which is not among the classes {known}")
    if len(whole) < len(keys) or not all(0 <= key < len(names) for key in whole):
        raise DataError(
            f"class_weight must have names of classes as keys, or numbers from 0 to {len(names) - 1}; it mixes {_listed(keys)}"
        )
    return [int(key) for key in whole]


def _listed(keys: list[Any]) -> str:
    return f"{', '.join(map(repr, keys[:10]))}{', ...' if len(keys) > 10 else ''}"


def _numbers(given: Any) -> Array:
    """Return numbers as an array; for anything else an array without dimensions, which every check refuses."""
    try:
        return np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        return np.asarray(np.nan)


def _by_class(class_weight: Mapping[int, float] | Sequence[float], classes: int) -> Array:
    if isinstance(class_weight, Mapping):
        for label in class_weight:
            if not isinstance(label, (int, np.integer)) or isinstance(label, bool) or label < 0:
                raise DataError(f"class_weight must give weights to class numbers from 0 on; it names {label!r}")
        by_class = np.ones(max(classes, 1 + max(class_weight, default=0)))
        for label, weight in class_weight.items():
            by_class[label] = _numbers(weight)
    else:
        by_class = _numbers(class_weight)
    if by_class.ndim != 1 or len(by_class) < classes or not np.isfinite(by_class).all() or (by_class < 0).any():
        raise DataError(
            f"class_weight must give each of the {classes} classes a finite number of at least 0; got {class_weight!r}"
        )
    return by_class
