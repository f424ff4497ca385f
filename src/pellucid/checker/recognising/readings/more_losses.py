"""Losses besides the everyday ones: KL divergence, cross-entropy with weights or labels to ignore, focal, cosine, triplet."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from pellucid.checker.recognising.form import Hints, LayerForm, Reading, Role, Sizes, Values, names
from pellucid.checker.recognising.readings.losses import CROSS, averaged, log_shares, picked
from pellucid.shapes import Array

__all__ = ["forms"]

KL = names("kl", "kullback", "diverg", "relativeentropy", "vae", "distill")
FOCAL, COSINE, TRIPLET = "focal", "cos", "triplet"
CONTRASTIVE = names("contrast", "siamese")
IGNORED = (-100, -1, 0)
Terms = Iterator[tuple[Array, tuple[str, ...]]]
Averages = Callable[[Values, Hints], Iterator[Reading]]


def forms(s: Sizes) -> list[LayerForm]:
    """Return the forms of further losses."""
    return [*_divergences(s), *_cross_entropies(s), *_focal(s), *_distances(s)]


def _loss(
    kind: str, layout: str, roles: Sequence[Role], read: Averages, pattern: str, s: Sizes, **more: object
) -> LayerForm:
    size = {"classes": s.m, "batch": s.n}
    return LayerForm(kind, layout, tuple(roles), read, pattern, size, is_loss=True, is_by_name=True, **more)  # type: ignore[arg-type]


def _divergences(s: Sizes) -> list[LayerForm]:
    shape = ((s.n, s.m),)
    p, q = Role("kl_p", shape, "probabilities"), Role("kl_q", shape, "probabilities")
    logs, log_target = Role("x", shape, "log probabilities"), Role("y", shape, "log probabilities")
    mu, logvar, sigma = Role("mu", shape), Role("logvar", shape, "weights"), Role("sigma", shape, "positive")
    gaussian = "KL divergence of a Gaussian from the standard one"
    return [
        _loss("KL divergence", "of two distributions", (q, p), _mean_of("kl_q", _kl), KL, s),
        _loss("KL divergence", "of log-probabilities from a distribution", (logs, Role("y", shape, "probabilities")),
              _mean_of("x", lambda v, h: iter([(v["y"] * (np.log(v["y"]) - v["x"]), ("p * (log(p) - input)",))])), KL, s),
        _loss("KL divergence", "of log-probabilities from log-probabilities", (logs, log_target),
              _mean_of("x", lambda v, h: iter([(np.exp(v["y"]) * (v["y"] - v["x"]), ("exp(target) * (target - input)",))])),
              KL, s),
        _loss(gaussian, "by mean and log of the variance", (mu, logvar), _mean_of("mu", _gaussian), KL, s),
        _loss(gaussian, "by mean and standard deviation", (mu, sigma), _mean_of("mu", _gaussian_of_sigma), KL, s),
    ]  # fmt: skip


def _mean_of(first: str, terms: Callable[[Values, Hints], Terms]) -> Averages:
    """Return every average of terms, over the samples of a role."""
    read = averaged(terms, 0)
    return lambda v, h: read({**v, "x": v[first]}, h)


def _kl(v: Values, h: Hints) -> Terms:
    p, q = v["kl_p"], v["kl_q"]
    for eps in (0.0, *h.eps()):
        logs = np.log(p + eps) - np.log(q + eps)
        told = (f"log of the probability + {eps:g}",) if eps else ()
        yield p * logs, ("KL(p || q), the sum of p * log(p / q)", *told)
        yield -q * logs, ("KL(q || p), the sum of q * log(q / p)", *told)
        if eps:
            yield (
                p * np.log(p / (q + eps)),
                ("KL(p || q), the sum of p * log(p / q)", f"eps {eps:g} in the denominator"),
            )


def _gaussian(v: Values, h: Hints) -> Terms:
    yield 0.5 * (np.exp(v["logvar"]) + v["mu"] ** 2 - 1 - v["logvar"]), ()


def _gaussian_of_sigma(v: Values, h: Hints) -> Terms:
    yield 0.5 * (v["sigma"] ** 2 + v["mu"] ** 2 - 1) - np.log(v["sigma"]), ()


def _cross_entropies(s: Sizes) -> list[LayerForm]:
    scores, labels = Role("x", ((s.n, s.m),)), Role("y", ((s.n,),), "labels")
    onehot, weights = Role("y", ((s.n, s.m),), "onehot"), Role("cw", ((s.m,), (1, s.m)), "class weights")
    sequence = Role("x", ((s.n, s.t, s.m),))
    over_time, mask = Role("y", ((s.n, s.t),), "labels"), Role("mask", ((s.n, s.t),), "binary")
    kind, smoothing = "softmax cross-entropy", {"smoothing": 0.1}
    needs_weights = r"(class_?)?weights?|class_w\w*|cw|alpha|w"
    found = [
        _loss(kind, "with a weight for each class", (scores, target, weights), _weighted, CROSS, s, needs=needs_weights)
        for target in (labels, onehot)
    ]
    found += [
        _loss(kind, "with label smoothing", (scores, target), _smoothed, CROSS, s, settings=smoothing,
              needs=r"\w*smooth\w*|eps|epsilon|alpha|ls")
        for target in (labels, onehot)
    ]  # fmt: skip
    found += [
        _loss(kind, f"with {ignored} as a label to ignore", (scores, Role("y", ((s.n,),), f"labels with {ignored}")),
              _ignoring(ignored), CROSS, s, settings={"ignore": ignored}, needs=r"ignore\w*|pad(ding)?_\w+|pad|null")
        for ignored in IGNORED
    ]  # fmt: skip
    found.append(
        _loss(kind, "over time, with a mask", (sequence, over_time, mask), _over_time, CROSS, s, needs=r"mask|valid")
    )
    found.append(_loss(kind, "over time", (sequence, over_time), _over_time, CROSS, s))
    return found


def _of_labels(v: Values) -> Array:
    y = v["y"]
    return y if y.shape == v["x"].shape else np.eye(v["x"].shape[-1])[y.astype(int).ravel()]


def _weighted(v: Values, h: Hints) -> Iterator[Reading]:
    onehot, weights = _of_labels(v), v["cw"].ravel()
    own = (onehot * weights).sum(axis=1)
    each = -(onehot * weights * log_shares(v["x"])).sum(axis=1)
    yield Reading((np.asarray(each.sum() / own.sum()),), ("divided by the sum of the weights",))
    yield Reading((np.asarray(each.mean()),), ("divided by the number of samples",))
    yield Reading((np.asarray(each.sum()),), ("summed over the batch",))


def _smoothed(v: Values, h: Hints) -> Iterator[Reading]:
    onehot, logs, n = _of_labels(v), log_shares(v["x"]), v["x"].shape[1]
    for share in dict.fromkeys([*(h.settings[k] for k in ("smoothing",) if k in h.settings), *h.constants, 0.1]):
        if not 0 < share < 1:
            continue
        spread = (
            ((1 - share) * onehot + share / n, "spread over all classes"),
            ((1 - share) * onehot + share / (n - 1) * (1 - onehot), "spread over the other classes"),
        )
        for target, told in spread:
            each = -(target * logs).sum(axis=1)
            yield Reading((np.asarray(each.mean()),), (f"smoothing {share:g}", told, "averaged over the batch"))
            yield Reading((np.asarray(each.sum()),), (f"smoothing {share:g}", told, "summed over the batch"))
        wrong = -(((1 - share) * onehot + share * (1 - onehot)) * logs).sum(axis=1)
        for loss, told in ((wrong.mean(), "averaged over the batch"), (wrong.sum(), "summed over the batch")):
            mistake = "the smoothed labels do not add up to 1: the share is not divided among the classes"
            correct = "(1 - s) * onehot + s / C"
            how = (f"smoothing {share:g}", "spread over the other classes", told)
            yield Reading((np.asarray(loss),), how, mistake, "smoothing-not-shared", correct)


def _ignoring(ignored: int) -> Averages:
    def read(v: Values, h: Hints) -> Iterator[Reading]:
        y = v["y"].astype(int)
        kept = y != ignored
        each = -picked(log_shares(v["x"]), np.where(kept, y, 0)) * kept
        count = max(1, int(kept.sum()))
        yield Reading((np.asarray(each.sum() / count),), ("averaged over the labels that count",))
        yield Reading((np.asarray(each.sum()),), ("summed over the labels that count",))
        yield Reading((each,), ("one loss for each sample",))
        yield Reading((np.asarray(each.mean()),), ("divided by all samples, those to ignore included",))

    return read


def _over_time(v: Values, h: Hints) -> Iterator[Reading]:
    n, t, c = v["x"].shape
    y = v["y"].astype(int).ravel()
    mask = v["mask"].ravel() if "mask" in v else np.ones(n * t)
    each = -picked(log_shares(v["x"]).reshape(-1, c), y) * mask
    for count, told in (
        (n, "averaged over the batch, summed over time"),
        (mask.sum(), "averaged over the steps that count"),
        (n * t, "averaged over all steps"),
        (1, "summed over all steps"),
    ):
        yield Reading((np.asarray(each.sum() / count),), (told,))


def _focal(s: Sizes) -> list[LayerForm]:
    settings = {"focusing": 2.0, "balance": 0.25}
    unit, binary = Role("x", ((s.n,), (s.n, 1)), "unit"), Role("y", ((s.n,), (s.n, 1)), "binary")
    scores, labels = Role("x", ((s.n, s.m),)), Role("y", ((s.n,),), "labels")
    onehot, shares = Role("y", ((s.n, s.m),), "onehot"), Role("x", ((s.n, s.m),), "probabilities")

    def focal(layout: str, roles: Sequence[Role], right: Callable[[Values], tuple[Array, Array]]) -> LayerForm:
        return _loss("focal loss", layout, roles, averaged(_focused(right), 0), FOCAL, s, settings=settings)

    def of_two(p: Array, y: Array) -> tuple[Array, Array]:
        return np.where(y > 0, p, 1 - p), y

    return [
        focal("of probabilities, two classes", (unit, binary), lambda v: of_two(v["x"], v["y"])),
        focal("of scores, two classes", (Role("x", unit.shapes), binary), lambda v: of_two(1 / (1 + np.exp(-v["x"])), v["y"])),
        focal("of scores and integer labels", (scores, labels), lambda v: (picked(np.exp(log_shares(v["x"])), v["y"]), v["y"])),
        focal("of scores and one-hot labels", (scores, onehot),
              lambda v: ((np.exp(log_shares(v["x"])) * v["y"]).sum(axis=1), np.ones(len(v["x"])))),
        focal("of probabilities and integer labels", (shares, labels), lambda v: (picked(v["x"], v["y"]), v["y"])),
    ]  # fmt: skip


def _focused(right: Callable[[Values], tuple[Array, Array]]):  # type: ignore[no-untyped-def]
    def terms(v: Values, h: Hints) -> Terms:
        p, y = right(v)
        powers = [h.settings["focusing"]] if "focusing" in h.settings else [2.0, *h.constants]
        shares = [h.settings["balance"]] if "balance" in h.settings else [None, 0.25, 1.0, *h.constants]
        for power in dict.fromkeys(powers):
            for share in dict.fromkeys(shares):
                told = (f"gamma {power:g}", *(() if share is None else (f"alpha {share:g}",)))
                for eps in (0.0, *h.eps()[:4]):
                    each = -((1 - p) ** power) * np.log(p + eps)
                    if share is None:
                        yield each, told
                        continue
                    yield np.where(y > 0, share, 1 - share) * each, told
                    yield share * each, told

    return terms


def _distances(s: Sizes) -> list[LayerForm]:
    shape = ((s.n, s.m),)
    one, other = Role("x", shape), Role("y", shape, "weights")
    anchor, positive, negative = (
        Role(name, shape, kind)
        for name, kind in (("anchor", "spread"), ("positive", "weights"), ("negative", "weights"))
    )
    first, second, bits = Role("x1", shape), Role("x2", shape, "weights"), Role("y", ((s.n,),), "binary")
    margin = {"margin": 1.0}
    return [
        _loss("cosine loss", "", (one, other), averaged(_cosine, 0), COSINE, s),
        _loss("triplet loss", "", (anchor, positive, negative), _mean_of("anchor", _triplet), TRIPLET, s, settings=margin),
        _loss("contrastive loss", "", (first, second, bits), _mean_of("x1", _contrastive), CONTRASTIVE, s, settings=margin),
        _loss("log-cosh loss", "", (one, other), averaged(_log_cosh, 0), "cosh", s),
    ]  # fmt: skip


def _log_cosh(v: Values, h: Hints) -> Terms:
    yield np.log(np.cosh(v["x"] - v["y"])), ()


def _cosine(v: Values, h: Hints) -> Terms:
    x, y = v["x"], v["y"]
    dot, norms = (x * y).sum(axis=1), np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    for eps in (0.0, *h.eps()):
        told = (f"eps {eps:g}",) if eps else ()
        yield 1 - dot / (norms + eps), ("1 - the cosine", *told)
        yield -dot / (norms + eps), ("minus the cosine", *told)
        yield dot / (norms + eps), ("the cosine itself, no loss", *told)


def _margins(h: Hints) -> Sequence[float]:
    return [h.settings["margin"]] if "margin" in h.settings else list(dict.fromkeys([1.0, 0.2, 0.5, *h.constants]))


def _triplet(v: Values, h: Hints) -> Terms:
    near, far = v["anchor"] - v["positive"], v["anchor"] - v["negative"]
    squares = tuple((d**2).sum(axis=1) for d in (near, far))
    for margin in _margins(h):
        yield np.maximum(0, squares[0] - squares[1] + margin), ("squared distances", f"margin {margin:g}")
        yield np.maximum(0, np.sqrt(squares[0]) - np.sqrt(squares[1]) + margin), ("distances", f"margin {margin:g}")


def _contrastive(v: Values, h: Hints) -> Terms:
    square = ((v["x1"] - v["x2"]) ** 2).sum(axis=1)
    for margin in _margins(h):
        apart = np.maximum(0, margin - np.sqrt(square)) ** 2
        for y, told in ((v["y"], "1 for pairs that belong together"), (1 - v["y"], "0 for pairs that belong together")):
            yield y * square + (1 - y) * apart, (told, f"margin {margin:g}")
