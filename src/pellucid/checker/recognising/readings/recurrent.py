"""One step of a vanilla RNN, of an LSTM and of a GRU."""

from collections.abc import Iterator

import numpy as np

from pellucid.checker.recognising.form import Hints, LayerForm, Reading, Role, Sizes, Values, names
from pellucid.checker.recognising.readings.cells import CELLS, softmax
from pellucid.checker.recognising.readings.gate_weights import gates_of, weight_roles

__all__ = ["GRU", "LSTM", "RNN", "forms"]

RNN, LSTM, GRU = names("rnn", "recurrent", "elman"), "lstm", "gru"
PATTERNS = {"RNN": RNN, "LSTM": LSTM, "GRU": GRU}
SCHEMES = (
    ("RNN", "blocks", False),
    ("RNN", "blocks", True),
    ("LSTM", "blocks", False),
    ("LSTM", "each", True),
    ("LSTM", "apart", False),
    ("GRU", "apart", False),
    ("GRU", "blocks", False),
    ("RNN", "joined", False),
    ("LSTM", "joined", False),
    ("LSTM", "each", False),
    ("GRU", "each", False),
)
WEIGHTS = {
    "blocks": "", "joined": "one matrix for [h, x]", "apart": "matrices for each gate", "each": "a matrix for each gate",
}  # fmt: skip


def forms(s: Sizes) -> list[LayerForm]:
    """Return the forms of recurrent steps."""
    return [
        form
        for cell, scheme, is_column in SCHEMES
        for has_output in ((True, False) if is_column else (False,))
        for form in _forms(s, cell, scheme, is_column, has_output)
    ]


def _forms(s: Sizes, cell: str, scheme: str, is_column: bool, has_output: bool) -> Iterator[LayerForm]:
    size = {"in": s.d, "hidden": s.m, "out": s.c, "batch": s.n}

    def state(name: str, width: int, content: str = "spread") -> Role:
        return Role(name, ((width, s.n) if is_column else (s.n, width),), content)

    states = [state("x", s.d), state("h", s.m), *([state("c", s.m, "weights")] if cell == "LSTM" else [])]
    weights = weight_roles(cell, scheme, s.d, s.m, is_column=is_column, bias="one")
    output = (Role("wy", ((s.c, s.m),), "weights"), Role("by", ((s.c, 1),), "weights")) if has_output else ()
    parts = ("a sample in each column" if is_column else "a sample in each row", WEIGHTS[scheme])
    layout = ", ".join([part for part in parts if part] + (["with its output"] if has_output else []))
    yield LayerForm(
        f"{cell} step",
        layout,
        (*states, *weights, *output),
        _read(cell, scheme, s.d, s.m, is_column),
        PATTERNS[cell],
        size,
        outputs=len(states) - 1 + has_output,
    )


def _read(cell: str, scheme: str, inputs: int, hidden: int, is_column: bool):  # type: ignore[no-untyped-def]
    def read(v: Values, h: Hints) -> Iterator[Reading]:
        x = v["x"].T if is_column else v["x"]
        states = tuple(v[name].T if is_column else v[name] for name in ("h", "c") if name in v)
        for mistaken in (False, True):
            for gates, told in gates_of(cell, scheme, v, inputs, hidden):
                for one in CELLS[cell](gates):
                    if bool(one.mistake) != mistaken:
                        continue
                    new = tuple(state.T if is_column else state for state in one.step(x, states))
                    for outputs, how in _outputs(new, v):
                        yield Reading(outputs, (*told, *one.told, *how), one.mistake, one.id, one.correct)

    return read


def _outputs(new: tuple[np.ndarray, ...], v: Values) -> Iterator[tuple[tuple[np.ndarray, ...], tuple[str, ...]]]:
    if "wy" not in v:
        yield new, ()
        return
    z = v["wy"] @ new[0] + v["by"]
    yield (*new, softmax(z, axis=0)), ("output by softmax",)
    yield (*new, z), ("output as scores",)
