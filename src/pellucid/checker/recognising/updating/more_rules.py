"""Update rules besides the everyday ones: Adam's relatives, RMSProp centred or with momentum, Adadelta, Lion, weight decay."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.checker.recognising.updating.adam_relatives import adamax, adamw, amsgrad, nadam, radam
from pellucid.checker.recognising.updating.rule_paths import (
    Family,
    RuleForm,
    RuleNumbers,
    RulePath,
    State,
    Update,
    path_of,
)
from pellucid.shapes import Array

__all__ = ["further_rules"]

MOST = 400  # settings that are tried of one family


def further_rules(w: Array, grads: Sequence[Array], numbers: RuleNumbers, name: str) -> Iterator[RulePath]:
    """Yield the paths of further rules; the families that a rule's name speaks of, all of them where it speaks of none."""
    families: Mapping[str, tuple[str, Family, tuple[str, ...]]] = {
        "decay": (r"decay|l2|sgd|adamw?|momentum|rms", _with_decay, ("wd",)),
        "adamw": (r"adam_?w|decoupled|adam", adamw, ("b1", "b2", "eps", "wd")),
        "adamax": (r"adamax", adamax, ("b1", "b2", "eps")),
        "nadam": (r"nadam|nesterov", nadam, ("b1", "b2", "eps")),
        "radam": (r"radam|rectified", radam, ("b1", "b2", "eps")),
        "amsgrad": (r"ams|adam", amsgrad, ("b1", "b2", "eps")),
        "rmsprop": (r"rms", _rmsprop, ("b1", "b2", "eps")),
        "adadelta": (r"ada_?delta", _adadelta, ("b1", "eps")),
        "lion": (r"lion", _lion, ("b1", "b2", "wd")),
        "nesterov": (r"nesterov|nag|sgd|momentum", _nesterov, ("b1",)),
    }
    named = [one for one in families.values() if re.search(one[0], name, re.IGNORECASE)]
    for pattern, family, uses in named or families.values():
        lists = {
            "lr": numbers.rates if family is not _adadelta else [*numbers.rates, 1.0],
            "b1": numbers.shares if family in (_rmsprop, _adadelta, _nesterov) else numbers.beta1,
            "b2": numbers.shares if family is _rmsprop else numbers.beta2,
            "eps": numbers.small,
            "wd": numbers.decay or [0.0],
        }
        plans = itertools.product(*(lists[key] if key in (*uses, "lr") else [0.0] for key in RuleForm._fields))
        is_named = bool(re.search(pattern, name, re.IGNORECASE))
        for plan in itertools.islice(plans, MOST):
            for kind, update, told, *mistake in family(RuleForm(*plan), name if is_named else ""):
                yield RulePath(kind, path_of(w, grads, update), told, *mistake)


def _with_decay(r: RuleForm, name: str) -> Iterator[tuple[Any, ...]]:
    if not r.wd:
        return
    told = r.told("wd")
    yield "SGD", lambda w, g, s, t: w - r.lr * (g + r.wd * w), (*told, "added to the gradient")
    yield "SGD", lambda w, g, s, t: w - r.lr * g - r.wd * w, (*told, "taken off the weights, not times the rate")
    yield (
        "SGD", lambda w, g, s, t: w - r.lr * (g - r.wd * w), told,
        "the decay has the wrong sign: weights grow", "decay-sign", "w - lr * (dw + weight_decay * w)",
    )  # fmt: skip
    yield (
        "SGD",
        lambda w, g, s, t: w - r.lr * g,
        (),
        "the weight decay is not applied",
        "no-decay",
        "w - lr * (dw + weight_decay * w)",
    )


