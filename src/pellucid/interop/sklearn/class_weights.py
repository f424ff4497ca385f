"""Weights of classes, as scikit-learn's classifiers take them: None, 'balanced', or a dict by class."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.shapes import Array

__all__ = ["balanced_weights", "given_weights", "shown"]


def given_weights(who: str, class_weight: Mapping[Any, float], classes: Array) -> Array:
    """Return (C,) the weight of each class; 1 for those that are not named. Raises ValueError for a class that y does not have."""
    places = {label: place for place, label in enumerate(classes.tolist())}
    weights = np.ones(len(classes))
    for label, weight in class_weight.items():
        if label not in places:
            raise ValueError(f"{who}: class_weight names {label!r}, which is not among the classes {shown(classes)}")
        if isinstance(weight, bool) or not isinstance(weight, (int, float, np.number)) or not 0 <= weight < np.inf:
            raise ValueError(
                f"{who}: class_weight must give finite numbers of at least 0; class {label!r} has {weight!r}"
            )
        weights[places[label]] = weight
    return weights


def balanced_weights(totals: Array) -> Array:
    """Return (C,) the weights with which all classes weigh the same: sum of totals / (classes present * total of the class).

    totals (C,) are the weights of each class's rows, together; a class without rows gets 1.
    """
    present = totals > 0
    mean = totals.sum() / max(1, present.sum())
    weights: Array = np.divide(mean, totals, out=np.ones(len(totals)), where=present)
    return weights


def shown(classes: Array) -> str:
    """Return the first ten classes as text, ['a', 'b']."""
    listed = ", ".join(repr(label) for label in classes.tolist()[:10])
    return f"[{listed}, ...]" if len(classes) > 10 else f"[{listed}]"
