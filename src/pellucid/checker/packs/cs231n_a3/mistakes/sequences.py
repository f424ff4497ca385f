"""Known mistakes in recurrent layers over a sequence, and those of their steps, which show in the sequence too."""

from collections.abc import Sequence
from dataclasses import replace

from pellucid.checker.asking.pack import Known
from pellucid.checker.packs.cs231n_a2.mistakes.writing import mistake
from pellucid.checker.packs.cs231n_a3.mistakes.lessons import CELL, SHARED, THROUGH_TIME
from pellucid.checker.packs.cs231n_a3.mistakes.lstm_step import LSTM_STEP
from pellucid.checker.packs.cs231n_a3.mistakes.rnn_step import RNN_STEP

__all__ = ["SEQUENCES"]

# Of a step: what cannot be added up over the steps, and what in a sequence is the same as another mistake.
NOT_IN_A_SEQUENCE = (
    *("bias-gradient-not-summed", "weight-gradients-transposed"),
    *("cell-gradient-dropped", "previous-cell-gradient-of-next"),
)
FORWARDS, BACKWARDS = "for t in range(T):", "for t in reversed(range(T)):"


def _of_step(step: str, known: Sequence[Known]) -> list[Known]:
    """Return the mistakes of a step as they show in a sequence that is made of such steps."""
    return [
        replace(
            one,
            edits=[[replace(edit, of=step) for edit in edits] for edits in one.edits],
            title=f"in the step: {one.title}",
        )
        for one in known
        if one.id not in NOT_IN_A_SEQUENCE
    ]


def _forward(step: str) -> list[Known]:
    """Return what can be wrong with a loop over time."""
    state = "prev_h = next_h"
    return [
        mistake("RC431 first-state-not-used", "h0 is not used", "The first step starts from zeros: for captions h0 is what the image says.", ("prev_h, caches = h0, []", "prev_h, caches = np.zeros_like(h0), []"), nudge="Does h change with h0?", formula="prev_h = h0 before the first step"),
        mistake("RC432 state-not-carried", "every step starts from h0", "The state that a step returns is not passed on to the next.", (f"        {state}\n", ""), nudge="Which state does step 2 start from?", formula="prev_h = next_h after each step"),
        mistake("RC433 time-reversed", "time runs backwards", "The first word comes first: t from 0 to T - 1.", (FORWARDS, BACKWARDS), nudge="Which word is read first?", formula=FORWARDS),
        mistake("RC434 one-step-late", "the states are stored one step late", "h[:, t] is the state after word t, not before it.", ("h[:, t] = next_h", "h[:, t] = prev_h"), nudge="Is h[:, 0] equal to h0?", formula="h[:, t] = next_h"),
        mistake("RC435 same-word-each-step", "every step reads the first word", "The index t of x is not used.", ("x[:, t]", "x[:, 0]"), nudge="What changes from step to step?", formula="x[:, t]"),
        mistake("RC436 last-step-missing", "the last step is not computed", "range(T - 1) ends one step early: the last state stays 0.", (FORWARDS, "for t in range(T - 1):"), nudge="What is h[:, T - 1]?", formula=FORWARDS),
        mistake("RC437 first-step-missing", "the first step is not computed", "range(1, T) begins with the second word: h[:, 0] stays 0, or h0.", (FORWARDS, "for t in range(1, T):"), nudge="What is h[:, 0]?", formula=FORWARDS),
        mistake("RC438 states-added", "the states are added up", "The next state replaces the last one.", (state, "prev_h = prev_h + next_h"), nudge="How large can a state of tanh become?", formula="prev_h = next_h"),
    ]  # fmt: skip


