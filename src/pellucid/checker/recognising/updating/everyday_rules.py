"""Update rules as paths of a parameter over some steps, in their usual forms and with known mistakes."""

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.checker.recognising.updating.more_rules import further_rules
from pellucid.checker.recognising.updating.rule_paths import RuleNumbers, RulePath, path_of
from pellucid.shapes import Array

__all__ = ["rules"]

Settings = Mapping[str, float]
LEAST_SHARE = 0.3  # of numbers in the code that may be a decay
RELATIVES = re.compile(r"adam_?(w|ax)|nadam|radam|ams|decoupled|ada_?delta|lion|rectified", re.IGNORECASE)


def rules(
    w: Array, grads: Sequence[Array], known: Settings, constants: Sequence[float], name: str = ""
) -> Iterator[RulePath]:
    """Yield the paths of all rules. known: lr, beta1, beta2, decay, wd, eps, as far as they are known; name: what it is called."""
    named = [known[k] for k in ("decay", "beta1") if k in known and 0 < known[k] < 1]
    shares = list(dict.fromkeys([*named, *(c for c in constants if LEAST_SHARE < c < 1)]))
    small = (
        [known["eps"]]
        if "eps" in known
        else [c for c in dict.fromkeys([*constants, 1e-8, 1e-7, 1e-6, 1e-10]) if 0 < c <= 1e-2]
    )
    rates = [known["lr"]] if "lr" in known else [c for c in dict.fromkeys([*constants, 0.01, 0.1, 1e-3]) if c > 0]
    numbers = RuleNumbers(
        rates,
        shares,
        small,
        [known["beta1"]] if "beta1" in known else shares,
        [known["beta2"]] if "beta2" in known else shares,
        [known["wd"]] if "wd" in known else [],
    )
    with np.errstate(all="ignore"):
        everyday, further = _everyday(w, grads, numbers, known), further_rules(w, grads, numbers, name)
        if RELATIVES.search(name):  # an AdamW that is plain Adam has a mistake
            yield from sorted(further, key=_is_mistaken)
            yield from sorted(everyday, key=_is_mistaken)
            return
        rest = [*everyday, *further, *_with_decay(w, grads, numbers, known)]
    yield from sorted(rest, key=_is_mistaken)


def _is_mistaken(path: RulePath) -> bool:
    return bool(path.mistake)


def _with_decay(w: Array, grads: Sequence[Array], numbers: RuleNumbers, known: Settings) -> Iterator[RulePath]:
    with np.errstate(all="ignore"):
        for decay in numbers.decay:
            decayed = [functools.partial(_decayed, g, decay) for g in grads]
            for one in _everyday(w, decayed, numbers, known):
                yield one._replace(told=(*one.told, f"weight decay {decay:g} added to the gradient"))


def _decayed(g: Array, decay: float, w: Array) -> Array:
    return np.asarray(g + decay * w)


def _everyday(w: Array, grads: Sequence[Any], numbers: RuleNumbers, known: Settings) -> Iterator[RulePath]:
    for lr in numbers.rates:
        yield from _plain(w, grads, lr, known)
        for share in numbers.shares:
            yield from _momentum(w, grads, lr, share)
        for eps in numbers.small:
            yield from _adagrad(w, grads, lr, eps)
            for share in numbers.shares:
                yield from _rmsprop(w, grads, lr, share, eps)
            for beta1 in numbers.beta1:
                for beta2 in numbers.beta2:
                    yield from _adam(w, grads, lr, beta1, beta2, eps)


def _plain(w: Array, grads: Sequence[Any], lr: float, known: Settings) -> Iterator[RulePath]:
    yield RulePath("SGD", path_of(w, grads, lambda w, g, s, t: w - lr * g))
    if "batch" in known:
        yield RulePath(
            "SGD",
            path_of(w, grads, lambda w, g, s, t: w - lr * g / known["batch"]),
            ("divides the gradients by the batch's size",),
        )
    yield RulePath(
        "SGD",
        path_of(w, grads, lambda w, g, s, t: w + lr * g),
        (),
        "it adds the gradient: the loss goes up, not down",
        "ascent",
        "w - lr * dw",
    )


