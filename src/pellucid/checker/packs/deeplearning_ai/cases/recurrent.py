"""Cases of course 5's recurrent networks: cells, sequences and their backwards, clipping, sampling, positional encoding."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.deeplearning_ai.cases.making import (
    Input,
    Inputs,
    Maker,
    call,
    case,
    cases_of,
    with_read_only,
)

__all__ = ["RECURRENT"]

Generator = np.random.Generator
Values = Mapping[str, Any]
SIZES = ((3, 5, 10, 2, 4), (2, 4, 3, 3, 3), (4, 3, 1, 2, 1))  # n_x, n_a, samples, n_y, steps
GATES = ("f", "i", "c", "o")


def _rnn(draw: Generator, n_x: int, n_a: int, m: int, n_y: int, steps: int) -> dict[str, Any]:
    shapes = {"Wax": (n_a, n_x), "Waa": (n_a, n_a), "Wya": (n_y, n_a), "ba": (n_a, 1), "by": (n_y, 1)}
    return {
        "xt": draw.normal(size=(n_x, m)),
        "a_prev": draw.normal(size=(n_a, m)),
        "x": draw.normal(size=(n_x, m, steps)),
        "parameters": {name: draw.normal(size=shape) * 0.5 for name, shape in shapes.items()},
        "da_next": draw.normal(size=(n_a, m)),
        "da": draw.normal(size=(n_a, m, steps)),
    }


def _lstm(draw: Generator, n_x: int, n_a: int, m: int, n_y: int, steps: int) -> dict[str, Any]:
    shapes = {f"W{gate}": (n_a, n_a + n_x) for gate in GATES} | {f"b{gate}": (n_a, 1) for gate in GATES}
    shapes |= {"Wy": (n_y, n_a), "by": (n_y, 1)}
    values = _rnn(draw, n_x, n_a, m, n_y, steps)
    return values | {
        "parameters": {name: draw.normal(size=shape) * 0.5 for name, shape in shapes.items()},
        "c_prev": draw.normal(size=(n_a, m)),
        "dc_next": draw.normal(size=(n_a, m)),
    }


def _inputs(make: Any, sequence: bool) -> Inputs:
    def inputs(draw: Generator) -> list[Input]:
        made: list[Input] = []
        for n_x, n_a, m, n_y, steps in SIZES:
            tags = (*(("one sample",) if m == 1 else ()), *(("one step",) if steps == 1 and sequence else ()))
            name = f"{n_x} inputs, {n_a} units, {_counted(m, 'sample')}" + (
                f", {_counted(steps, 'step')}" if sequence else ""
            )
            made.append((name, make(draw, n_x, n_a, m, n_y, steps), tags))
        return made

    return inputs


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _backwards(inputs: Inputs, forward: Sequence[str], results: Sequence[str], backward: Sequence[str]) -> Maker:
    """Return cases of a backward, with the cache of the file's own forward. forward, backward: a name, then arguments."""

    def make(draw: Generator, options: Options) -> list[Case]:
        steps = [call(forward[0], forward[1:], results), call(backward[0], backward[1:], ["gradients"])]
        return with_read_only([case(name, values, steps, ["gradients"], tags) for name, values, tags in inputs(draw)])

    return make


def _clipped(draw: Generator) -> list[Input]:
    def values(limit: float, spread: float) -> dict[str, Any]:
        shapes = {"dWax": (5, 3), "dWaa": (5, 5), "dWya": (2, 5), "db": (5, 1), "dby": (4, 1)}
        gradients = {name: draw.uniform(-1, 1, size=shape) * spread for name, shape in shapes.items()}
        for array in gradients.values():  # on both sides, whatever was drawn
            array.flat[0], array.flat[1] = spread, -spread
        return {"gradients": gradients, "limit": limit}

    return [
        ("a limit of 10", values(10, 25.0), ("clipped on both sides",)),
        ("a limit of 0.5", values(0.5, 2.0), ("clipped on both sides",)),
        ("nothing to clip", values(7, 3.0), ("nothing to clip",)),
    ]


