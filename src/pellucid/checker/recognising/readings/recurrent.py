"""One step of a vanilla RNN, of an LSTM and of a GRU."""

import itertools
from collections.abc import Iterator

import numpy as np

from pellucid.checker.recognising.form import Hints, LayerForm, Reading, Role, Sizes, Values, names
from pellucid.shapes import Array

__all__ = ["forms"]

RNN, LSTM, GRU = names("rnn", "recurrent"), "lstm", "gru"


def forms(s: Sizes) -> list[LayerForm]:
    """Return the forms of recurrent steps."""
    size = {"in": s.d, "hidden": s.m, "out": s.c, "batch": s.n}
    x, h, c = Role("x", ((s.n, s.d),)), Role("h", ((s.n, s.m),)), Role("c", ((s.n, s.m),), "weights")
    xt, ht, ct = Role("x", ((s.d, s.n),)), Role("h", ((s.m, s.n),)), Role("c", ((s.m, s.n),), "weights")

    def w(name: str, *shape: int) -> Role:
        return Role(name, (shape,), "weights")

    def b(name: str, size: int) -> Role:
        return Role(name, ((size,), (1, size)), "weights")

    def gates(letters: str) -> tuple[Role, ...]:
        return tuple(one for g in letters for one in (w(f"w{g}", s.m, s.m + s.d), w(f"b{g}", s.m, 1)))

    def three(letters: str) -> tuple[Role, ...]:
        return tuple(one for g in letters for one in (w(f"wx{g}", s.d, s.m), w(f"wh{g}", s.m, s.m), b(f"b{g}", s.m)))

    output = (w("wy", s.c, s.m), w("by", s.c, 1))
    return [
        LayerForm(
            "RNN step",
            "a sample in each row",
            (x, h, w("wx", s.d, s.m), w("wh", s.m, s.m), b("b", s.m)),
            _rnn,
            RNN,
            size,
        ),
        LayerForm(
            "RNN step",
            "a sample in each column, with its output",
            (xt, ht, w("wx", s.m, s.d), w("wh", s.m, s.m), w("b", s.m, 1), *output),
            _rnn_columns,
            RNN,
            size,
            outputs=2,
        ),
        LayerForm(
            "RNN step",
            "a sample in each column",
            (xt, ht, w("wx", s.m, s.d), w("wh", s.m, s.m), w("b", s.m, 1)),
            _rnn_columns,
            RNN,
            size,
        ),
        LayerForm(
            "LSTM step",
            "a sample in each row",
            (x, h, c, w("wx", s.d, 4 * s.m), w("wh", s.m, 4 * s.m), b("b", 4 * s.m)),
            _lstm,
            LSTM,
            size,
            outputs=2,
        ),
        LayerForm(
            "LSTM step",
            "a sample in each column, a matrix for each gate",
            (xt, ht, ct, *gates("fico"), *output),
            _lstm_columns,
            LSTM,
            size,
            outputs=3,
        ),
        LayerForm(
            "LSTM step",
            "a sample in each column, a matrix for each gate",
            (xt, ht, ct, *gates("fico")),
            _lstm_columns,
            LSTM,
            size,
            outputs=2,
        ),
        LayerForm("GRU step", "a sample in each row, matrices for each gate", (x, h, *three("zrn")), _gru, GRU, size),
    ]


def _s(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def _softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=0))
    return np.asarray(e / e.sum(axis=0))


def _rnn(v: Values, h: Hints) -> Iterator[Reading]:
    a = v["x"] @ v["wx"] + v["h"] @ v["wh"] + v["b"].ravel()
    yield Reading((np.tanh(a),))
    yield Reading((np.maximum(a, 0),), ("with ReLU",))


def _rnn_columns(v: Values, h: Hints) -> Iterator[Reading]:
    a = np.tanh(v["wx"] @ v["x"] + v["wh"] @ v["h"] + v["b"])
    if "wy" not in v:
        yield Reading((a,))
        return
    z = v["wy"] @ a + v["by"]
    yield Reading((a, _softmax(z)), ("output by softmax",))
    yield Reading((a, z), ("output as scores",))


def _lstm(v: Values, h: Hints) -> Iterator[Reading]:
    a = v["x"] @ v["wx"] + v["h"] @ v["wh"] + v["b"].ravel()
    blocks = np.split(a, 4, axis=1)
    for order in ("ifog", "ifgo", *("".join(p) for p in itertools.permutations("ifog"))):
        g = dict(zip(order, blocks, strict=True))
        c = _s(g["f"]) * v["c"] + _s(g["i"]) * np.tanh(g["g"])
        yield Reading((_s(g["o"]) * np.tanh(c), c), (f"gates in the order {', '.join(order)}",))


def _lstm_columns(v: Values, h: Hints) -> Iterator[Reading]:
    both = np.concatenate([v["h"], v["x"]])
    f, i, o = (_s(v[f"w{g}"] @ both + v[f"b{g}"]) for g in "fio")
    c = f * v["c"] + i * np.tanh(v["wc"] @ both + v["bc"])
    a = o * np.tanh(c)
    yield Reading((a, c, _softmax(v["wy"] @ a + v["by"])) if "wy" in v else (a, c))


def _gru(v: Values, h: Hints) -> Iterator[Reading]:
    z = _s(v["x"] @ v["wxz"] + v["h"] @ v["whz"] + v["bz"].ravel())
    r = _s(v["x"] @ v["wxr"] + v["h"] @ v["whr"] + v["br"].ravel())
    inside = np.tanh(v["x"] @ v["wxn"] + (r * v["h"]) @ v["whn"] + v["bn"].ravel())
    outside = np.tanh(v["x"] @ v["wxn"] + r * (v["h"] @ v["whn"]) + v["bn"].ravel())
    for n, told in ((inside, "reset before the product"), (outside, "reset after the product")):
        yield Reading(((1 - z) * v["h"] + z * n,), (told, "z weighs the new state"))
        yield Reading((z * v["h"] + (1 - z) * n,), (told, "z weighs the old state"))