def _momentum(w: Array, grads: Sequence[Any], lr: float, mu: float) -> Iterator[RulePath]:
    def inside(w: Array, g: Array, s: dict[str, Any], t: int) -> Array:
        s["v"] = mu * s["v"] - lr * g
        return np.asarray(w + s["v"])

    def outside(w: Array, g: Array, s: dict[str, Any], t: int) -> Array:
        s["v"] = mu * s["v"] + g
        return np.asarray(w - lr * s["v"])

    def averaged(w: Array, g: Array, s: dict[str, Any], t: int) -> Array:
        s["v"] = mu * s["v"] + (1 - mu) * g
        return np.asarray(w - lr * s["v"])

    def nesterov(w: Array, g: Array, s: dict[str, Any], t: int) -> Array:
        old, s["v"] = s["v"], mu * s["v"] - lr * g
        return np.asarray(w - mu * old + (1 + mu) * s["v"])

    def wrong_sign(w: Array, g: Array, s: dict[str, Any], t: int) -> Array:
        s["v"] = mu * s["v"] + lr * g
        return np.asarray(w + s["v"])

    yield RulePath("SGD with momentum", path_of(w, grads, inside), (f"momentum {mu:g}",))
    yield RulePath("SGD with momentum", path_of(w, grads, outside), (f"momentum {mu:g}",))
    yield RulePath(
        "SGD with momentum", path_of(w, grads, averaged), (f"momentum {mu:g}", "the velocity is a running average")
    )
    yield RulePath("SGD with Nesterov's momentum", path_of(w, grads, nesterov), (f"momentum {mu:g}",))
    yield RulePath(
        "SGD with momentum",
        path_of(w, grads, wrong_sign),
        (f"momentum {mu:g}",),
        "its sign is wrong: the parameter moves along the gradient, and the loss goes up",
        "ascent",
        "v = mu * v - lr * dw",
    )


def _adagrad(w: Array, grads: Sequence[Any], lr: float, eps: float) -> Iterator[RulePath]:
    def rule(scale: Callable[[Array], Array]) -> list[Array]:
        def update(w: Array, g: Array, s: dict[str, Any], t: int) -> Array:
            s["h"] = s["h"] + g**2
            return np.asarray(w - lr * g / scale(s["h"]))

        return path_of(w, grads, update)

    yield RulePath("AdaGrad", rule(lambda h: np.sqrt(h) + eps), (f"eps {eps:g}",))
    yield RulePath("AdaGrad", rule(lambda h: np.sqrt(h + eps)), (f"eps {eps:g} inside the root",))
    yield RulePath(
        "AdaGrad",
        path_of(w, grads, lambda w, g, s, t: np.asarray(w - lr * g / (np.sqrt(g**2) + eps))),
        (f"eps {eps:g}",),
        "the squares of the gradients are not added up over the steps: only the last one counts",
        "not-accumulated",
        "h = h + dw**2",
    )
    yield RulePath(
        "AdaGrad",
        rule(lambda h: h + eps),
        (f"eps {eps:g}",),
        "the square root of the sum of squares is missing",
        "no-root",
        "lr * dw / (sqrt(h) + eps)",
    )


