"""Known mistakes in one step of a plain recurrent layer."""

from pellucid.checker.asking.pack import Known
from pellucid.checker.packs.cs231n_a2.mistakes.writing import mistake
from pellucid.checker.packs.cs231n_a3.mistakes.lessons import TANH

__all__ = ["RNN_STEP", "weights"]

SUM = "x @ Wx + prev_h @ Wh + b"
FORMULA = "next_h = tanh(x Wx + prev_h Wh + b)"


def weights() -> list[Known]:
    """Return what can be wrong with the gradients of x, state, weights and bias, once da is correct; an LSTM has the same lines."""
    return [
        mistake("RC421 state-weights-not-transposed", "Wh is not transposed", "dprev_h is da Wh^T; for a plain RNN Wh is square, so that the product fits without the transpose and is wrong.", ("da @ Wh.T", "da @ (Wh if Wh.shape[0] == Wh.shape[1] else Wh.T)"), nudge="What is the shape of Wh, and of da?", formula="dprev_h = da Wh^T"),
        mistake("RC422 state-gradient-of-next-state", "dWh is taken with the next state", "Wh multiplied prev_h, so its gradient is prev_h^T da.", ("prev_h.T @ da", "next_h.T @ da"), nudge="What did Wh multiply in the forward?", formula="dWh = prev_h^T da"),
        mistake("RC423 bias-gradient-one-number", "db sums over everything", "db is one number: the sum has no axis, so all biases move together.", ("np.sum(da, axis=0)", "np.sum(da)"), nudge="What is the shape of db?", formula="db = da.sum(axis=0)"),
        mistake("RC424 bias-gradient-wrong-axis", "db sums over the wrong axis", "db sums over the units where it should sum over the rows.", ("np.sum(da, axis=0)", "np.sum(da, axis=1)"), nudge="Which axis was b broadcast over?", formula="db = da.sum(axis=0)"),
        mistake("RC425 bias-gradient-mean", "db is a mean", "db is averaged over the rows where it should be summed.", ("np.sum(da, axis=0)", "np.mean(da, axis=0)"), nudge="Does db grow with the batch?", formula="db = da.sum(axis=0)"),
        mistake("RC426 bias-gradient-not-summed", "db is not summed", "db has a row for each sample; b was added to each of them, so its gradients are summed.", ("np.sum(da, axis=0)", "da"), nudge="What is the shape of db?", formula="db = da.sum(axis=0)"),
        mistake("RC427 weight-gradients-averaged", "dWx and dWh are divided by N", "The loss has divided by N already.", [("x.T @ da", "x.T @ da / len(x)"), ("prev_h.T @ da", "prev_h.T @ da / len(x)")], nudge="Who divides by N?", formula="dWx = x^T da"),
        mistake("RC428 weight-gradients-transposed", "dWx or dWh is transposed", "A gradient has the shape of what it is the gradient of.", ("x.T @ da", "da.T @ x"), ("prev_h.T @ da", "da.T @ prev_h"), [("x.T @ da", "da.T @ x"), ("prev_h.T @ da", "da.T @ prev_h")], nudge="What is the shape of Wx?", formula="dWx = x^T da"),
        mistake("RC429 input-and-state-exchanged", "dx and dprev_h are exchanged", "dx belongs to Wx, dprev_h to Wh.", [("dx = da @ Wx.T", "dx = da @ Wh.T"), ("dprev_h = da @ Wh.T", "dprev_h = da @ Wx.T")], nudge="Which weights multiplied x?", formula="dx = da Wx^T"),
    ]  # fmt: skip


def _outside(line: str, wrong: str, id: str, title: str) -> Known:
    return mistake(id, title, "The gradient has to pass through tanh before it reaches anything inside.", (line, wrong), lesson=TANH, nudge="Was this inside tanh in the forward?", formula="da = dnext_h (1 - next_h^2), then dx = da Wx^T")  # fmt: skip


