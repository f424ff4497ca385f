"""AdamW, Adamax, NAdam, RAdam and AMSGrad, in their usual forms and with known mistakes: kind, update, conventions, mistake."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pellucid.checker.recognising.updating.rule_paths import RuleForm, State, Update
from pellucid.shapes import Array

__all__ = ["adamax", "adamw", "amsgrad", "nadam", "radam"]


def _moments(r: RuleForm, g: Array, s: State, t: int) -> tuple[Array, Array]:
    """Return the corrected moments."""
    s["m"] = r.b1 * s["m"] + (1 - r.b1) * g
    s["v"] = r.b2 * s["v"] + (1 - r.b2) * g**2
    return s["m"] / (1 - r.b1**t), s["v"] / (1 - r.b2**t)


def adamw(r: RuleForm, name: str) -> Iterator[tuple[Any, ...]]:
    """Yield AdamW: weight decay beside the step, not in the gradient."""

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


def adamax(r: RuleForm, name: str) -> Iterator[tuple[Any, ...]]:
    """Yield Adamax: a maximum that decays in place of the second moment."""

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


def nadam(r: RuleForm, name: str) -> Iterator[tuple[Any, ...]]:
    """Yield NAdam: Adam that looks ahead."""

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


def radam(r: RuleForm, name: str) -> Iterator[tuple[Any, ...]]:
    """Yield RAdam: Adam whose first steps are rectified."""

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


def amsgrad(r: RuleForm, name: str) -> Iterator[tuple[Any, ...]]:
    """Yield AMSGrad: Adam with the largest second moment so far."""

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