def _samples(draw: Generator, options: Options) -> list[Case]:
    """Return cases whose next character is certain, whatever is drawn: each character's weight leads to one other alone."""
    made = []
    for name, chain, ends in (
        ("a word of 3 letters", [2, 4, 1, 0], True),
        ("a word of one letter", [3, 0], True),
        ("a word that never ends", [1, 2], False),
        ("a word whose letter depends on an earlier one", [1, 2, 1, 3, 0], True),
    ):
        characters, units, memory = 6, 7, 6
        Wax, Wya = np.zeros((units, characters)), np.full((characters, units), -20.0)
        following = dict(itertools.pairwise(chain)) | ({} if ends else {chain[-1]: chain[0]})
        following[chain[0]] = chain[1]
        Waa, b, is_twice = np.zeros((units, units)), np.zeros((units, 1)), len({*chain}) < len(chain)
        Wya[:, memory] = 0.0
        for one, then in following.items():
            Wax[one, one] = 6.0
            Wya[then, one] = 60.0
        by = np.full((characters, 1), -5.0)
        by[chain[0]] = 45.0  # the first, from x = 0; any unit that is on outweighs it
        if is_twice:  # the first letter comes twice: the unit `memory` is on where the second one came before it
            Wax[memory, chain[0]] = Waa[memory, chain[1]] = 5.0
            b[memory] = -7.0
            Wya[chain[3], memory], Wya[chain[1], memory] = 200.0, -200.0
            by[chain[3]], by[chain[1]] = by[chain[3]] + 200.0, by[chain[1]] - 200.0  # nothing where it is off, at -1
        values = {
            "parameters": {"Wax": Wax, "Waa": Waa, "Wya": Wya, "by": by, "b": b},
            "char_to_ix": {"\n": 0, **{letter: number for number, letter in enumerate("abcde", 1)}},
            "seed": 1,
        }
        step = call("sample", ["parameters", "char_to_ix", "seed"], ["indices"])
        made.append(Case(name, values, [step], {"indices": ["indices"]}, any_shape=True, derive=_in_numbers))
    return made


def _in_numbers(values: Values, outputs: Values) -> dict[str, Any]:
    """Return the indices as plain numbers, whether they came as numbers or as arrays of one."""
    found = outputs["indices"]
    if not isinstance(found, (list, tuple)) or any(np.size(one) != 1 for one in found):
        return {"indices": "not a list of numbers"}
    return {"indices": [float(np.asarray(one, float).ravel()[0]) for one in found]}


def _angles(draw: Generator) -> list[Input]:
    return [
        (f"{p} positions, d = {d}", {"pos": np.arange(p)[:, np.newaxis], "k": np.arange(d)[np.newaxis, :], "d": d}, ())
        for p, d in ((4, 8), (5, 6), (1, 4))
    ]


def _positions(draw: Generator) -> list[Input]:
    return [(f"{p} positions, d = {d}", {"positions": p, "d": d}, ()) for p, d in ((8, 16), (5, 6), (1, 4))]


CELL, SEQUENCE = "xt a_prev parameters", "x a_prev parameters"
LSTM_CELL = "xt a_prev c_prev parameters"
RECURRENT: dict[str, Maker] = {
    "rnn_cell_forward": cases_of("rnn_cell_forward", CELL, "a_next yt_pred cache", _inputs(_rnn, False), "a_next yt_pred"),
    "rnn_forward": cases_of("rnn_forward", SEQUENCE, "a y_pred caches", _inputs(_rnn, True), "a y_pred"),
    "lstm_cell_forward": cases_of("lstm_cell_forward", LSTM_CELL, "a_next c_next yt_pred cache", _inputs(_lstm, False), "a_next c_next yt_pred"),
    "lstm_forward": cases_of("lstm_forward", SEQUENCE, "a y c caches", _inputs(_lstm, True), "a y c"),
    "rnn_cell_backward": _backwards(_inputs(_rnn, False), ["rnn_cell_forward", *CELL.split()], ["a_next", "yt_pred", "cache"], ["rnn_cell_backward", "da_next", "cache"]),
    "rnn_backward": _backwards(_inputs(_rnn, True), ["rnn_forward", *SEQUENCE.split()], ["a", "y_pred", "caches"], ["rnn_backward", "da", "caches"]),
    "lstm_cell_backward": _backwards(_inputs(_lstm, False), ["lstm_cell_forward", *LSTM_CELL.split()], ["a_next", "c_next", "yt_pred", "cache"], ["lstm_cell_backward", "da_next", "dc_next", "cache"]),
    "lstm_backward": _backwards(_inputs(_lstm, True), ["lstm_forward", *SEQUENCE.split()], ["a", "y", "c", "caches"], ["lstm_backward", "da", "caches"]),
    "clip": cases_of("clip", "gradients limit", "clipped", _clipped),
    "sample": _samples,
    "get_angles": cases_of("get_angles", "pos k d", "angles", _angles),
    "positional_encoding": cases_of("positional_encoding", "positions d", "encoding", _positions, tolerance=1e-6),
}  # fmt: skip