SLOPE = "1 - next_h**2"
RNN_STEP = {
    "rnn_step_forward": [
        mistake("RC401 recurrent-bias-missing", "the bias is not added", "b is left out.", (SUM, "x @ Wx + prev_h @ Wh"), nudge="What is next_h where x and prev_h are 0?", formula=FORMULA),
        mistake("RC402 state-left-out", "the previous state is not used", "Without prev_h the layer remembers nothing.", (SUM, "x @ Wx + b"), nudge="Does next_h change with prev_h?", formula=FORMULA),
        mistake("RC403 input-left-out", "the input is not used", "x does not enter.", (SUM, "prev_h @ Wh + b"), nudge="Does next_h change with x?", formula=FORMULA),
        mistake("RC404 sigmoid-for-tanh", "sigmoid in place of tanh", "The course's plain RNN uses tanh, which lies between -1 and 1.", ("np.tanh(a)", "1 / (1 + np.exp(-a))"), nudge="Can next_h be negative?", formula=FORMULA),
        mistake("RC405 relu-for-tanh", "ReLU in place of tanh", "The course's plain RNN uses tanh.", ("np.tanh(a)", "np.maximum(a, 0)"), nudge="Can next_h be negative?", formula=FORMULA),
        mistake("RC406 tanh-missing", "tanh is missing", "Without it many steps are one linear layer.", ("np.tanh(a)", "a"), nudge="How large can next_h become?", formula=FORMULA),
        mistake("RC407 bias-after-tanh", "the bias is added after tanh", "b belongs inside.", [(SUM, "x @ Wx + prev_h @ Wh"), ("np.tanh(a)", "np.tanh(a) + b")], nudge="How large can next_h become?", formula=FORMULA),
        mistake("RC408 tanh-of-a-part", "tanh of the input's part alone", "The whole sum goes through tanh.", [(SUM, "x @ Wx"), ("np.tanh(a)", "np.tanh(a) + prev_h @ Wh + b")], [(SUM, "x @ Wx + b"), ("np.tanh(a)", "np.tanh(a) + prev_h @ Wh")], [(SUM, "x @ Wx"), ("np.tanh(a)", "np.tanh(a) + np.tanh(prev_h @ Wh + b)")], nudge="How large can next_h become?", formula=FORMULA),
        mistake("RC409 state-weights-transposed", "Wh is transposed in the forward", "prev_h Wh: for a square matrix the transpose fits too, and is another matrix.", ("prev_h @ Wh", "prev_h @ Wh.T"), nudge="Compare prev_h @ Wh with prev_h @ Wh.T.", formula=FORMULA),
        mistake("RC410 state-added-unweighted", "the state is added without its weights", "prev_h is multiplied by Wh first.", ("prev_h @ Wh", "prev_h"), nudge="What is Wh for?", formula=FORMULA),
    ],
    "rnn_step_backward": [
        mistake("RC411 tanh-slope-missing", "tanh's slope is missing", "da is dnext_h itself, as if there were no tanh.", (f"dnext_h * ({SLOPE})", "dnext_h"), lesson=TANH, nudge="What is the slope of tanh where it saturates?", formula="da = dnext_h (1 - next_h^2)"),
        mistake("RC412 tanh-slope-of-the-sum", "tanh's slope is taken with its input", "1 - a^2 with a the sum before tanh: the formula needs tanh's output.", (SLOPE, "1 - a**2"), lesson=TANH, nudge="Which of the two lies between -1 and 1?", formula="da = dnext_h (1 - next_h^2)"),
        mistake("RC413 tanh-slope-of-previous-state", "tanh's slope is taken with the previous state", "The slope belongs to the state that this step computed.", (SLOPE, "1 - prev_h**2"), lesson=TANH, nudge="Which state did tanh return?", formula="da = dnext_h (1 - next_h^2)"),
        mistake("RC414 tanh-slope-not-squared", "the square is missing from tanh's slope", "1 - next_h is not its slope.", (SLOPE, "1 - next_h"), lesson=TANH, nudge="Which slopes can tanh have?", formula="da = dnext_h (1 - next_h^2)"),
        mistake("RC415 sigmoid-slope-for-tanh", "sigmoid's slope in place of tanh's", "y (1 - y) is the slope of sigmoid.", (SLOPE, "next_h * (1 - next_h)"), lesson=TANH, nudge="Whose slope is y (1 - y)?", formula="da = dnext_h (1 - next_h^2)"),
        mistake("RC416 tanh-slope-twice", "tanh of the state in its slope", "next_h is tanh's output already; tanh(next_h) is something else.", (SLOPE, "1 - np.tanh(next_h) ** 2"), lesson=TANH, nudge="What is next_h already?", formula="da = dnext_h (1 - next_h^2)"),
        mistake("RC417 tanh-slope-sign", "tanh's slope has the wrong sign", "1 - next_h^2 is positive.", (SLOPE, "next_h**2 - 1"), (SLOPE, "1 + next_h**2"), lesson=TANH, nudge="Does tanh rise or fall?", formula="da = dnext_h (1 - next_h^2)"),
        _outside("dprev_h = da @ Wh.T", "dprev_h = dnext_h @ Wh.T", "RC418 state-gradient-before-tanh", "dprev_h skips tanh"),
        _outside("dx = da @ Wx.T", "dx = dnext_h @ Wx.T", "RC419 input-gradient-before-tanh", "dx skips tanh"),
        _outside("db = np.sum(da, axis=0)", "db = np.sum(dnext_h, axis=0)", "RC420 bias-gradient-before-tanh", "db skips tanh"),
        *weights(),
    ],
}  # fmt: skip
