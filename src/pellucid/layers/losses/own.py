"""A loss of one's own, called with checks of what it returns."""

import inspect
from typing import Any

import numpy as np

from pellucid.layers.losses.choice import LossFunction, loss_name
from pellucid.own_functions import called
from pellucid.shapes import Array, ShapeError

__all__ = ["own_loss"]


def own_loss(function: LossFunction, scores: Array, targets: Array, weights: Array | None) -> tuple[float, Array]:
    """Return the loss and dscores (N, C) in the scores' dtype.

    The function gets arrays that it cannot change, float targets in the scores' dtype. Where rows have weights it must take
    `weights=` (N,). Raises ShapeError for a result that is not (a number, an array like scores), and where the
    function raises.
    """
    if targets.dtype.kind == "f":
        targets = targets.astype(scores.dtype, copy=False)
    who = f"loss {loss_name(function)}"
    options: dict[str, Any] = {}
    if weights is not None:
        if not _takes_weights(function):
            raise ShapeError(f"{who}: rows have weights (sample_weight or class_weight), so it must take weights=None")
        options["weights"] = weights
    form = f"loss({', '.join(['scores', 'targets', *(f'{name}={name}' for name in options)])})"
    returned = called(who, form, function, _read_only(scores), _read_only(targets), **options)
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise ShapeError(f"{who}: it must return (loss, dscores); it returned {type(returned).__name__}")
    value, dscores = np.asarray(returned[0]), returned[1]
    if value.size != 1 or value.dtype.kind not in "iuf":
        raise ShapeError(f"{who}: loss must be one number, the mean over the batch; got {_shown(value)}")
    if not isinstance(dscores, np.ndarray) or dscores.shape != scores.shape or dscores.dtype.kind != "f":
        kind = _shown(dscores) if isinstance(dscores, np.ndarray) else type(dscores).__name__
        raise ShapeError(f"{who}: dscores must be floats with the shape of scores, {scores.shape}; got {kind}")
    return float(value.reshape(())), dscores.astype(scores.dtype, copy=False)


def _takes_weights(function: LossFunction) -> bool:
    parameters = inspect.signature(function).parameters.values()
    return any(p.name == "weights" or p.kind is p.VAR_KEYWORD for p in parameters)


def _read_only(array: Array) -> Array:
    view = array.view()
    view.flags.writeable = False
    return view


def _shown(array: Array) -> str:
    return f"{array.dtype} {array.shape}"
