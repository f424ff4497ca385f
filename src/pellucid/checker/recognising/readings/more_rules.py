"""Update rules besides the everyday ones: AdamW and Adam's relatives, RMSProp centred or with momentum, Adadelta, Lion, weight decay."""

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from pellucid.shapes import Array

__all__ = ["Numbers", "RulePath", "further_rules", "path_of"]

MOST = 400  # settings that are tried of one family
State = dict[str, Any]
Update = Callable[[Array, Array, State, int], Array]


class RulePath(NamedTuple):
    """A rule with its path: the parameter after each step."""

    kind: str
    path: list[Array]
    told: tuple[str, ...] = ()
    mistake: str = ""
    id: str = ""
    correct: str = ""


class Numbers(NamedTuple):
    """The numbers that a rule may have: lists of candidates, the known one alone where it is known."""

    rates: Sequence[float]
    shares: Sequence[float]
    small: Sequence[float]
    beta1: Sequence[float]
    beta2: Sequence[float]
    decay: Sequence[float]  # of weights


class _Rule(NamedTuple):
    lr: float
    b1: float
    b2: float
    eps: float
    wd: float

    def told(self, *names: str) -> tuple[str, ...]:
        """Return the values of some numbers in words."""
        words = {"b1": "beta1", "b2": "beta2", "eps": "eps", "wd": "weight decay"}
        return tuple(f"{words[name]} {getattr(self, name):g}" for name in names)


def path_of(w: Array, grads: Sequence[Any], update: Update) -> list[Array]:
    """Return the parameter after each step. A gradient may be a function of the parameter."""
    state: State = {"v": np.zeros_like(w), "m": np.zeros_like(w), "h": np.zeros_like(w)}
    path = []
    for t, g in enumerate(grads, 1):
        w = update(w, g(w) if callable(g) else g, state, t)
        path.append(w)
    return path