def _rmsprop(r: RuleForm, name: str) -> Iterator[tuple[Any, ...]]:
    rho, mu = r.b1, r.b2

    def rule(*, centred: bool, momentum: str, inside: bool) -> Update:
        def update(w: Array, g: Array, s: State, t: int) -> Array:
            s["h"] = rho * s["h"] + (1 - rho) * g**2
            s["m"] = rho * s["m"] + (1 - rho) * g
            var = s["h"] - s["m"] ** 2 if centred else s["h"]
            move = g / (np.sqrt(var + r.eps) if inside else np.sqrt(var) + r.eps)
            if not momentum:
                return np.asarray(w - r.lr * move)
            s["v"] = mu * s["v"] + (r.lr * move if momentum == "inside" else move)
            return np.asarray(w - (s["v"] if momentum == "inside" else r.lr * s["v"]))

        return update

    for centred, momentum, inside in itertools.product((False, True), ("", "inside", "outside"), (False, True)):
        if centred or momentum:
            told: tuple[str, ...] = (f"decay {rho:g}", f"eps {r.eps:g}")
            told += ("eps inside the root",) if inside else ()
            told += ("centred",) if centred else ()
            told += (f"momentum {mu:g}",) if momentum else ()
            yield "RMSProp", rule(centred=centred, momentum=momentum, inside=inside), told


def _adadelta(r: RuleForm, name: str) -> Iterator[tuple[Any, ...]]:
    rho = r.b1

    def rule(*, early: bool = False, root: bool = True, ratio: bool = True) -> Update:
        def update(w: Array, g: Array, s: State, t: int) -> Array:
            s["h"] = rho * s["h"] + (1 - rho) * g**2
            scale = np.sqrt(s["h"] + r.eps) if root else s["h"] + r.eps
            if early:
                s["m"] = rho * s["m"] + (1 - rho) * (g / scale) ** 2
            over = (np.sqrt(s["m"] + r.eps) if root else s["m"] + r.eps) if ratio else 1.0
            move = over * g / scale
            if not early:
                s["m"] = rho * s["m"] + (1 - rho) * move**2
            return np.asarray(w - r.lr * move)

        return update

    told = (f"decay {rho:g}", f"eps {r.eps:g}", *((f"rate {r.lr:g}",) if r.lr != 1 else ()))
    correct = "dx = sqrt(u + eps) / sqrt(v + eps) * dw;  u = rho * u + (1 - rho) * dx**2"
    yield "Adadelta", rule(), told
    yield "Adadelta", rule(root=False), told, "the square roots are missing", "no-root", correct
    yield (
        "Adadelta",
        rule(ratio=False),
        told,
        "the average of earlier steps is missing above: it is RMSProp",
        "no-average-of-steps",
        correct,
    )
    yield (
        "Adadelta",
        rule(early=True),
        told,
        "the average of steps is updated before it is used",
        "average-too-early",
        correct,
    )


def _lion(r: RuleForm, name: str) -> Iterator[tuple[Any, ...]]:
    def rule(*, sign: bool = True, early: bool = False) -> Update:
        def update(w: Array, g: Array, s: State, t: int) -> Array:
            if early:
                s["m"] = r.b2 * s["m"] + (1 - r.b2) * g
            mixed = r.b1 * s["m"] + (1 - r.b1) * g
            if not early:
                s["m"] = r.b2 * s["m"] + (1 - r.b2) * g
            return np.asarray(w - r.lr * ((np.sign(mixed) if sign else mixed) + r.wd * w))

        return update

    told, correct = (
        r.told("b1", "b2", *(("wd",) if r.wd else ())),
        "w - lr * (sign(beta1 * m + (1 - beta1) * dw) + weight_decay * w)",
    )
    yield "Lion", rule(), told
    yield "Lion", rule(sign=False), told, "the sign is not taken", "no-sign", correct
    yield (
        "Lion",
        rule(early=True),
        told,
        "the momentum is updated before the step is made from it",
        "momentum-too-early",
        correct,
    )


def _nesterov(r: RuleForm, name: str) -> Iterator[tuple[Any, ...]]:
    def update(w: Array, g: Array, s: State, t: int) -> Array:
        s["v"] = r.b1 * s["v"] + g
        return np.asarray(w - r.lr * (g + r.b1 * s["v"]))

    yield "SGD with Nesterov's momentum", update, (f"momentum {r.b1:g}", "the rate outside the velocity")
