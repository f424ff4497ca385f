"""Scaled dot-product attention."""

from collections.abc import Iterator

import numpy as np

from pellucid.checker.recognising.form import Hints, LayerForm, Reading, Role, Sizes, Values, names

__all__ = ["forms"]

ATTENTION = names("attention", "attn")


def forms(s: Sizes) -> list[LayerForm]:
    """Return the forms of attention, of one sequence and of a batch."""
    found = []
    for batch, told in (((), "of one sequence"), ((s.c,), "of a batch")):
        roles = tuple(
            Role(name, ((*batch, rows, width),), "weights")
            for name, rows, width in (("q", s.n, s.d), ("k", s.f, s.d), ("v", s.f, s.m))
        )
        found.append(LayerForm("scaled dot-product attention", told, roles, _read, ATTENTION, {"dim": s.d}))
    return found


def _read(v: Values, h: Hints) -> Iterator[Reading]:
    scores = v["q"] @ np.swapaxes(v["k"], -1, -2)
    root = np.sqrt(v["q"].shape[-1])
    for scale, told, mistake in (
        (1 / root, (), ""),
        (1.0, ("scores are not scaled by 1/sqrt(d)",), ""),
        (1 / root**2, (), "scores are divided by d, not by its square root"),
    ):
        e = np.exp(scale * scores - (scale * scores).max(axis=-1, keepdims=True))
        shares = e / e.sum(axis=-1, keepdims=True)
        id = "scores-divided-by-d" if mistake else ""
        yield Reading((shares @ v["v"],), told, mistake, id)
        yield Reading((shares @ v["v"], shares), told, mistake, id)
