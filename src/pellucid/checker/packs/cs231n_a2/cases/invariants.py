"""What must hold whatever the numbers are: the third oracle, which needs no reference.

A relation calls a forward twice, on values and on changed ones, and says how the two answers are related. A sum is a
condition on one answer. Where no known mistake matches, the report names those that the learner's function breaks.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Relation

__all__ = ["RELATIONS", "SUMS"]

Values = Mapping[str, Any]


def _close(one: Any, two: Any) -> bool:
    one, two = np.asarray(one, float), np.asarray(two, float)
    return one.shape == two.shape and bool(
        np.abs(one - two).max(initial=0.0) <= 1e-7 * (1 + np.abs(two).max(initial=0.0))
    )


def _moved(name: str, change: Callable[[Any], Any]) -> Callable[[Values], dict[str, Any]]:
    return lambda values: {name: np.ascontiguousarray(change(values[name]))}


def _turned_images(values: Values) -> dict[str, Any]:
    """Height and width exchanged in everything that has them."""
    changed = {name: np.ascontiguousarray(values[name].swapaxes(2, 3)) for name in ("x", "w") if name in values}
    if "pool_param" in values:
        pool = values["pool_param"]
        changed["pool_param"] = pool | {"pool_height": pool["pool_width"], "pool_width": pool["pool_height"]}
    return changed


def _pixels_turned(x: Any) -> Any:
    return x[:, :, ::-1, ::-1]


TURNED = Relation(
    "a transposed image (and filter, and window) gives the transposed answer",
    _turned_images,
    lambda out, changed, values: _close(np.asarray(changed).swapaxes(2, 3), out),
)
ONE_ALONE = Relation(
    "one sample alone gives what it gives in the batch",
    _moved("x", lambda x: x[:1]),
    lambda out, changed, values: _close(changed, np.asarray(out)[:1]),
)
ANOTHER_ORDER = Relation(
    "the samples in another order give the same answers in that order",
    _moved("x", lambda x: x[::-1]),
    lambda out, changed, values: _close(np.asarray(changed)[::-1], out),
)
SHIFTED_FEATURE = Relation(
    "a constant added to a feature changes nothing",
    lambda values: {"x": values["x"] + np.arange(values["x"].shape[1]).reshape(1, -1, *[1] * (values["x"].ndim - 2))},
    lambda out, changed, values: _close(changed, out),
)
SHIFTED_ROW = Relation(
    "a constant added to a row changes nothing",
    lambda values: {"x": values["x"] + np.arange(len(values["x"])).reshape(-1, *[1] * (values["x"].ndim - 1))},
    lambda out, changed, values: _close(changed, out),
)
PIXELS_PERMUTED = Relation(
    "pixels in another order give the same numbers in that order",
    _moved("x", _pixels_turned),
    lambda out, changed, values: _close(_pixels_turned(np.asarray(changed)), out),
)
SCORES_SHIFTED = Relation(
    "a number added to all scores of a row changes neither loss nor gradient",
    lambda values: {"x": values["x"] + 3.0 * np.arange(1, len(values["x"]) + 1)[:, None]},
    lambda out, changed, values: _close(changed, out),
)
BATCH_TWICE = Relation(
    "the batch passed twice gives the same loss",
    lambda values: {name: np.concatenate([values[name], values[name]]) for name in ("x", "y")},
    lambda out, changed, values: _close(changed, out),
)
EACH_GROUP_A_CHANNEL = Relation(
    "with as many groups as channels it is instance norm: each channel of each image has mean 0 and variance 1 before gamma and beta",
    lambda values: {"G": values["x"].shape[1]},
    lambda out, changed, values: _is_instance_norm(np.asarray(changed), values),
)


def _is_instance_norm(out: Any, values: Values) -> bool:
    if out.shape != values["x"].shape:
        return False
    shape = (1, -1, 1, 1)
    hat = (out - values["beta"].reshape(shape)) / values["gamma"].reshape(shape)
    x = values["x"]
    var = x.var((2, 3))
    return _close(hat.mean((2, 3)), 0 * var) and _close(
        hat.var((2, 3)), var / (var + values["gn_param"].get("eps", 1e-5))
    )


RELATIONS: dict[str, tuple[Relation, ...]] = {
    "affine_forward": (ONE_ALONE,),
    "relu_forward": (ONE_ALONE,),
    "batchnorm_forward": (ANOTHER_ORDER, SHIFTED_FEATURE),
    "layernorm_forward": (ONE_ALONE, SHIFTED_ROW),
    "conv_forward_naive": (TURNED, ONE_ALONE),
    "max_pool_forward_naive": (TURNED, ONE_ALONE),
    "spatial_batchnorm_forward": (PIXELS_PERMUTED, ANOTHER_ORDER, SHIFTED_FEATURE),
    "spatial_groupnorm_forward": (ONE_ALONE, SHIFTED_ROW, EACH_GROUP_A_CHANNEL),
    "softmax_loss": (SCORES_SHIFTED, BATCH_TWICE),
    "svm_loss": (SCORES_SHIFTED, BATCH_TWICE),
}


def _sums_to_zero(name: str, axes: Any) -> Callable[[Values, Values], bool]:
    def holds(values: Values, outputs: Values) -> bool:
        array = np.asarray(outputs[name], float)
        return bool(np.abs(np.sum(array, axis=axes)).max() <= 1e-6 * (np.abs(array).sum() + 1e-300))

    return holds


def _keeps_the_sum(values: Values, outputs: Values) -> bool:
    return _close(np.sum(outputs["dx"]), np.sum(values["dout"]))


def _counts_bias(values: Values, outputs: Values) -> bool:
    return _close(np.sum(outputs["db"]), np.sum(values["dout"]))


SUMS: dict[str, dict[str, Callable[[Values, Values], bool]]] = {
    "batchnorm_backward": {"dx sums to zero over the batch": _sums_to_zero("dx", 0)},
    "layernorm_backward": {"dx sums to zero along each row": _sums_to_zero("dx", 1)},
    "spatial_batchnorm_backward": {"dx sums to zero over batch, height and width": _sums_to_zero("dx", (0, 2, 3))},
    "spatial_groupnorm_backward": {"dx sums to zero over each image": _sums_to_zero("dx", (1, 2, 3))},
    "affine_backward": {"db sums to what dout sums to": _counts_bias},
    "conv_backward_naive": {"db sums to what dout sums to": _counts_bias},
    "max_pool_backward_naive": {"dx sums to what dout sums to": _keeps_the_sum},
    "softmax_loss": {"the gradient of a row's scores sums to zero": _sums_to_zero("dx", 1)},
    "svm_loss": {"the gradient of a row's scores sums to zero": _sums_to_zero("dx", 1)},
}
