"""The cells of recurrent networks, in every usual convention and with known mistakes: one step, a sample in each row.

gates   {letter: (w_x (D, H), w_h (H, H), b (H,))}, of an RNN under the letter "h"
states  (h,) of an RNN and a GRU, (h, c) of an LSTM; each (N, H)
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from pellucid.shapes import Array

__all__ = ["CELLS", "Cell", "Gates", "States", "sigmoid", "softmax"]

Gate = tuple[Array, Array, Array]
Gates = Mapping[str, Gate]
States = tuple[Array, ...]


class Cell(NamedTuple):
    """One step in one convention."""

    step: Callable[[Array, States], States]
    told: tuple[str, ...] = ()
    mistake: str = ""
    id: str = ""
    correct: str = ""


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x))."""
    return np.asarray(1 / (1 + np.exp(-x)))


def softmax(z: Array, axis: int = -1) -> Array:
    """Return exp(z) in shares along an axis."""
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return np.asarray(e / e.sum(axis=axis, keepdims=True))


def _score(x: Array, h: Array, gate: Gate) -> Array:
    w_x, w_h, b = gate
    return np.asarray(x @ w_x + h @ w_h + b)


def _rnn(gates: Gates) -> Iterator[Cell]:
    def of(activation: Callable[[Array], Array]) -> Callable[[Array, States], States]:
        return lambda x, states: (activation(_score(x, states[0], gates["h"])),)

    w_x, w_h, b = gates["h"]
    yield Cell(of(np.tanh))
    yield Cell(of(lambda a: np.maximum(a, 0)), ("with ReLU",))
    yield Cell(of(sigmoid), ("with the sigmoid",))
    correct = "h = tanh(x @ Wx + h_prev @ Wh + b)"
    yield Cell(
        of(lambda a: a), (), "the activation is missing: the new state is not squashed", "no-activation", correct
    )
    yield Cell(
        lambda x, s: (np.tanh(x @ w_x + b),), (), "the old state does not enter the new one", "no-recurrence", correct
    )
    yield Cell(
        lambda x, s: (np.tanh(x @ w_x) + s[0] @ w_h + b,),
        (),
        "tanh covers the input's product alone, not the whole sum",
        "tanh-of-input-alone",
        correct,
    )
    if np.abs(b).max(initial=0) > 0:
        yield Cell(lambda x, s: (np.tanh(x @ w_x + s[0] @ w_h),), (), "the bias is not added", "no-bias", correct)


def _lstm(gates: Gates) -> Iterator[Cell]:
    def cell(new: Callable[..., States]) -> Callable[[Array, States], States]:
        def step(x: Array, states: States) -> States:
            h, c = states
            f, i, o = (sigmoid(_score(x, h, gates[letter])) for letter in "fio")
            return new(f, i, o, _score(x, h, gates["c"]), c)

        return step

    def right(f: Array, i: Array, o: Array, a: Array, c: Array) -> States:
        c = f * c + i * np.tanh(a)
        return o * np.tanh(c), c

    def parts(h: Callable[[Array, Array], Array], c: Callable[..., Array]) -> Callable[..., States]:
        def new(f: Array, i: Array, o: Array, a: Array, old: Array) -> States:
            made = c(f, i, a, old)
            return h(o, made), made

        return new

    def hidden(o: Array, c: Array) -> Array:
        return np.asarray(o * np.tanh(c))

    def memory(f: Array, i: Array, a: Array, c: Array) -> Array:
        return np.asarray(f * c + i * np.tanh(a))

    c_right, h_right = "c = f * c_prev + i * g", "h = o * tanh(c)"
    yield Cell(cell(right))
    mistakes = (
        (
            hidden,
            lambda f, i, a, c: f * c + i * a,
            "the candidate lacks its tanh",
            "candidate-no-tanh",
            "g = tanh(...)",
        ),
        (
            hidden,
            lambda f, i, a, c: f * c + i * sigmoid(a),
            "the candidate has a sigmoid in place of tanh",
            "candidate-sigmoid",
            "g = tanh(...)",
        ),
        (lambda o, c: o * c, memory, "the cell enters the hidden state without tanh", "hidden-no-tanh", h_right),
        (
            lambda o, c: o * sigmoid(c),
            memory,
            "the cell enters the hidden state through a sigmoid in place of tanh",
            "hidden-sigmoid",
            h_right,
        ),
        (
            hidden,
            lambda f, i, a, c: i * np.tanh(a),
            "the old cell does not enter the new one: the forget gate has no effect",
            "cell-not-carried",
            c_right,
        ),
        (hidden, lambda f, i, a, c: c + i * np.tanh(a), "the forget gate is not applied", "no-forget-gate", c_right),
        (hidden, lambda f, i, a, c: f * c + np.tanh(a), "the input gate is not applied", "no-input-gate", c_right),
        (
            hidden,
            lambda f, i, a, c: i * c + f * np.tanh(a),
            "the input gate and the forget gate are exchanged",
            "gates-exchanged",
            c_right,
        ),
        (lambda o, c: np.tanh(c), memory, "the output gate is not applied", "no-output-gate", h_right),
        (
            hidden,
            lambda f, i, a, c: f * c + (1 - f) * np.tanh(a),
            "1 - f stands where the input gate belongs",
            "coupled-gates",
            c_right,
        ),
    )
    for h, c, mistake, id, correct in mistakes:
        yield Cell(cell(parts(h, c)), (), mistake, id, correct)


