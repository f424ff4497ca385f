"""Scaled dot-product attention, of one sequence and of a batch, with masks in every convention, and with known mistakes."""

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from pellucid.checker.recognising.form import Held, Hints, LayerForm, Reading, Role, Sizes, Values, names
from pellucid.checker.recognising.plain import is_same
from pellucid.shapes import Array

__all__ = ["ATTENTION", "MASKS", "Attended", "AttentionWay", "attend", "forms", "held_parts", "is_kept", "ways"]

ATTENTION = names("attention", "attn", "sdpa")
MASKS = {
    "causal mask": "a mask that is true where a query may look",
    "hidden mask": "a mask that is true where a query may not look",
    "additive mask": "a mask that is added to the scores",
}


class AttentionWay(NamedTuple):
    """How attention is computed: with the usual scale, or with a convention or mistake."""

    scale: str = "head"  # 1/sqrt of a head's width; none, width (of all heads), squared
    axis: int = -1  # of the softmax
    masked: str = "before"  # after: shares are set to 0 and no longer add up to 1; to-zero: scores are
    told: tuple[str, ...] = ()
    mistake: str = ""
    id: str = ""
    correct: str = ""


class Attended(NamedTuple):
    """What attention computes on its way."""

    scores: Array  # before the mask
    total: Array  # of the exponentials
    shares: Array
    out: Array


CORRECT = "softmax(q @ k.T / sqrt(d), axis=-1) @ v"
WAYS = (
    AttentionWay(),
    AttentionWay(scale="none", told=("scores are not scaled by 1/sqrt(d)",)),
    AttentionWay(
        scale="squared", mistake="scores are divided by d, not by its square root", id="scale-no-root", correct=CORRECT
    ),
    AttentionWay(
        axis=-2,
        mistake="the softmax runs over the queries: the shares of one query have to add up to 1, over the keys",
        id="softmax-over-queries",
        correct=CORRECT,
    ),
    AttentionWay(
        scale="none",
        axis=-2,
        told=("scores are not scaled by 1/sqrt(d)",),
        mistake="the softmax runs over the queries: the shares of one query have to add up to 1, over the keys",
        id="softmax-over-queries",
        correct=CORRECT,
    ),
)
OF_HEADS = AttentionWay(
    scale="width",
    mistake="scores are scaled by the root of the whole width, not of one head's",
    id="scale-of-all-heads",
    correct="q @ k.T / sqrt(d_head)",
)
OF_MASKS = (
    AttentionWay(
        masked="after",
        mistake="the mask comes after the softmax: what is left of the shares does not add up to 1",
        id="mask-after-softmax",
        correct="scores = where(mask, scores, -inf), then softmax",
    ),
    AttentionWay(
        masked="to-zero",
        mistake="masked scores are set to 0, which is no small number: exp(0) = 1",
        id="mask-with-zero",
        correct="scores = where(mask, scores, -inf), then softmax",
    ),
)


def ways(*, has_heads: bool, has_mask: bool) -> Iterator[AttentionWay]:
    """Yield how attention may be computed, the right ways first."""
    yield from WAYS[:2]
    if has_mask:
        yield from OF_MASKS
    if has_heads:
        yield OF_HEADS
    yield from WAYS[2:]


def is_kept(mask: Array | None, shape: tuple[int, ...], content: str) -> Array:
    """Return where scores count, spread over the axes before the queries."""
    if mask is None:
        return np.ones(shape, bool)
    kept = mask >= 0 if content == "additive mask" else mask == 0 if content == "hidden mask" else mask > 0
    if kept.ndim == 2 and kept.shape != shape[-2:] and len(shape) > 2:  # (N, keys)
        kept = kept.reshape(len(kept), *([1] * (len(shape) - 2)), -1)
    if kept.ndim == 3 and len(shape) == 4:  # (N, queries, keys)
        kept = kept[:, None]
    return np.asarray(np.broadcast_to(kept, shape))


