"""Functions of each number, softmax, the largest number along an axis, and dropout."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from pellucid.checker.recognising.form import Hints, LayerForm, Reading, Role, Sizes, Values, names
from pellucid.shapes import Array

__all__ = ["forms"]

SURE_OF_SHARE = 0.03  # dropout: several standard deviations of the share that is dropped
ERF = np.vectorize(math.erf)


def forms(s: Sizes) -> list[LayerForm]:
    """Return the forms of activations."""
    x = Role("x", ((s.n, s.d),))
    positive = Role("x", ((s.n, s.d),), "positive")
    size = {"features": s.d}
    every = [
        LayerForm(kind, "", (x,), reader, pattern, size)
        for kind, reader, pattern in (
            ("ReLU", _relu, names(r"^relu", r"rect", "relu$")),
            ("sigmoid", _sigmoid, names("^sig", "sigm", "logistic")),
            ("tanh", _tanh, "tanh"),
            ("leaky ReLU", _leaky, names("leaky", "lrelu")),
            ("ELU", _elu, "^elu"),
            ("SELU", _selu, "selu"),
            ("GELU", _gelu, "gelu"),
            ("swish", _swish, names("swish", "silu")),
            ("softplus", _softplus, "softplus"),
            ("mish", _mish, "mish"),
            ("exp", _exp, "^exp"),
            ("square", _square, names("^square", "^sq$")),
            ("ReLU6", _relu6, "relu6"),
            ("hard sigmoid", _hard_sigmoid, "hardsig"),
            ("log-softmax", _log_softmax, names("logsoftmax")),
            ("softmax", _softmax, names(r"^softmax(?!.*(loss|cost|cross|entropy))", "softmax$")),
        )
    ]
    log = LayerForm("log", "", (positive,), lambda v, h: iter([Reading((np.log(v["x"]),))]), "^log$", size)
    dropout = LayerForm(
        "dropout",
        "",
        (Role("x", ((s.n * 20, s.d * 8),), "positive"),),
        _dropout,
        "drop",
        {"rate": 0.3, "keep": 0.7},
        {"rate": 0.3, "keep": 0.7},
        is_random=True,
    )
    extremes = [
        LayerForm(kind, "", (x,), _extreme(operation), pattern, size, is_by_name=True)
        for kind, operation, pattern in (
            ("maximum along an axis", np.max, names("max(?!pool)")),
            ("minimum along an axis", np.min, names("^min|min$")),
        )
    ]
    return [*every, log, dropout, *extremes]


def _extreme(operation: Callable[..., Array]) -> Callable[[Values, Hints], Iterator[Reading]]:
    def read(v: Values, h: Hints) -> Iterator[Reading]:
        for axis, told in ((-1, "of each row"), (0, "of each column")):
            yield Reading((operation(v["x"], axis=axis),), (told,))

    return read


def _one(out: Array, *told: str, mistake: str = "", id: str = "") -> Reading:
    return Reading((out,), tuple(word for word in told if word), mistake, id)


def _relu(v: Values, h: Hints) -> Iterator[Reading]:
    yield _one(np.maximum(v["x"], 0))


def _s(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def _sigmoid(v: Values, h: Hints) -> Iterator[Reading]:
    yield _one(_s(v["x"]))
    mistake = "the sign of the exponent is missing: it computes the sigmoid of -x"
    yield _one(1 / (1 + np.exp(v["x"])), mistake=mistake, id="sigmoid-sign-of-exponent")


def _tanh(v: Values, h: Hints) -> Iterator[Reading]:
    yield _one(np.tanh(v["x"]))


def _leaky(v: Values, h: Hints) -> Iterator[Reading]:
    for slope in dict.fromkeys([*h.settings.values(), *(c for c in h.constants if 0 < c < 1), 0.01, 0.1, 0.2]):
        yield _one(np.where(v["x"] > 0, v["x"], slope * v["x"]), f"slope {slope:g} below 0")


def _elu(v: Values, h: Hints) -> Iterator[Reading]:
    for alpha in dict.fromkeys([1.0, *h.settings.values(), *h.constants]):
        yield _one(np.where(v["x"] > 0, v["x"], alpha * np.expm1(np.minimum(v["x"], 0))), f"alpha {alpha:g}")


def _selu(v: Values, h: Hints) -> Iterator[Reading]:
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    for digits in (16, 10, 8, 7, 6, 5, 4, 3):
        a, b = round(scale, digits), round(alpha, digits)
        yield _one(a * np.where(v["x"] > 0, v["x"], b * np.expm1(np.minimum(v["x"], 0))))


def _gelu(v: Values, h: Hints) -> Iterator[Reading]:
    x = v["x"]
    yield _one(0.5 * x * (1 + ERF(x / math.sqrt(2))), "the exact form")
    for root in dict.fromkeys([math.sqrt(2 / math.pi), *(one for one in h.constants if 0.79 < one < 0.81)]):
        yield _one(0.5 * x * (1 + np.tanh(root * (x + 0.044715 * x**3))), "the form with tanh")
    yield _one(x * _s(1.702 * x), "the form with the sigmoid of 1.702 x")
    root = math.sqrt(2 / math.pi)
    for wrong in (one for one in h.constants if is_mistyped(one, 0.044715)):
        out = 0.5 * x * (1 + np.tanh(root * (x + wrong * x**3)))
        yield _one(out, mistake=f"the constant of x**3 is {wrong:g}; GELU's is 0.044715", id="mistyped-constant")
    for wrong in (one for one in h.constants if is_mistyped(one, 1.702)):
        yield _one(
            x * _s(wrong * x), mistake=f"x is multiplied by {wrong:g}; GELU's factor is 1.702", id="mistyped-constant"
        )
    for wrong in (one for one in h.constants if is_mistyped(one, root)):
        out = 0.5 * x * (1 + np.tanh(wrong * (x + 0.044715 * x**3)))
        yield _one(out, mistake=f"the factor is {wrong:g}; GELU's is sqrt(2 / pi) = {root:.6g}", id="mistyped-constant")


def is_mistyped(number: float, known: float) -> bool:
    """Whether a number is a known one with its point moved, a digit left out, doubled or changed, or two exchanged.

    A number that is rounded is none.

    >>> is_mistyped(0.44715, 0.044715), is_mistyped(0.0447, 0.044715), is_mistyped(0.044175, 0.044715), is_mistyped(0.5, 1.702)
    (True, False, True, False)
    """
    if number <= 0 or abs(number - known) < 5e-3 * known:
        return False
    mine, its = (f"{one:.5g}".replace(".", "").strip("0") for one in (number, known))
    if mine == its:
        return True
    if len(mine) < 3 or not 0.1 < number / known < 10:
        return False
    left_out = {its[:place] + its[place + 1 :] for place in range(len(its))}
    doubled = {mine[:place] + mine[place + 1 :] for place in range(len(mine))}
    exchanged = {its[:place] + its[place + 1] + its[place] + its[place + 2 :] for place in range(len(its) - 1)}
    is_changed = len(mine) == len(its) and sum(a != b for a, b in zip(mine, its, strict=True)) == 1
    return mine in left_out or its in doubled or mine in exchanged or is_changed


def _swish(v: Values, h: Hints) -> Iterator[Reading]:
    for beta in dict.fromkeys([1.0, *h.settings.values(), *h.constants]):
        yield _one(v["x"] * _s(beta * v["x"]), "" if beta == 1 else f"beta {beta:g}")


def _softplus(v: Values, h: Hints) -> Iterator[Reading]:
    yield _one(np.log1p(np.exp(v["x"])))


def _mish(v: Values, h: Hints) -> Iterator[Reading]:
    yield _one(v["x"] * np.tanh(np.log1p(np.exp(v["x"]))))


def _exp(v: Values, h: Hints) -> Iterator[Reading]:
    yield _one(np.exp(v["x"]))


def _square(v: Values, h: Hints) -> Iterator[Reading]:
    yield _one(v["x"] ** 2)


def _relu6(v: Values, h: Hints) -> Iterator[Reading]:
    yield _one(np.clip(4 * v["x"], 0, 6) / 4 if False else np.clip(v["x"], 0, 6))


def _hard_sigmoid(v: Values, h: Hints) -> Iterator[Reading]:
    yield _one(np.clip(0.2 * v["x"] + 0.5, 0, 1), "slope 0.2")
    yield _one(np.clip(v["x"] / 6 + 0.5, 0, 1), "slope 1/6")


def _axes(x: Array) -> list[tuple[int, str]]:
    return [(-1, "along each row"), (0, "along each column")]


def _softmax(v: Values, h: Hints) -> Iterator[Reading]:
    for axis, told in _axes(v["x"]):
        e = np.exp(v["x"])
        yield _one(e / e.sum(axis=axis, keepdims=True), told)
    e = np.exp(v["x"])
    mistake = "it divides by the sum of all numbers, not of each sample's"
    yield _one(e / e.sum(), mistake=mistake, id="softmax-over-everything")


def _log_softmax(v: Values, h: Hints) -> Iterator[Reading]:
    for axis, told in _axes(v["x"]):
        yield _one(v["x"] - np.log(np.exp(v["x"]).sum(axis=axis, keepdims=True)), told)


def _dropout(v: Values, h: Hints) -> Iterator[Reading]:
    """Read dropout from what came out: zeros, and the rest scaled by one factor."""
    x = v["x"]
    out = h.outputs[0] if h.outputs else None
    if out is None or out.shape != x.shape:
        return
    ratio = out / x
    zeros = ratio == 0
    share = float(zeros.mean())
    if not 0.03 < share < 0.97 or not np.isfinite(ratio).all():
        return
    scale = float(ratio[~zeros][0])
    if not np.allclose(ratio[~zeros], scale, rtol=1e-9):
        return
    by_scale = 1 - 1 / scale if scale > 1 else 0.0
    shares = [by_scale] if abs(by_scale - share) < SURE_OF_SHARE else _shares(h)
    drop = min(shares, key=lambda p: abs(p - share))
    if abs(drop - share) > 2 * SURE_OF_SHARE:
        return
    told = f"drops {drop:.3g} of the numbers"
    same_rows = bool((zeros == zeros[:1]).all())
    if same_rows:
        yield _one(out, told, mistake="the mask is the same for every sample", id="mask-shared")
    elif abs(scale * (1 - drop) - 1) < 1e-6:
        yield _one(out, told, "scales the others by 1/keep")
    elif abs(scale - 1) < 1e-9:
        yield _one(out, told, "does not scale the others, so inference has to")
    else:
        mistake = f"scales what is kept by {scale:.3g}; it has to be 1/keep = {1 / (1 - drop):.3g}"
        yield _one(out, told, mistake=mistake, id="wrong-scale")


def _shares(h: Hints) -> list[float]:
    """Return the shares of numbers that may be dropped: those in the settings and the code, and what is left of 1."""
    given = [p for p in (*h.settings.values(), *h.constants, 0.1, 0.2, 0.25, 0.3, 0.5) if 0 < p < 1]
    return [*given, *(1 - p for p in given)]
