"""Positional encodings: sines and cosines, alone or added to a sequence, and a learned table."""

from collections.abc import Iterator

import numpy as np

from pellucid.checker.recognising.form import Hints, LayerForm, Reading, Role, Sizes, Values, names
from pellucid.shapes import Array

__all__ = ["forms"]

CALLED = names("position", "^pe$", "posenc", "posemb", "sinusoid", "^pos")
WIDTH = 8
CORRECT = "angle = pos / 10000**(2 * i / d); sin in the even columns 2 * i, cos in the odd ones"


def forms(s: Sizes) -> list[LayerForm]:
    """Return the forms of positional encodings."""
    x = Role("x", ((s.n, s.t, WIDTH), (s.t, WIDTH)))
    longest = s.t + 2
    size = {"positions": longest, "width": WIDTH, "time": longest, "dim": WIDTH}
    table = Role("table", ((longest, WIDTH), (1, longest, WIDTH)), "weights")
    given = {"positions": s.t + 2, "width": WIDTH}
    kind = "positional encoding"
    return [
        LayerForm(kind, "by sines and cosines", (x,), _alone, CALLED, size, given, is_by_name=True, is_constant=True),
        LayerForm(kind, "by sines and cosines, added to the input", (x,), _added, CALLED, size, is_by_name=True),
        LayerForm(kind, "by a learned table", (x, table), _learned, CALLED, size, is_by_name=True),
    ]


def _encodings(length: int, width: int, h: Hints) -> Iterator[tuple[Array, tuple[str, ...], str, str]]:
    """Yield encodings (length, width) with what they are, the right ones first."""
    positions, columns = np.arange(length)[:, None], np.arange(width)
    bases = [c for c in dict.fromkeys([10000.0, *h.constants]) if c > 1]
    even = columns % 2 == 0
    for base in bases:
        told = () if base == 10000 else (f"base {base:g}",)
        pairs = positions / base ** (2 * (columns // 2) / width)
        yield np.where(even, np.sin(pairs), np.cos(pairs)), told, "", ""
        yield np.where(even, np.cos(pairs), np.sin(pairs)), (*told, "cos in the even columns"), "", ""
        half = positions / base ** (np.arange(width // 2) / (width // 2))
        yield np.concatenate([np.sin(half), np.cos(half)], axis=1), (*told, "all sines first"), "", ""
        apart = positions / base ** (np.arange(width // 2) / max(1, width // 2 - 1))
        yield (
            np.concatenate([np.sin(apart), np.cos(apart)], axis=1),
            (*told, "all sines first, rates up to the base"),
            "",
            "",
        )
    for base in bases:
        for angles, mistake, id in (
            (positions / base ** (columns / width),
             "sine and cosine of a pair have different rates: the exponent takes the column, not the pair's number",
             "rate-of-column"),
            (positions / base ** (2 * columns / width),
             "the exponent doubles the column's number: 2 * i is the even column itself", "rate-doubled"),
            (positions / base ** ((columns // 2) / width), "the exponent lacks its factor 2", "rate-halved"),
            (positions * base ** (2 * (columns // 2) / width), "the exponent lacks its sign: angles grow with the column",
             "rate-inverted"),
        ):  # fmt: skip
            yield np.where(even, np.sin(angles), np.cos(angles)), (), mistake, id
        pairs = positions / base ** (2 * (columns // 2) / width)
        yield np.sin(pairs), (), "the odd columns hold sines too: they have to hold cosines", "no-cosine"


def _alone(v: Values, h: Hints) -> Iterator[Reading]:
    length, width = int(h.settings.get("positions", 5)), int(h.settings.get("width", WIDTH))
    for encoding, told, mistake, id in _encodings(length, width, h):
        yield Reading((encoding,), told, mistake, id, CORRECT if mistake else "")


def _added(v: Values, h: Hints) -> Iterator[Reading]:
    x = v["x"]
    for encoding, told, mistake, id in _encodings(x.shape[-2], x.shape[-1], h):
        correct = CORRECT if mistake else ""
        yield Reading((x + encoding,), told, mistake, id, correct)
        yield Reading((np.sqrt(x.shape[-1]) * x + encoding,), (*told, "the input times sqrt(d)"), mistake, id, correct)


def _learned(v: Values, h: Hints) -> Iterator[Reading]:
    x, table = v["x"], v["table"].reshape(-1, v["x"].shape[-1])
    yield Reading((x + table[: x.shape[-2]],))
    yield Reading((np.sqrt(x.shape[-1]) * x + table[: x.shape[-2]],), ("the input times sqrt(d)",))