def attend(
    q: Array, k: Array, v: Array, kept: Array, way: AttentionWay, width: int, base: Mapping[str, Array] | None = None
) -> Attended:
    """Return attention's parts. base: parts that are held fixed: "total", or "scores" to be moved without their scale."""
    scale = {
        "head": 1 / math.sqrt(q.shape[-1]),
        "none": 1.0,
        "squared": 1 / q.shape[-1],
        "width": 1 / math.sqrt(width),
    }[way.scale]
    scores = q @ np.swapaxes(k, -1, -2) * scale
    if base and "scores" in base:
        scores = base["scores"] + (scores - base["scores"]) / scale
    hidden = {"before": -np.inf, "to-zero": 0.0, "after": None}[way.masked]
    shown = scores if hidden is None else np.where(kept, scores, hidden)
    top = np.where(kept, scores, -np.inf).max(axis=way.axis, keepdims=True)
    e = np.exp(shown - np.where(np.isfinite(top), top, 0.0) if not base else shown)
    total = e.sum(axis=way.axis, keepdims=True)
    shares = e / (base["total"] if base and "total" in base else total)
    if way.masked == "after":
        shares = np.where(kept, shares, 0.0)
    return Attended(scores, np.exp(shown).sum(axis=way.axis, keepdims=True), shares, shares @ v)


def held_parts(parts: Attended) -> Iterator[tuple[str, str, Mapping[str, Array], str]]:
    """Yield what a backward of attention may leave out: code, title, what is held, and the right formula."""
    yield (
        "softmax-sum",
        "lacks the sum in the derivative of the softmax: each share depends on all scores of its query",
        {"total": parts.total},
        "dscores = shares * (dshares - (dshares * shares).sum(axis=-1, keepdims=True))",
    )
    yield (
        "scale-missing",
        "lacks the scale 1/sqrt(d) of the scores",
        {"scores": parts.scores},
        "dq = dscores @ k / sqrt(d)",
    )


def forms(s: Sizes) -> list[LayerForm]:
    """Return the forms of scaled dot-product attention; those with a mask first."""
    found = []
    for batch, told in (((), "of one sequence"), ((s.c,), "of a batch"), ((s.c, 2), "of a batch with heads")):
        roles = tuple(
            Role(name, ((*batch, rows, width),), "weights")
            for name, rows, width in (("q", s.n, s.d), ("k", s.f, s.d), ("v", s.f, s.m))
        )
        for content, meaning in (*MASKS.items(), ("", "")):
            shapes = ((s.n, s.f), (*batch, s.n, s.f)) if batch else ((s.n, s.f),)
            mask = (Role("mask", shapes, content),) if content else ()
            found.append(
                LayerForm(
                    "scaled dot-product attention",
                    f"{told}, {meaning}" if content else told,
                    (*roles, *mask),
                    _read(content),
                    ATTENTION,
                    {"dim": s.d},
                    outputs=2,
                    needs=r"\w*mask\w*" if content else "",
                    held=_held(content),
                    is_by_name=bool(content) or len(batch) > 1,
                )
            )
    return found


def _plans(v: Values, content: str) -> Iterator[tuple[AttentionWay, Array, tuple[str, ...]]]:
    shape = (*v["q"].shape[:-1], v["k"].shape[-2])
    for way in ways(has_heads=False, has_mask=bool(content)):
        yield way, is_kept(v.get("mask"), shape, content), ()
    if not content and shape[-1] == shape[-2]:
        for way in ways(has_heads=False, has_mask=True):
            yield way, np.broadcast_to(np.tril(np.ones(shape[-2:], bool)), shape), ("causal",)


def _read(content: str):  # type: ignore[no-untyped-def]
    def read(v: Values, h: Hints) -> Iterator[Reading]:
        for way, kept, told in _plans(v, content):
            parts = attend(v["q"], v["k"], v["v"], kept, way, v["q"].shape[-1])
            both = ((parts.out, parts.shares),) if len(h.outputs) > 1 else ()
            for outputs in (*both, (parts.out,)):
                yield Reading(outputs, (*told, *way.told), way.mistake, way.id, way.correct)

    return read


def _held(content: str):  # type: ignore[no-untyped-def]
    def held(v: Values, reading: Reading) -> Iterator[Held]:
        for way, kept, _ in _plans(v, content):
            parts = attend(v["q"], v["k"], v["v"], kept, way, v["q"].shape[-1])
            if not is_same(parts.out, reading.outputs[0]):
                continue
            for id, title, base, correct in held_parts(parts):

                def forward(
                    values: Values, base: Mapping[str, Array] = base, way: AttentionWay = way, kept: Array = kept
                ) -> tuple[Array, ...]:
                    done = attend(values["q"], values["k"], values["v"], kept, way, values["q"].shape[-1], base)
                    return (done.out,)

                yield Held(id, title, forward, correct)
            return

    return held
