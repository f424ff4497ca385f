"""How the weights of recurrent cells may lie: apart, joined for all gates, joined for [h, x], in rows or columns.

Whatever the form, what is read from it has one shape: {letter: (w_x (D, H), w_h (H, H), b (H,))}.
"""

import itertools
from collections.abc import Iterator

import numpy as np

from pellucid.checker.recognising.form import Role, Values
from pellucid.checker.recognising.readings.cells import Gates
from pellucid.shapes import Array

__all__ = ["LETTERS", "gates_of", "weight_roles"]

LETTERS = {"RNN": "h", "LSTM": "fico", "GRU": "zrn"}
SHOWN = {"c": "g"}  # the candidate, as papers call it
ORDERS = {"RNN": ("h",), "LSTM": ("ifoc", "ifco", "fico"), "GRU": ("zrn", "rzn")}


def weight_roles(cell: str, scheme: str, inputs: int, hidden: int, *, is_column: bool, bias: str) -> tuple[Role, ...]:
    """Return the roles of weights. scheme: blocks, joined, apart (a matrix each), each (for [h, x]); bias: one, two, none."""
    letters = LETTERS[cell]
    d, h, many = inputs, hidden, len(letters) * hidden

    def w(name: str, rows: int, columns: int) -> Role:
        shapes = ((columns, rows),) if is_column else ((rows, columns), (columns, rows))
        return Role(name, shapes, "weights")

    def b(name: str, size: int) -> tuple[Role, ...]:
        if bias == "none":
            return ()
        shapes = ((size, 1), (size,)) if is_column else ((size,), (1, size))
        return tuple(Role(one, shapes, "weights") for one in ((name,) if bias == "one" else (f"{name}x", f"{name}h")))

    if scheme == "blocks":
        return w("wx", d, many), w("wh", h, many), *b("b", many)
    if scheme == "joined":
        return w("w", d + h, many), *b("b", many)
    if scheme == "apart":
        return tuple(
            r
            for g in letters
            for r in (w(f"wx{g}", d, h), w(f"wh{g}", h, h), *(b(f"b{g}", h) if bias != "none" else ()))
        )
    return tuple(r for g in letters for r in (w(f"w{g}", d + h, h), *b(f"b{g}", h)))


def gates_of(cell: str, scheme: str, v: Values, inputs: int, hidden: int) -> Iterator[tuple[Gates, tuple[str, ...]]]:
    """Yield what the weights may mean, the usual order of the gates first."""
    letters = LETTERS[cell]
    if scheme == "apart":
        yield (
            {g: (_rows(v[f"wx{g}"], inputs), _rows(v[f"wh{g}"], hidden), _bias(v, f"b{g}", hidden)) for g in letters},
            (),
        )
        if hidden > 1:  # a square matrix says not which way it stands
            yield {g: (_rows(v[f"wx{g}"], inputs), v[f"wh{g}"].T, _bias(v, f"b{g}", hidden)) for g in letters}, ()
        return
    if scheme == "each":
        for split, told in _splits(inputs, hidden):
            yield {g: (*split(_rows(v[f"w{g}"], inputs + hidden)), _bias(v, f"b{g}", hidden)) for g in letters}, told
        return
    many = len(letters) * hidden
    bias = np.split(_bias(v, "b", many), len(letters))
    pairs = (
        [(pair, ()) for pair in _pairs(v, inputs, hidden, len(letters) == 1)]
        if scheme == "blocks"
        else [(split(_rows(v["w"], inputs + hidden)), told) for split, told in _splits(inputs, hidden)]
    )
    for order in dict.fromkeys([*ORDERS[cell], *("".join(p) for p in itertools.permutations(letters))]):
        for (w_x, w_h), told in pairs:
            blocks = zip(np.split(w_x, len(letters), axis=1), np.split(w_h, len(letters), axis=1), bias, strict=True)
            how = (f"gates in the order {', '.join(SHOWN.get(g, g) for g in order)}",) if len(letters) > 1 else ()
            yield dict(zip(order, blocks, strict=True)), (*told, *how)


def _pairs(v: Values, inputs: int, hidden: int, is_square: bool) -> list[tuple[Array, Array]]:
    w_x, w_h = _rows(v["wx"], inputs), _rows(v["wh"], hidden)
    return [(w_x, w_h), (w_x, w_h.T)] if is_square and hidden > 1 else [(w_x, w_h)]


def _rows(w: Array, rows: int) -> Array:
    """Return a matrix with a row for each input."""
    return w if w.shape[0] == rows and w.shape[1] != rows else w.T if w.shape[0] != rows else w


def _splits(inputs: int, hidden: int):  # type: ignore[no-untyped-def]
    return (
        (lambda w: (w[hidden:], w[:hidden]), ("weights of [h, x] joined",)),
        (lambda w: (w[:inputs], w[inputs:]), ("weights of [x, h] joined",)),
    )


def _bias(v: Values, name: str, size: int) -> Array:
    parts = [v[one].ravel() for one in (name, f"{name}x", f"{name}h") if one in v]
    return np.asarray(np.sum(parts, axis=0)) if parts else np.zeros(size)