def _backward(step: str) -> list[Known]:
    """Return what can be wrong with a loop back through time."""
    line = "dnext_h = dh[:, t] + dprev_h"
    return [
        mistake("RC441 gradient-not-through-time", "the gradient of the next step is not added", "Each step gets dh[:, t] alone, as if the next one had not used its state.", (line, "dnext_h = dh[:, t]"), lesson=THROUGH_TIME, nudge="Who else uses the state of step t?", formula="dnext_h = dh[:, t] + dprev_h"),
        mistake("RC442 output-gradient-not-added", "dh of earlier steps is not added", "Only the last step gets its dh; the others get what comes back from the next step.", (line, "dnext_h = dh[:, t] if t == T - 1 else dprev_h"), lesson=THROUGH_TIME, nudge="Is dh[:, 0] used?", formula="dnext_h = dh[:, t] + dprev_h"),
        mistake("RC443 weight-gradients-overwritten", "the weights' gradients are overwritten", "dWx, dWh or db is set in each step: only the first step's gradient remains.", [("dWx += dWx_t", "dWx = dWx_t"), ("dWh += dWh_t", "dWh = dWh_t"), ("db += db_t", "db = db_t")], ("dWx += dWx_t", "dWx = dWx_t"), ("dWh += dWh_t", "dWh = dWh_t"), ("db += db_t", "db = db_t"), lesson=SHARED, nudge="How many steps use Wx?", formula="dWx += dWx_t"),
        mistake("RC444 backward-in-forward-order", "time runs forwards in the backward", "The last step comes first: its gradient goes into the step before it.", (BACKWARDS, FORWARDS), lesson=THROUGH_TIME, nudge="Which step's gradient is needed first?", formula=BACKWARDS),
        mistake("RC445 first-state-gradient-of-last-step", "dh0 is that of the last step", "dh0 is what the first step passes back, after the loop.", ("dh0 = dprev_h", f"dh0 = {step}_backward(dh[:, -1], {'np.zeros_like(dprev_c), ' if step == 'lstm_step' else ''}cache[-1])[1]"), nudge="Which step used h0?", formula="dh0 = dprev_h after the loop"),
        mistake("RC446 first-state-gradient-zero", "dh0 is zero", "h0 went into the first step.", ("dh0 = dprev_h", "dh0 = np.zeros_like(dprev_h)"), nudge="Does h change with h0?", formula="dh0 = dprev_h after the loop"),
        mistake("RC447 same-cache-each-step", "every step uses the same cache", "Each step has its own: cache[t].", ("cache[t])", "cache[0])"), ("cache[t])", "cache[-1])"), nudge="Which x did step t see?", formula="cache[t]"),
        mistake("RC448 cache-in-opposite-order", "the caches are taken in the opposite order", "Step t needs cache[t].", ("cache[t])", "cache[T - 1 - t])"), nudge="Which cache belongs to the last step?", formula="cache[t]"),
        mistake("RC449 weight-gradients-averaged-over-time", "the weights' gradients are averaged over time", "They are sums over the steps.", ("dh0 = dprev_h", "dh0 = dprev_h\n    dWx, dWh, db = dWx / T, dWh / T, db / T"), lesson=SHARED, nudge="Who divides by T?", formula="dWx += dWx_t"),
        mistake("RC450 gradients-accumulated-twice", "the gradients of all steps are added to each step", "dprev_h is replaced in each step, not added up.", ("    dh0 = dprev_h\n", "    dh0 = dprev_h + dh.sum(axis=1)\n"), lesson=THROUGH_TIME, nudge="What does step t pass back?", formula="dprev_h of step t alone"),
        mistake("RC451 last-step-left-out-of-backward", "the last step is left out of the backward", "range(T - 1) ends one step early.", (BACKWARDS, "for t in reversed(range(T - 1)):"), nudge="Which steps have a gradient?", formula=BACKWARDS),
        mistake("RC452 first-step-left-out-of-backward", "the first step is left out of the backward", "range(1, T) begins with the second step.", (BACKWARDS, "for t in reversed(range(1, T)):"), nudge="What is dx[:, 0]?", formula=BACKWARDS),
    ]  # fmt: skip


CELLS_FORWARD = [
    mistake("RC481 cell-not-carried", "the cell is not carried on", "Every step starts from a cell of 0: an LSTM without a memory.", ("        prev_c = next_c\n", ""), nudge="Which cell does step 2 start from?", formula="prev_c = next_c after each step"),
    mistake("RC482 first-cell-is-h0", "the first cell is h0", "The first cell is 0; h0 is the first state alone.", ("prev_c = np.zeros_like(h0)", "prev_c = h0"), nudge="What is the first cell?", formula="prev_c = 0 before the first step"),
    mistake("RC483 cell-returned-as-state", "the cells are returned, not the states", "h holds next_h of each step.", ("h[:, t] = next_h", "h[:, t] = next_c"), nudge="Can h be larger than 1?", formula="h[:, t] = next_h"),
    mistake("RC484 first-cell-of-ones", "the first cell is 1", "The first cell is 0.", ("prev_c = np.zeros_like(h0)", "prev_c = np.ones_like(h0)"), nudge="What is the first cell?", formula="prev_c = 0 before the first step"),
]  # fmt: skip
CELLS_BACKWARD = [
    mistake("RC485 cell-gradient-not-through-time", "the cell's gradient is not passed back", "Each step gets dnext_c = 0: the gradient of the cell stops after one step.", ("dnext_h, dprev_c, cache[t]", "dnext_h, np.zeros_like(dprev_c), cache[t]"), lesson=CELL, nudge="Who used the cell of step t?", formula="dnext_c = dprev_c of the next step"),
    mistake("RC486 cell-gradient-is-state-gradient", "the state's gradient is passed as the cell's", "dnext_c and dnext_h are two gradients.", ("dnext_h, dprev_c, cache[t]", "dnext_h, dprev_h, cache[t]"), lesson=CELL, nudge="Which of the two does the step expect second?", formula="lstm_step_backward(dnext_h, dnext_c, cache)"),
]  # fmt: skip

SEQUENCES = {
    "rnn_forward": [*_forward("rnn_step"), *_of_step("rnn_step_forward", RNN_STEP["rnn_step_forward"])],
    "rnn_backward": [*_backward("rnn_step"), *_of_step("rnn_step_backward", RNN_STEP["rnn_step_backward"])],
    "lstm_forward": [
        *_forward("lstm_step"),
        *CELLS_FORWARD,
        *_of_step("lstm_step_forward", LSTM_STEP["lstm_step_forward"]),
    ],
    "lstm_backward": [
        *_backward("lstm_step"),
        *CELLS_BACKWARD,
        *_of_step("lstm_step_backward", LSTM_STEP["lstm_step_backward"]),
    ],
}