def _gru(gates: Gates) -> Iterator[Cell]:
    w_x, w_h, b = gates["n"]

    def cell(
        new: Callable[[Array, Array, Array], Array], candidate: Callable[[Array, Array, Array], Array]
    ) -> Callable[[Array, States], States]:
        def step(x: Array, states: States) -> States:
            (h,) = states
            z, r = (sigmoid(_score(x, h, gates[letter])) for letter in "zr")
            return (new(h, z, candidate(x, h, r)),)

        return step

    def inside(x: Array, h: Array, r: Array) -> Array:
        return np.asarray(np.tanh(x @ w_x + (r * h) @ w_h + b))

    def outside(x: Array, h: Array, r: Array) -> Array:
        return np.asarray(np.tanh(x @ w_x + r * (h @ w_h) + b))

    def weighs_new(h: Array, z: Array, n: Array) -> Array:
        return np.asarray((1 - z) * h + z * n)

    def weighs_old(h: Array, z: Array, n: Array) -> Array:
        return np.asarray(z * h + (1 - z) * n)

    resets = ((inside, "reset before the product"), (outside, "reset after the product"))
    updates = ((weighs_new, "z weighs the new state"), (weighs_old, "z weighs the old state"))
    for candidate, how in resets:
        for new, what in updates:
            yield Cell(cell(new, candidate), (how, what))
    correct = "n = tanh(x @ Wn + (r * h) @ Un + b);  h = (1 - z) * h + z * n"
    for new, what in updates:
        yield Cell(
            cell(new, lambda x, h, r: np.tanh(_score(x, h, gates["n"]))),
            (what,),
            "the reset gate is not applied",
            "no-reset-gate",
            correct,
        )
        yield Cell(
            cell(new, lambda x, h, r: x @ w_x + (r * h) @ w_h + b),
            (what,),
            "the candidate lacks its tanh",
            "candidate-no-tanh",
            correct,
        )
    for candidate, how in resets:
        yield Cell(
            cell(lambda h, z, n: h + z * n, candidate),
            (how,),
            "the old state lacks its factor 1 - z",
            "no-one-minus",
            correct,
        )
        yield Cell(
            cell(lambda h, z, n: z * n, candidate),
            (how,),
            "the old state does not enter the new one",
            "no-recurrence",
            correct,
        )


CELLS: Mapping[str, Callable[[Gates], Iterator[Cell]]] = {"RNN": _rnn, "LSTM": _lstm, "GRU": _gru}
