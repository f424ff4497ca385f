"""RNN, LSTM and GRU over time: several steps, in every usual layout, with one bias or two, with outputs or without."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pellucid.checker.recognising.form import Held, Hints, LayerForm, Reading, Role, Sizes, Values
from pellucid.checker.recognising.plain import is_same
from pellucid.checker.recognising.readings.cells import CELLS, Cell, Gates, States, softmax
from pellucid.checker.recognising.readings.gate_weights import gates_of, weight_roles
from pellucid.checker.recognising.readings.recurrent import PATTERNS
from pellucid.shapes import Array

__all__ = ["LAYOUTS", "SequenceLayout", "forms", "scan"]


class SequenceLayout(NamedTuple):
    """How the inputs lie; inside, they are (T, N, D), states (N, H)."""

    told: str
    axes: tuple[int, ...]  # of a sequence (T, N, D) as it comes
    batch_axis: int | None  # None for one sample
    is_column: bool = False

    def inside(self, x: Array) -> Array:
        """Return a sequence as (T, N, D)."""
        wide = x if x.ndim == 3 else x[:, None, :]
        return np.asarray(wide.transpose(np.argsort(self.axes)))

    def outside(self, x: Array) -> Array:
        """Return a sequence (T, N, D) as it comes."""
        return np.asarray(x.transpose(self.axes))

    def shape(self, t: int, n: int, d: int) -> tuple[int, ...]:
        """Return the shape of a sequence."""
        if self.told.startswith("x (T, D) "):
            return t, d
        return tuple((t, n, d)[axis] for axis in self.axes)


LAYOUTS = (
    SequenceLayout("x (N, T, D)", (1, 0, 2), 0),
    SequenceLayout("x (T, N, D)", (0, 1, 2), 1),
    SequenceLayout("x (T, D) of one sample", (0, 1, 2), None),
    SequenceLayout("x a column for each step of one sample", (0, 2, 1), None, True),
    SequenceLayout("x (D, N, T)", (2, 1, 0), 1, True),
)
SCHEMES = {
    "RNN": ("blocks", "joined"),
    "LSTM": ("blocks", "each", "apart", "joined"),
    "GRU": ("apart", "each", "blocks"),
}


@dataclass(frozen=True)
class _Form:
    cell: str
    scheme: str
    layout: SequenceLayout
    start: tuple[str, ...]  # the states that are given: the others start from zeros
    has_output: bool
    bias: str = "one"


def forms(s: Sizes) -> list[LayerForm]:
    """Return the forms of recurrent nets over time; those with more arguments first."""
    return [_layer(s, one) for cell in SCHEMES for one in _kinds(cell)]


def _kinds(cell: str) -> Iterator[_Form]:
    starts = (("h0", "c0"), ("h0",), ()) if cell == "LSTM" else (("h0",), ())
    for scheme in SCHEMES[cell]:
        for layout in LAYOUTS:
            for has_output in (True, False):
                if has_output and cell != "RNN" and not (scheme == "each" and layout.is_column):
                    continue
                for start in starts:
                    yield _Form(cell, scheme, layout, start, has_output)
    for layout in LAYOUTS[:3]:
        for start in (starts[0], ()):
            for bias in ("two", "none"):
                scheme = "apart" if cell == "GRU" and bias == "none" else "blocks"
                yield _Form(cell, scheme, layout, start, False, bias)


def _layer(s: Sizes, form: _Form) -> LayerForm:
    layout, hidden, out = form.layout, s.hidden, s.d + 1
    n = 1 if layout.batch_axis is None else s.n
    state_shape = (hidden, n) if layout.is_column else (n, hidden)
    shapes = ((hidden,), state_shape) if layout.told.startswith("x (T, D) ") else (state_shape,)
    x = Role("x", (layout.shape(s.t, n, s.d),))
    starts = [Role(name, shapes, "weights") for name in form.start]
    weights = weight_roles(form.cell, form.scheme, s.d, hidden, is_column=layout.is_column, bias=form.bias)
    output: tuple[Role, ...] = ()
    if form.has_output:
        by = ((out, 1), (out,)) if layout.is_column else ((out,), (1, out))
        wy = ((out, hidden),) if layout.is_column else ((hidden, out), (out, hidden))
        output = (Role("wy", wy, "weights"), Role("by", by, "weights"))
    size = {"in": s.d, "hidden": hidden, "out": out, "batch": s.n, "time": s.t}
    return LayerForm(
        f"{form.cell} over time",
        layout.told,
        (x, *starts, *weights, *output),
        _read(form, s.d, hidden),
        PATTERNS[form.cell],
        size,
        outputs=3,
        batch_axis=layout.batch_axis,
        is_by_name=True,
        held=_held(form, s.d, hidden),
    )


def scan(step: Callable[[Array, States], States], x: Array, states: States, *, carries: bool = True) -> list[States]:
    """Return the states before the first step and after each."""
    found = [states]
    for x_t in x:
        found.append(step(x_t, found[-1] if carries else states))
    return found


def _read(form: _Form, inputs: int, hidden: int) -> Callable[[Values, Hints], Iterator[Reading]]:
    def read(v: Values, h: Hints) -> Iterator[Reading]:
        x = form.layout.inside(v["x"])
        start = _start(form, v, x.shape[1], hidden)
        every = list(gates_of(form.cell, form.scheme, v, inputs, hidden))
        for mistaken in (False, True):
            for gates, told in every:
                for cell in CELLS[form.cell](gates):
                    if bool(cell.mistake) == mistaken:
                        yield from _of_cell(form, cell, x, start, told, v)
        yield from _mistaken_scans(form, every, x, start, v)

    def fitting(v: Values, h: Hints) -> Iterator[Reading]:
        """Yield the readings with no more outputs than came."""
        return (one for one in read(v, h) if len(one.outputs) <= max(1, len(h.outputs)))

    return fitting


def _start(form: _Form, v: Values, samples: int, hidden: int) -> States:
    names = ("h0", "c0") if form.cell == "LSTM" else ("h0",)
    return tuple(_state(v[name], form.layout) if name in v else np.zeros((samples, hidden)) for name in names)


def _held(form: _Form, inputs: int, hidden: int) -> Callable[[Values, Reading], Iterator[Held]]:
    """Return what a backward through time may leave out, by the reading that its forward is."""

    def meant(v: Values, reading: Reading) -> tuple[Cell, int, int] | None:
        """Return the cell and the number of the outputs of a reading."""
        x = form.layout.inside(v["x"])
        start = _start(form, v, x.shape[1], hidden)
        for number, (gates, told) in enumerate(gates_of(form.cell, form.scheme, v, inputs, hidden)):
            for place, cell in enumerate(CELLS[form.cell](gates)):
                if cell.mistake:
                    continue
                for outputs, how in _outputs(form, scan(cell.step, x, start), v):
                    same = len(outputs) == len(reading.outputs) and (*told, *cell.told, *how) == reading.told
                    if same and all(is_same(a, b) for a, b in zip(outputs, reading.outputs, strict=True)):
                        return cell, number, place
        return None

    def held(v: Values, reading: Reading) -> Iterator[Held]:
        found = meant(v, reading)
        if found is None:
            return
        base, number, place = found
        states = scan(
            base.step, form.layout.inside(v["x"]), _start(form, v, form.layout.inside(v["x"]).shape[1], hidden)
        )

        def cell(values: Values) -> Cell:
            gates, _ = list(gates_of(form.cell, form.scheme, values, inputs, hidden))[number]
            return list(CELLS[form.cell](gates))[place]

        def run(carried: Callable[[int, States], States], learns: Callable[[int, int], bool] = lambda t, count: True):  # type: ignore[no-untyped-def]
            def forward(values: Values) -> tuple[Array, ...]:
                x = form.layout.inside(values["x"])
                new, now = cell(values), [_start(form, values, x.shape[1], hidden)]
                for t, x_t in enumerate(x):
                    step = new.step if learns(t, len(x)) else base.step
                    now.append(step(x_t, carried(t, now[-1]) if t else now[-1]))
                outputs = _outputs(form, now, values)
                return next(
                    o for o, how in outputs if len(o) == len(reading.outputs) and how == reading.told[-len(how) :]
                )

            return forward

        title = "lacks what flows back from the later steps"
        yield Held(
            "not-through-time",
            f"{title}: each step gets the gradient of its own output alone",
            run(lambda t, now: states[t]),
            "dh = dout[t] + dh_next, and dh_next = da @ Wh.T for the step before",
        )
        if len(states[0]) > 1:
            yield Held(
                "cell-not-through-time",
                f"{title} through the cell: dc of the next step is not added",
                run(lambda t, now: (now[0], states[t][1])),
                "dc = dc_next + dh * o * (1 - tanh(c)**2), and dc_next = dc * f",
            )
            yield Held(
                "hidden-not-through-time",
                f"{title} through the hidden state: dh of the next step is not added",
                run(lambda t, now: (states[t][0], now[1])),
                "dh = dout[t] + dh_next",
            )
        for is_kept, which in ((lambda t, count: t == 0, "first"), (lambda t, count: t == count - 1, "last")):
            yield Held(
                "one-step-alone",
                f"holds the {which} step's part alone: the gradients of all steps have to be added up (+=)",
                run(lambda t, now: now, is_kept),
                "dW += ... in each step",
            )

    return held


def _mistaken_scans(
    form: _Form, every: list[tuple[Gates, tuple[str, ...]]], x: Array, start: States, v: Values
) -> Iterator[Reading]:
    for gates, told in every:
        for cell in CELLS[form.cell](gates):
            if cell.mistake:
                continue
            states = scan(cell.step, x, start, carries=False)
            title = "each step starts from the first state again: the new state is not carried to the next step"
            for outputs, how in _outputs(form, states, v):
                yield Reading(outputs, (*told, *cell.told, *how), title, "state-not-carried", "h = step(x_t, h)")
            if len(start) > 1:
                yield from _lone_state(form, cell, x, start, told, v)


def _lone_state(
    form: _Form, cell: Cell, x: Array, start: States, told: tuple[str, ...], v: Values
) -> Iterator[Reading]:
    def step(x: Array, states: States) -> States:
        return cell.step(x, (states[0], start[1]))

    title = "the cell starts from its first value in each step: it is not carried to the next one"
    for outputs, how in _outputs(form, scan(step, x, start), v):
        yield Reading(outputs, (*told, *cell.told, *how), title, "cell-not-carried", "h, c = step(x_t, h, c)")


def _of_cell(form: _Form, cell: Cell, x: Array, start: States, told: tuple[str, ...], v: Values) -> Iterator[Reading]:
    for outputs, how in _outputs(form, scan(cell.step, x, start), v):
        yield Reading(outputs, (*told, *cell.told, *how), cell.mistake, cell.id, cell.correct)


def _state(state: Array, layout: SequenceLayout) -> Array:
    return state.T if layout.is_column else state.reshape(-1, state.shape[-1])


def _outputs(form: _Form, states: list[States], v: Values) -> Iterator[tuple[tuple[Array, ...], tuple[str, ...]]]:
    """Yield what may be returned: all states or the last, cells, outputs."""

    def lone(state: Array) -> Array:
        return state.T if form.layout.is_column else state

    every = [form.layout.outside(np.array([one[n] for one in states[1:]])) for n in range(len(states[0]))]
    last = [lone(one) for one in states[-1]]
    if form.has_output:
        yield from _with_outputs(form, states, every, last, v)
        return
    whole = form.layout.outside(np.array([one[0] for one in states]))
    if len(every) > 1:
        yield (every[0], last[0], last[1]), ("returns all states and the last ones",)
        yield (every[0], every[1]), ("returns all hidden states and cells",)
        yield (every[0], last[1]), ("returns all hidden states",)
        yield (last[0], last[1]), ("returns the last states",)
    yield (every[0], last[0]), ("returns all hidden states and the last",)
    yield (last[0], every[0]), ("returns the last hidden state and all",)
    yield (every[0],), ("returns all hidden states",)
    yield (last[0],), ("returns the last hidden state",)
    yield (whole,), ("returns all hidden states, the first one included",)


def _with_outputs(
    form: _Form, states: list[States], every: list[Array], last: list[Array], v: Values
) -> Iterator[tuple[tuple[Array, ...], tuple[str, ...]]]:
    hidden = np.array([one[0] for one in states[1:]])
    w = v["wy"].T if v["wy"].shape[0] != hidden.shape[-1] else v["wy"]
    z = hidden @ w + v["by"].ravel()
    for scores, what in ((z, "outputs as scores"), (softmax(z), "outputs by softmax"), (np.tanh(z), "outputs by tanh")):
        outputs = form.layout.outside(scores)
        final = scores[-1].T if form.layout.is_column else scores[-1]
        cells = every[1:]
        yield (every[0], outputs, *cells), (what, "returns all hidden states and outputs")
        yield (outputs, every[0], *cells), (what, "returns all outputs and hidden states")
        yield (outputs, *last), (what, "returns all outputs and the last states")
        yield (outputs,), (what, "returns all outputs")
        yield (final, last[0]), (what, "returns the last output and hidden state")
        yield (final,), (what, "returns the last output")
