"""Losses, under every usual average."""

from collections.abc import Callable, Iterator

import numpy as np

from pellucid.checker.recognising.form import Hints, LayerForm, Reading, Role, Sizes, Values, names
from pellucid.shapes import Array

__all__ = ["CROSS", "Terms", "averaged", "forms", "log_shares", "picked"]

CROSS = names("softmax.*(loss|cost|entropy|ce)", "crossentropy", "^ce", "xent", "nll", "cost", "loss", "cce")
BINARY = names("bce", "binary", "logloss", "logistic", "cost", "crossentropy", "loss")
SQUARES = names("mse", "square", "l2", "quadratic", "loss", "cost", "mean")
HINGE = names("hinge", "svm", "loss", "margin")
Terms = Callable[[Values, Hints], Iterator[tuple[Array, tuple[str, ...]]]]


def forms(s: Sizes) -> list[LayerForm]:
    """Return the forms of losses."""
    size = {"classes": s.m, "batch": s.n}
    scores, columns = Role("x", ((s.n, s.m),)), Role("x", ((s.m, s.n),))
    labels, onehot = Role("y", ((s.n,),), "labels"), Role("y", ((s.n, s.m),), "onehot")
    onehot_columns = Role("y", ((s.m, s.n),), "onehot columns")
    shares, shares_columns = (
        Role("x", ((s.n, s.m),), "probabilities"),
        Role("x", ((s.m, s.n),), "probabilities columns"),
    )
    targets, target_row = Role("y", ((s.n, s.m),), "weights"), Role("y", ((s.n,), (s.n, 1)), "weights")
    row, unit = Role("x", ((s.n,), (s.n, 1))), Role("x", ((s.n, s.m), (1, s.n), (s.n, 1)), "unit")
    binary = Role("y", ((s.n, s.m), (1, s.n), (s.n, 1)), "binary")
    line = Role("x", ((s.n,),), "unit")
    bits, signs = Role("y", ((s.n,),), "binary"), Role("y", ((s.n,), (s.n, 1)), "signs")

    def loss(
        kind: str, layout: str, roles: tuple[Role, ...], terms: Terms, pattern: str, axis: int = 0, **settings: float
    ) -> LayerForm:
        return LayerForm(kind, layout, roles, averaged(terms, axis), pattern, size, is_loss=True, settings=settings)

    return [
        loss("softmax cross-entropy", "of scores and integer labels", (scores, labels), _softmax_labels, CROSS),
        loss("softmax cross-entropy", "of scores and one-hot labels", (scores, onehot), _softmax_onehot(1), CROSS),
        loss(
            "softmax cross-entropy",
            "of scores and one-hot labels, a sample in each column",
            (columns, onehot_columns),
            _softmax_onehot(0),
            CROSS,
            1,
        ),
        loss("cross-entropy", "of probabilities and integer labels", (shares, labels), _share_labels, CROSS),
        loss("cross-entropy", "of probabilities and one-hot labels", (shares, onehot), _share_onehot(1), CROSS),
        loss(
            "cross-entropy",
            "of probabilities and one-hot labels, a sample in each column",
            (shares_columns, onehot_columns),
            _share_onehot(0),
            CROSS,
            1,
        ),
        loss("binary cross-entropy", "of probabilities", (unit, binary), _binary, BINARY, 1),
        loss("binary cross-entropy", "of probabilities", (line, bits), _binary, BINARY),
        loss("binary cross-entropy", "of scores", (Role("x", unit.shapes), binary), _binary_scores, BINARY, 1),
        loss("squared error", "", (scores, targets), _squares, SQUARES),
        loss("squared error", "of one output", (row, target_row), _squares, SQUARES),
        loss(
            "absolute error",
            "",
            (scores, targets),
            lambda v, h: iter([(np.abs(v["x"] - v["y"]), ())]),
            names("mae", "l1", "abs"),
        ),
        loss("Huber loss", "", (scores, targets), _huber, names("huber", "smooth"), delta=0.6),
        loss("multiclass hinge loss (SVM)", "of scores and integer labels", (scores, labels), _svm, HINGE),
        loss(
            "hinge loss",
            "of scores and labels -1 and 1",
            (row, signs),
            lambda v, h: iter([(np.maximum(0, 1 - v["x"] * v["y"]), ())]),
            HINGE,
        ),
    ]