def further_rules(w: Array, grads: Sequence[Array], numbers: Numbers, name: str) -> Iterator[RulePath]:
    """Yield the paths of further rules; the families that a rule's name speaks of, all of them where it speaks of none."""
    families: Mapping[str, tuple[str, Callable[[_Rule, str], Iterator[tuple[Any, ...]]], tuple[str, ...]]] = {
        "decay": (r"decay|l2|sgd|adamw?|momentum|rms", _with_decay, ("wd",)),
        "adamw": (r"adam_?w|decoupled|adam", _adamw, ("b1", "b2", "eps", "wd")),
        "adamax": (r"adamax", _adamax, ("b1", "b2", "eps")),
        "nadam": (r"nadam|nesterov", _nadam, ("b1", "b2", "eps")),
        "radam": (r"radam|rectified", _radam, ("b1", "b2", "eps")),
        "amsgrad": (r"ams|adam", _amsgrad, ("b1", "b2", "eps")),
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
        plans = itertools.product(*(lists[key] if key in (*uses, "lr") else [0.0] for key in _Rule._fields))
        is_named = bool(re.search(pattern, name, re.IGNORECASE))
        for plan in itertools.islice(plans, MOST):
            for kind, update, told, *mistake in family(_Rule(*plan), name if is_named else ""):
                yield RulePath(kind, path_of(w, grads, update), told, *mistake)


def _moments(r: _Rule, g: Array, s: State, t: int) -> tuple[Array, Array]:
    """Return the corrected moments."""
    s["m"] = r.b1 * s["m"] + (1 - r.b1) * g
    s["v"] = r.b2 * s["v"] + (1 - r.b2) * g**2
    return s["m"] / (1 - r.b1**t), s["v"] / (1 - r.b2**t)


def _with_decay(r: _Rule, name: str) -> Iterator[tuple[Any, ...]]:
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


def _adamw(r: _Rule, name: str) -> Iterator[tuple[Any, ...]]:
    if not r.wd:
        return

    def adam(g: Array, s: State, t: int) -> Array:
        m, v = _moments(r, g, s, t)
        return np.asarray(r.lr * m / (np.sqrt(v) + r.eps))

    def late(w: Array, g: Array, s: State, t: int) -> Array:
        w = w - adam(g, s, t)
        return w - r.lr * r.wd * w

    told = r.told("b1", "b2", "eps", "wd")
    correct = "w - lr * (m / (sqrt(v) + eps) + weight_decay * w), with moments of dw alone"
    yield "AdamW", lambda w, g, s, t: w - adam(g, s, t) - r.lr * r.wd * w, (*told, "decoupled")
    yield "AdamW", late, (*told, "decoupled, after the step")
    yield "AdamW", lambda w, g, s, t: w - adam(g, s, t) - r.wd * w, (*told, "decoupled, not times the rate")
    is_w = "adamw" in name.replace("_", "").lower() or "decoupled" in name.lower()
    mistake = (
        "the decay is added to the gradient and goes through the moments: that is Adam with L2, not AdamW",
        "coupled-decay", correct,
    )  # fmt: skip
    yield (
        "AdamW" if is_w else "Adam", lambda w, g, s, t: w - adam(g + r.wd * w, s, t), (*told, "L2 added to the gradient"),
        *(mistake if is_w else ()),
    )  # fmt: skip
    yield (
        "AdamW", lambda w, g, s, t: w - adam(g, s, t) + r.lr * r.wd * w, told,
        "the decay has the wrong sign: weights grow", "decay-sign", correct,
    )  # fmt: skip
    if is_w:
        yield (
            "AdamW",
            lambda w, g, s, t: w - adam(g, s, t),
            told,
            "the weight decay is not applied",
            "no-decay",
            correct,
        )

        def uncorrected(w: Array, g: Array, s: State, t: int) -> Array:
            _moments(r, g, s, t)
            return np.asarray(w - r.lr * (s["m"] / (np.sqrt(s["v"]) + r.eps) + r.wd * w))

        yield (
            "AdamW",
            uncorrected,
            told,
            "the bias correction is missing: the first steps are too small",
            "no-correction",
            "m / (1 - beta1**t), v / (1 - beta2**t)",
        )


def _adamax(r: _Rule, name: str) -> Iterator[tuple[Any, ...]]:
    def rule(largest: Callable[[Array, Array], Array], *, corrects: bool = True) -> Update:
        def update(w: Array, g: Array, s: State, t: int) -> Array:
            s["m"] = r.b1 * s["m"] + (1 - r.b1) * g
            s["v"] = largest(s["v"], g)
            return np.asarray(w - r.lr * s["m"] / (1 - r.b1**t if corrects else 1.0) / (s["v"] + r.eps))

        return update

    told, correct = r.told("b1", "b2", "eps"), "u = max(beta2 * u, |dw|)"
    right = lambda u, g: np.maximum(r.b2 * u, np.abs(g))  # noqa: E731
    yield "Adamax", rule(right), told
    yield "Adamax", rule(lambda u, g: np.maximum(r.b2 * u, np.abs(g) + r.eps)), told
    yield (
        "Adamax",
        rule(right, corrects=False),
        told,
        "the bias correction of the first moment is missing",
        "no-correction",
        "m / (1 - beta1**t)",
    )
    yield (
        "Adamax",
        rule(lambda u, g: np.maximum(u, np.abs(g))),
        told,
        "the old maximum is not decayed by beta2",
        "no-decay-of-maximum",
        correct,
    )
    yield (
        "Adamax",
        rule(lambda u, g: np.maximum(r.b2 * u, g)),
        told,
        "the maximum takes the gradient without its absolute value",
        "no-absolute-value",
        correct,
    )
    yield (
        "Adamax",
        rule(lambda u, g: r.b2 * u + (1 - r.b2) * np.abs(g)),
        told,
        "the second moment is an average, not a maximum",
        "no-maximum",
        correct,
    )


def _nadam(r: _Rule, name: str) -> Iterator[tuple[Any, ...]]:
    def rule(ahead: Callable[[Array, Array, Array, int], Array]) -> Update:
        def update(w: Array, g: Array, s: State, t: int) -> Array:
            m, v = _moments(r, g, s, t)
            return np.asarray(w - r.lr * ahead(m, s["m"], g, t) / (np.sqrt(v) + r.eps))

        return update

    told = r.told("b1", "b2", "eps")
    yield "NAdam", rule(lambda m, raw, g, t: r.b1 * m + (1 - r.b1) * g / (1 - r.b1**t)), told
    yield "NAdam", rule(lambda m, raw, g, t: r.b1 * raw / (1 - r.b1 ** (t + 1)) + (1 - r.b1) * g / (1 - r.b1**t)), told
    correct = "beta1 * m_hat + (1 - beta1) * dw / (1 - beta1**t)"
    yield (
        "NAdam", rule(lambda m, raw, g, t: r.b1 * m + (1 - r.b1) * g), told,
        "the gradient in the look-ahead lacks the bias correction", "ahead-without-correction", correct,
    )  # fmt: skip
    yield "NAdam", rule(lambda m, raw, g, t: m), told, "there is no look-ahead: it is Adam", "no-look-ahead", correct


def _radam(r: _Rule, name: str) -> Iterator[tuple[Any, ...]]:
    longest = 2 / (1 - r.b2) - 1 if r.b2 < 1 else math.inf

    def rule(least: float, *, rectifies: bool = True, inside: bool = False) -> Update:
        def update(w: Array, g: Array, s: State, t: int) -> Array:
            m, v = _moments(r, g, s, t)
            rho = longest - 2 * t * r.b2**t / (1 - r.b2**t)
            if rho <= least:
                return np.asarray(w - r.lr * m)
            part = (rho - 4) * (rho - 2) * longest / ((longest - 4) * (longest - 2) * rho)
            scale = math.sqrt(max(part, 0.0)) if rectifies else 1.0
            if inside:
                return np.asarray(w - r.lr * m * scale * math.sqrt(1 - r.b2**t) / (np.sqrt(s["v"]) + r.eps))
            return np.asarray(w - r.lr * m * scale / (np.sqrt(v) + r.eps))

        return update

    told = r.told("b1", "b2", "eps")
    for least in (4.0, 5.0):
        for inside in (False, True):
            yield "RAdam", rule(least, inside=inside), (*told, f"rectified where rho > {least:g}")
    yield (
        "RAdam", rule(4.0, rectifies=False), told, "the rectification is missing: steps lack the factor r",
        "no-rectification", "r = sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))",
    )  # fmt: skip


def _amsgrad(r: _Rule, name: str) -> Iterator[tuple[Any, ...]]:
    def rule(*, first: bool, second: bool, of_corrected: bool = False) -> Update:
        def update(w: Array, g: Array, s: State, t: int) -> Array:
            m, v = _moments(r, g, s, t)
            s["h"] = np.maximum(s["h"], v if of_corrected else s["v"])
            scale = s["h"] / (1 - r.b2**t) if second and not of_corrected else s["h"]
            return np.asarray(w - r.lr * (m if first else s["m"]) / (np.sqrt(scale) + r.eps))

        return update

    told = r.told("b1", "b2", "eps")
    yield "AMSGrad", rule(first=True, second=True), told
    yield "AMSGrad", rule(first=True, second=True, of_corrected=True), (*told, "maximum of the corrected moment")
    yield "AMSGrad", rule(first=False, second=False), (*told, "without bias correction")
    yield "AMSGrad", rule(first=True, second=False), (*told, "without bias correction of the second moment")


def _rmsprop(r: _Rule, name: str) -> Iterator[tuple[Any, ...]]:
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
            told = (f"decay {rho:g}", f"eps {r.eps:g}")
            told += ("eps inside the root",) if inside else ()
            told += ("centred",) if centred else ()
            told += (f"momentum {mu:g}",) if momentum else ()
            yield "RMSProp", rule(centred=centred, momentum=momentum, inside=inside), told


def _adadelta(r: _Rule, name: str) -> Iterator[tuple[Any, ...]]:
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


def _lion(r: _Rule, name: str) -> Iterator[tuple[Any, ...]]:
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


def _nesterov(r: _Rule, name: str) -> Iterator[tuple[Any, ...]]:
    def update(w: Array, g: Array, s: State, t: int) -> Array:
        s["v"] = r.b1 * s["v"] + g
        return np.asarray(w - r.lr * (g + r.b1 * s["v"]))

    yield "SGD with Nesterov's momentum", update, (f"momentum {r.b1:g}", "the rate outside the velocity")