def _rmsprop(w: Array, grads: Sequence[Any], lr: float, rho: float, eps: float) -> Iterator[RulePath]:
    def rule(share: float, of: Callable[[Array], Array], scale: Callable[[Array], Array]) -> list[Array]:
        def update(w: Array, g: Array, s: dict[str, Any], t: int) -> Array:
            s["h"] = share * s["h"] + (1 - share) * of(g)
            return np.asarray(w - lr * g / scale(s["h"]))

        return path_of(w, grads, update)

    told = (f"decay {rho:g}", f"eps {eps:g}")
    yield RulePath("RMSProp", rule(rho, np.square, lambda h: np.sqrt(h) + eps), told)
    yield RulePath("RMSProp", rule(rho, np.square, lambda h: np.sqrt(h + eps)), (*told, "eps inside the root"))
    yield RulePath(
        "RMSProp",
        rule(1 - rho, np.square, lambda h: np.sqrt(h) + eps),
        told,
        "decay and 1 - decay are exchanged",
        "decay-swapped",
        "h = decay * h + (1 - decay) * dw**2",
    )
    yield RulePath(
        "RMSProp",
        rule(rho, np.square, lambda h: h + eps),
        told,
        "the square root is missing",
        "no-root",
        "lr * dw / (sqrt(h) + eps)",
    )
    for of, root in ((np.asarray, np.abs), (np.abs, np.abs), (np.asarray, np.asarray)):
        yield RulePath(
            "RMSProp",
            rule(rho, of, functools.partial(_over_root, root, eps)),
            told,
            "the running average is of the gradient, not of its square",
            "no-square",
            "h = decay * h + (1 - decay) * dw**2",
        )


def _over_root(of: Callable[[Array], Array], eps: float, h: Array) -> Array:
    return np.asarray(np.sqrt(of(h)) + eps)


def _adam(w: Array, grads: Sequence[Any], lr: float, b1: float, b2: float, eps: float) -> Iterator[RulePath]:
    def rule(
        first: Callable[[int], float],
        second: Callable[[int], float],
        *,
        square: bool = True,
        root: bool = True,
        inside: bool = False,
        late: int = 0,
    ) -> list[Array]:
        def update(w: Array, g: Array, s: dict[str, Any], t: int) -> Array:
            s["m"] = b1 * s["m"] + (1 - b1) * g
            s["v"] = b2 * s["v"] + (1 - b2) * (g**2 if square else g)
            m, v = s["m"] / first(t + late), s["v"] / second(t + late)
            scale = (np.sqrt(np.abs(v + eps)) if inside else np.sqrt(np.abs(v)) + eps) if root else v + eps
            return np.asarray(w - lr * m / scale)

        return path_of(w, grads, update)

    def c1(t: int) -> float:
        return 1 - b1**t

    def c2(t: int) -> float:
        return 1 - b2**t

    def one(t: int) -> float:
        return 1.0

    told = (f"beta1 {b1:g}", f"beta2 {b2:g}", f"eps {eps:g}")
    yield RulePath("Adam", rule(c1, c2), told)
    yield RulePath("Adam", rule(c1, c2, inside=True), (*told, "eps inside the root"))
    yield RulePath("Adam", rule(c1, c2, late=1), (*told, "its first step counts as t = 2"))
    yield RulePath(
        "Adam",
        rule(one, one),
        told,
        "the bias correction is missing: the first steps are too small",
        "no-correction",
        "m / (1 - beta1**t), v / (1 - beta2**t)",
    )
    yield RulePath(
        "Adam",
        rule(c2, c2),
        told,
        "the bias correction of the first moment takes beta2, which is the second moment's",
        "correction-swapped",
        "m / (1 - beta1**t)",
    )
    power = "the bias correction lacks the power of t: 1 - beta, not 1 - beta**t"
    for first in (c1, one, lambda t: 1 - b1):
        for second in (c2, one, lambda t: 1 - b2):
            yield RulePath(
                "Adam", rule(first, second), told, power, "correction-power", "m / (1 - beta1**t), v / (1 - beta2**t)"
            )
    yield RulePath(
        "Adam",
        rule(c1, c2, square=False),
        told,
        "the second moment is of the gradient, not of its square",
        "no-square",
        "v = beta2 * v + (1 - beta2) * dw**2",
    )
    yield RulePath(
        "Adam",
        rule(c1, c2, root=False),
        told,
        "the square root of the second moment is missing",
        "no-root",
        "lr * m / (sqrt(v) + eps)",
    )