def averaged(terms: Terms, axis: int):  # type: ignore[no-untyped-def]
    """Return readings of a loss from its terms, one for each sample or number: every usual average of them."""

    def read(v: Values, h: Hints) -> Iterator[Reading]:
        for each, told in terms(v, h):
            n = v["x"].shape[axis if v["x"].ndim > 1 else 0] if v["x"].shape[0] != 1 else v["x"].size
            counts = dict.fromkeys((n, len(v["x"])))
            for half, how in ((1.0, ()), (0.5, ("halved",))):
                for count in counts:
                    yield Reading((np.asarray(half * each.sum() / count),), (*told, *how, "averaged over the batch"))
                yield Reading((np.asarray(half * each.sum()),), (*told, *how, "summed over the batch"))
                yield Reading((np.asarray(half * each.mean()),), (*told, *how, "averaged over all numbers"))
                if each.ndim == 1:
                    yield Reading((half * each,), (*told, *how, "one loss for each sample"))
                else:
                    yield Reading((half * each.sum(axis=-1),), (*told, *how, "one loss for each sample"))
                    yield Reading((half * each.mean(axis=-1),), (*told, *how, "averaged over each sample's outputs"))
                    yield Reading((half * each,), (*told, *how, "one loss for each number"))

    return read


def picked(share: Array, y: Array) -> Array:
    """Return each sample's entry of its label."""
    return share[np.arange(len(y)), y.astype(int).ravel()]


def log_shares(x: Array) -> Array:
    """Return the log of the softmax over the last axis."""
    top = x - x.max(axis=-1, keepdims=True)
    return np.asarray(top - np.log(np.exp(top).sum(axis=-1, keepdims=True)))


def _shares(x: Array, axis: int) -> Array:
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return np.asarray(e / e.sum(axis=axis, keepdims=True))


def _small(h: Hints) -> list[float]:
    return [0.0, *h.eps()]


def _logs(share: Array, h: Hints) -> Iterator[tuple[Array, tuple[str, ...]]]:
    for eps in _small(h):
        yield np.log(share + eps), (f"log of the probability + {eps:g}",) if eps else ()


def _softmax_labels(v: Values, h: Hints) -> Iterator[tuple[Array, tuple[str, ...]]]:
    for logs, told in _logs(_shares(v["x"], 1), h):
        yield -picked(logs, v["y"]), told


def _softmax_onehot(axis: int) -> Terms:
    def terms(v: Values, h: Hints) -> Iterator[tuple[Array, tuple[str, ...]]]:
        for logs, told in _logs(_shares(v["x"], axis), h):
            yield -(v["y"] * logs).sum(axis=axis), told

    return terms


def _share_labels(v: Values, h: Hints) -> Iterator[tuple[Array, tuple[str, ...]]]:
    for logs, told in _logs(v["x"], h):
        yield -picked(logs, v["y"]), told


def _share_onehot(axis: int) -> Terms:
    def terms(v: Values, h: Hints) -> Iterator[tuple[Array, tuple[str, ...]]]:
        for logs, told in _logs(v["x"], h):
            yield -(v["y"] * logs).sum(axis=axis), told

    return terms


def _binary(v: Values, h: Hints) -> Iterator[tuple[Array, tuple[str, ...]]]:
    p, y = v["x"], v["y"]
    for eps in _small(h):
        yield (
            -(y * np.log(p + eps) + (1 - y) * np.log(1 - p + eps)),
            (f"log of the probability + {eps:g}",) if eps else (),
        )


def _binary_scores(v: Values, h: Hints) -> Iterator[tuple[Array, tuple[str, ...]]]:
    yield np.logaddexp(0, v["x"]) - v["x"] * v["y"], ()


def _squares(v: Values, h: Hints) -> Iterator[tuple[Array, tuple[str, ...]]]:
    yield (v["x"] - v["y"]) ** 2, ()


def _huber(v: Values, h: Hints) -> Iterator[tuple[Array, tuple[str, ...]]]:
    a = np.abs(v["x"] - v["y"])
    for delta in dict.fromkeys([1.0, *h.settings.values(), *(c for c in h.constants if c > 0)]):
        yield np.where(a <= delta, 0.5 * a**2, delta * (a - 0.5 * delta)), (f"delta {delta:g}",)


def _svm(v: Values, h: Hints) -> Iterator[tuple[Array, tuple[str, ...]]]:
    margins = np.maximum(0, v["x"] - picked(v["x"], v["y"])[:, None] + 1)
    margins[np.arange(len(margins)), v["y"]] = 0
    yield margins.sum(axis=1), ()
