"""Norms over other axes than those of a matrix: the last two, channels of images, groups of channels, sequences."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pellucid.checker.recognising.form import Held, Hints, LayerForm, Reading, Role, Sizes, Values, names
from pellucid.checker.recognising.plain import is_same
from pellucid.checker.recognising.readings.normalization import BATCH, LAYER, normalized
from pellucid.shapes import Array

__all__ = ["forms"]

INSTANCE, GROUP, RMS = names("instance", "^in(norm)?$"), names("group", "^gn"), "rms(?!prop)"
CHANNELS, GROUPS = 4, 2
CORRECT = "inv_std * (g - g.mean(axis) - x_hat * (g * x_hat).mean(axis)), with g = dout * gamma"


def forms(s: Sizes) -> list[LayerForm]:
    """Return the forms of norms over other axes, with gamma and beta and without."""
    c, steps, images = CHANNELS, (s.n, s.t, s.d), (s.n, CHANNELS, s.h - 2, s.w - 2)
    of_channels = ((c,), (1, c, 1, 1), (c, 1, 1))
    kinds = (
        ("layer norm", "over the last axis of (N, T, D)", steps, (2,), (1, 1, -1), ((s.d,), (1, 1, s.d)), LAYER, s.d),
        ("layer norm", "over the last two axes", steps, (1, 2), (1, s.t, s.d), ((s.t, s.d),), LAYER, s.d),
        ("layer norm", "over each image (C, H, W)", images, (1, 2, 3), (1, *images[1:]), (images[1:],), LAYER, c),
        ("layer norm", "over each image, gamma by channels", images, (1, 2, 3), (1, -1, 1, 1), of_channels, LAYER, c),
        ("layer norm", "over the channels of (N, C, H, W)", images, (1,), (1, -1, 1, 1), of_channels, LAYER, c),
        ("instance norm", "of images (N, C, H, W)", images, (2, 3), (1, -1, 1, 1), of_channels, INSTANCE, c),
        ("batch norm", "of sequences (N, T, D)", steps, (0, 1), (1, 1, -1), ((s.d,), (1, 1, s.d)), BATCH, s.d),
        ("batch norm", "of sequences (N, C, L)", steps, (0, 2), (1, -1, 1), ((s.t,), (1, s.t, 1)), BATCH, s.t),
    )
    found = []
    for with_gamma in (True, False):
        for kind, layout, shape, axes, spread, shapes, pattern, features in kinds:
            roles = [Role("x", (shape,))]
            if with_gamma:
                roles += [Role("gamma", shapes, "positive"), Role("beta", shapes, "weights")]
            size: dict[str, Any] = {"features": features, "channels": features}
            if pattern == LAYER:
                size = {"shape": shapes[0] if len(shapes[0]) > 1 else features, "features": features, "dim": features}
            found.append(
                LayerForm(
                    kind, layout if with_gamma else f"{layout}, without gamma and beta", tuple(roles),
                    normalized(axes, spread), pattern, size, is_by_name=True, held=_held(axes, spread),
                )
            )  # fmt: skip
        found.append(_group_norm(images, with_gamma=with_gamma))
    gamma = Role("gamma", ((s.d,), (1, 1, s.d)), "positive")
    size = {"features": s.d, "dim": s.d}
    found.append(
        LayerForm(
            "RMS norm",
            "over the last axis of (N, T, D)",
            (Role("x", (steps,)), gamma),
            _rms,
            RMS,
            size,
            is_by_name=True,
        )
    )
    return found


def _group_norm(shape: tuple[int, ...], *, with_gamma: bool) -> LayerForm:
    shapes = ((CHANNELS,), (1, CHANNELS, 1, 1), (CHANNELS, 1, 1))
    roles = [Role("x", (shape,))]
    if with_gamma:
        roles += [Role("gamma", shapes, "positive"), Role("beta", shapes, "weights")]
    size = {"groups": GROUPS, "features": CHANNELS, "channels": CHANNELS}
    layout = "of images (N, C, H, W)" + ("" if with_gamma else ", without gamma and beta")
    settings = {"groups": GROUPS}
    return LayerForm(
        "group norm", layout, tuple(roles), _groups, GROUP, size, settings, is_by_name=True, held=_held_in_groups
    )


def _grouped(v: Values) -> dict[str, Array]:
    """Return an input in groups (N, groups, C / groups, H, W), gamma and beta as (1, groups, C / groups, 1, 1)."""
    x = v["x"]
    spread = (1, GROUPS, CHANNELS // GROUPS, 1, 1)
    parts = {name: v[name].reshape(spread) for name in ("gamma", "beta") if name in v}
    return {"x": x.reshape(len(x), GROUPS, -1, *x.shape[2:]), **parts}


SPREAD = (1, GROUPS, CHANNELS // GROUPS, 1, 1)


def _groups(v: Values, h: Hints) -> Iterator[Reading]:
    for one in normalized((2, 3, 4), SPREAD)(_grouped(v), h):
        out = one.outputs[0].reshape(v["x"].shape)
        yield Reading((out,), (f"{GROUPS} groups", *one.told), one.mistake, one.id, one.correct)


def _held_in_groups(v: Values, reading: Reading) -> Iterator[Held]:
    shape = _grouped(v)["x"].shape
    inside = Reading((reading.outputs[0].reshape(shape),), reading.told)
    for held in _held((2, 3, 4), SPREAD)(_grouped(v), inside):

        def forward(values: Values, held: Held = held) -> tuple[Array, ...]:
            return (held.forward(_grouped(values))[0].reshape(values["x"].shape),)

        yield Held(held.id, held.title, forward, held.correct)


def _held(axes: tuple[int, ...], spread: tuple[int, ...]) -> Callable[[Values, Reading], Iterator[Held]]:
    """Return what a backward of a norm may leave out."""

    def held(v: Values, reading: Reading) -> Iterator[Held]:
        mean = v["x"].mean(axis=axes, keepdims=True)
        var = v["x"].var(axis=axes, keepdims=True)
        known = [float(word.split()[1]) for word in reading.told if word.startswith("eps ")]
        eps = known[0] if known else 0.0

        def norm(values: Values, mean: Array | None, var: Array | None, gamma: Array | None) -> Array:
            x = values["x"]
            own = x.mean(axis=axes, keepdims=True)
            centred = x - (own if mean is None else mean)
            y = centred / np.sqrt((x.var(axis=axes, keepdims=True) if var is None else var) + eps)
            if "gamma" not in values:
                return np.asarray(y)
            weights = values["gamma"] if gamma is None else gamma
            return np.asarray(y * weights.reshape(spread) + values["beta"].reshape(spread))

        if not is_same(norm(v, None, None, None), reading.outputs[0], 1e-6):
            return
        both = "both depend on every number that is normalized together"
        for id, title, means, variances, gamma in (
            ("no-paths", f"lacks what flows back through the mean and the variance: {both}", mean, var, None),
            ("no-var", "lacks what flows back through the variance", None, var, None),
            ("no-mean", "lacks what flows back through the mean", mean, None, None),
            ("no-gamma", "lacks the factor gamma", None, None, np.ones_like(v["gamma"]) if "gamma" in v else None),
        ):
            if id != "no-gamma" or gamma is not None:
                yield Held(id, title, lambda values, m=means, s=variances, g=gamma: (norm(values, m, s, g),), CORRECT)  # type: ignore[misc]

    return held


def _rms(v: Values, h: Hints) -> Iterator[Reading]:
    x, gamma = v["x"], v["gamma"].ravel()
    square = (x**2).mean(axis=-1, keepdims=True)
    for eps in h.eps():
        yield Reading((x / np.sqrt(square + eps) * gamma,), (f"eps {eps:g}",))
        mistake = "eps stands outside the square root: sqrt(mean(x**2)) + eps"
        outputs = (x / (np.sqrt(square) + eps) * gamma,)
        yield Reading(outputs, (f"eps {eps:g}",), mistake, "eps-outside-root", "x / sqrt(mean(x**2) + eps)")
    wrong = x / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5) * gamma
    yield Reading(
        (wrong,),
        (),
        "it divides by the standard deviation, not by the root of the mean square",
        "rms-of-centred",
        "x / sqrt(mean(x**2) + eps)",
    )
