"""Update rules that are used less often: AdaDelta, Adamax, Lion."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pellucid.checker.recognising.readings.rule_paths import Gradients, RulePath, path_of
from pellucid.shapes import Array

__all__ = ["further_rules"]


def further_rules(
    w: Array, grads: Gradients, lr: float, shares: Sequence[float], small: Sequence[float]
) -> Iterator[RulePath]:
    """Yield the paths of AdaDelta, Adamax and Lion, with each choice of decays and eps."""
    for first in shares:
        for eps in small:
            yield from _adadelta(w, grads, lr, first, eps)
        for second in shares:
            yield _lion(w, grads, lr, first, second)
            for eps in (0.0, *small):
                yield _adamax(w, grads, lr, (first, second), eps)


def _adadelta(w: Array, grads: Gradients, lr: float, rho: float, eps: float) -> Iterator[RulePath]:
    for rate in dict.fromkeys((1.0, lr)):

        def update(w: Array, g: Array, s: dict[str, Any], t: int, rate: float = rate) -> Array:
            s["h"] = rho * s["h"] + (1 - rho) * g**2
            change = np.sqrt(s["v"] + eps) / np.sqrt(s["h"] + eps) * g
            s["v"] = rho * s["v"] + (1 - rho) * change**2
            return np.asarray(w - rate * change)

        yield RulePath("AdaDelta", path_of(w, grads, update, lr=rate), (f"decay {rho:g}", f"eps {eps:g}"))


def _adamax(w: Array, grads: Gradients, lr: float, betas: tuple[float, float], eps: float) -> RulePath:
    b1, b2 = betas

    def update(w: Array, g: Array, s: dict[str, Any], t: int) -> Array:
        s["m"] = b1 * s["m"] + (1 - b1) * g
        s["v"] = np.maximum(b2 * s["v"], np.abs(g))
        return np.asarray(w - lr / (1 - b1**t) * s["m"] / (s["v"] + eps))

    return RulePath("Adamax", path_of(w, grads, update, lr=lr), (f"beta1 {b1:g}", f"beta2 {b2:g}"))


def _lion(w: Array, grads: Gradients, lr: float, b1: float, b2: float) -> RulePath:
    def update(w: Array, g: Array, s: dict[str, Any], t: int) -> Array:
        step = np.sign(b1 * s["m"] + (1 - b1) * g)
        s["m"] = b2 * s["m"] + (1 - b2) * g
        return np.asarray(w - lr * step)

    return RulePath("Lion", path_of(w, grads, update, lr=lr), (f"beta1 {b1:g}", f"beta2 {b2:g}"))
