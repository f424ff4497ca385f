"""Multi-head attention: projections apart or joined, with or without biases, over itself or another sequence, with masks."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.checker.recognising.form import Held, Hints, LayerForm, Reading, Role, Sizes, Values, names
from pellucid.checker.recognising.plain import is_same
from pellucid.checker.recognising.readings.attention import (
    MASKS,
    Attended,
    AttentionWay,
    attend,
    held_parts,
    is_kept,
    ways,
)
from pellucid.shapes import Array

__all__ = ["forms"]

CALLED = names("attention", "attn", "mha", "multihead")
HEADS, WIDTH = 2, 10  # with 4 samples and 3 steps, no two sizes are the same
MIXED = "the heads are cut out of the rows: (N, T, E) has to become (N, T, heads, d) and then be transposed"


@dataclass(frozen=True)
class _Form:
    is_self: bool
    is_batch: bool
    is_joined: bool  # one matrix for queries, keys and values
    bias: bool
    mask: str


class _Plan(NamedTuple):
    """How the parts are put together."""

    heads: int
    turns: bool  # weights of shape (out, in)
    is_interleaved: bool  # of a joined matrix: (heads, 3, d), not (3, heads, d)
    is_causal: bool
    split: str  # right, mixed (no transpose), merged (none back)
    way: AttentionWay

    def told(self) -> tuple[str, ...]:
        """Return the conventions in words."""
        parts = [f"{self.heads} heads" if self.heads > 1 else "one head"]
        parts += ["weights of shape (out, in)"] if self.turns else []
        parts += ["causal"] if self.is_causal else []
        return (*parts, *self.way.told)


def forms(s: Sizes) -> list[LayerForm]:
    """Return the forms of multi-head attention; those with a mask first."""
    return [
        _layer(s, _Form(is_self, is_batch, is_joined, bias, mask))
        for mask in (*MASKS, "")
        for is_self, is_joined in ((True, False), (True, True), (False, False))
        for bias in (True, False)
        for is_batch in (True, False)
    ]


def _layer(s: Sizes, form: _Form) -> LayerForm:
    batch = (s.n,) if form.is_batch else ()
    x, source = (*batch, s.t, WIDTH), (*batch, s.t + 1, WIDTH)
    inputs = [Role("x", (x,), "weights")]
    if not form.is_self:
        inputs = [Role(name, (shape,), "weights") for name, shape in (("q", x), ("k", source), ("v", source))]
    square, wide = ((WIDTH, WIDTH),), ((WIDTH, 3 * WIDTH), (3 * WIDTH, WIDTH))
    weights = (
        [Role("wqkv", wide, "weights")] if form.is_joined else [Role(f"w{one}", square, "weights") for one in "qkv"]
    )
    weights.append(Role("wo", square, "weights"))
    if form.bias:
        lone, many = ((WIDTH,), (1, WIDTH)), ((3 * WIDTH,), (1, 3 * WIDTH))
        weights += (
            [Role("bqkv", many, "weights")] if form.is_joined else [Role(f"b{one}", lone, "weights") for one in "qkv"]
        )
        weights.append(Role("bo", lone, "weights"))
    keys = s.t if form.is_self else s.t + 1
    shapes = ((s.t, keys), (s.n, 1, s.t, keys), (s.n, s.t, keys), (s.n, keys)) if form.is_batch else ((s.t, keys),)
    mask = [Role("mask", shapes, form.mask)] if form.mask else []
    layout = ("of a batch" if form.is_batch else "of one sequence") + ("" if form.is_self else ", of three inputs")
    return LayerForm(
        "multi-head attention",
        f"{layout}, {MASKS[form.mask]}" if form.mask else layout,
        (*inputs, *weights, *mask),
        _read(form),
        CALLED,
        {"heads": HEADS, "dim": WIDTH, "time": s.t},
        {"heads": HEADS},
        outputs=2,
        batch_axis=0 if form.is_batch else None,
        held=_held(form),
        is_by_name=True,
        needs=r"\w*mask\w*" if form.mask else "",
    )


def _plans(form: _Form, h: Hints | None) -> Iterator[_Plan]:
    given = int(h.settings["heads"]) if h and "heads" in h.settings else HEADS
    for is_mistaken in (False, True):
        for heads in dict.fromkeys((given, 1)):
            for is_causal in (False,) if form.mask else (False, True):
                for turns in (False, True):
                    for interleaved in (False, True) if form.is_joined else (False,):
                        for way in ways(has_heads=heads > 1, has_mask=bool(form.mask) or is_causal):
                            for split in ("right", "mixed", "merged") if heads > 1 else ("right",):
                                if (bool(way.mistake) or split != "right") == is_mistaken and (
                                    not way.mistake or split == "right"
                                ):
                                    yield _Plan(heads, turns, interleaved, is_causal, split, way)


def _projected(form: _Form, plan: _Plan, v: Values) -> tuple[Array, Array, Array]:
    """Return queries, keys and values in heads: (N, heads, T, d)."""

    def product(x: Array, w: Array, b: Array | None) -> Array:
        y = x @ (w.T if plan.turns else w)
        return np.asarray(y if b is None else y + b.ravel())

    if form.is_joined:
        w = v["wqkv"]
        w = w if w.shape[0] == WIDTH else w.T
        y = v["x"] @ w + (v["bqkv"].ravel() if form.bias else 0.0)
        if plan.is_interleaved:
            y = y.reshape(*y.shape[:-1], plan.heads, 3, -1).swapaxes(-2, -3).reshape(y.shape)
        parts = np.split(y, 3, axis=-1)
    else:
        sources = [v["x"]] * 3 if form.is_self else [v[one] for one in "qkv"]
        parts = [product(x, v[f"w{one}"], v.get(f"b{one}")) for x, one in zip(sources, "qkv", strict=True)]
    q, k, values = (_in_heads(part, plan) for part in parts)
    return q, k, values


def _in_heads(x: Array, plan: _Plan) -> Array:
    *batch, t, e = x.shape
    if plan.split == "mixed":
        return x.reshape(*batch, plan.heads, t, e // plan.heads)
    return x.reshape(*batch, t, plan.heads, e // plan.heads).swapaxes(-2, -3)


def _computed(
    form: _Form, plan: _Plan, v: Values, parts: tuple[Array, Array, Array], base: Mapping[str, Array] | None = None
) -> tuple[Array, Attended]:
    q, k, values = parts
    shape = (*q.shape[:-1], k.shape[-2])
    kept = is_kept(v.get("mask"), shape, form.mask)
    if plan.is_causal:
        kept = np.broadcast_to(np.tril(np.ones(shape[-2:], bool)), shape)
    done = attend(q, k, values, kept, plan.way, WIDTH, base)
    joined = done.out if plan.split in ("merged", "mixed") else done.out.swapaxes(-2, -3)
    joined = joined.reshape(*joined.shape[:-3], q.shape[-2], WIDTH)
    out = joined @ (v["wo"].T if plan.turns else v["wo"])
    return np.asarray(out + v["bo"].ravel() if form.bias else out), done


def _read(form: _Form) -> Callable[[Values, Hints], Iterator[Reading]]:
    def read(v: Values, h: Hints) -> Iterator[Reading]:
        for plan in _plans(form, h):
            out, done = _computed(form, plan, v, _projected(form, plan, v))
            mistake, id, correct = plan.way.mistake, plan.way.id, plan.way.correct
            if plan.split != "right":
                mistake, id = (MIXED, "heads-mixed") if plan.split == "mixed" else (
                    "the heads are joined without being transposed back: rows of different steps mix", "heads-merged",
                )  # fmt: skip
                correct = "x.reshape(N, T, heads, d).transpose(0, 2, 1, 3), and back by transpose(0, 2, 1, 3).reshape(N, T, E)"
            both = ((out, done.shares),) if len(h.outputs) > 1 else ()
            for outputs in (*both, (out,)):
                yield Reading(outputs, plan.told(), mistake, id, correct)

    return read


def _held(form: _Form) -> Callable[[Values, Reading], Iterator[Held]]:
    def held(v: Values, reading: Reading) -> Iterator[Held]:
        for plan in _plans(form, None):
            parts = _projected(form, plan, v)
            out, done = _computed(form, plan, v, parts)
            if is_same(out, reading.outputs[0]):
                break
        else:
            return

        def with_part(number: int | None, base: Mapping[str, Array] | None) -> Callable[[Values], tuple[Array, ...]]:
            def forward(values: Values) -> tuple[Array, ...]:
                own = list(_projected(form, plan, values))
                if number is not None:
                    own[number] = parts[number]
                return (_computed(form, plan, values, (own[0], own[1], own[2]), base)[0],)

            return forward

        for id, title, base, correct in held_parts(done):
            yield Held(id, title, with_part(None, base), correct)
        for number, name in enumerate(("queries", "keys", "values")):
            title = f"lacks what flows back through the {name}"
            yield Held(f"no-{name}", title, with_part(number, None), "dx = dq @ Wq.T + dk @ Wk.T + dv @ Wv.T")

    return held
