"""Known mistakes in one step of an LSTM."""

from pellucid.checker.asking.pack import Known
from pellucid.checker.packs.cs231n_a2.mistakes.writing import Changes, mistake
from pellucid.checker.packs.cs231n_a3.mistakes.lessons import CELL, GATES, TANH
from pellucid.checker.packs.cs231n_a3.mistakes.rnn_step import weights

__all__ = ["LSTM_STEP"]

PARTS = {"i": "[:, :H]", "f": "[:, H : 2 * H]", "o": "[:, 2 * H : 3 * H]", "g": "[:, 3 * H :]"}
LINES = {gate: f"{gate} = {'np.tanh' if gate == 'g' else 'sigmoid'}(a{part})" for gate, part in PARTS.items()}
UPDATE, OUT = "next_c = f * prev_c + i * g", "next_h = o * np.tanh(next_c)"
FORMULA = "next_c = f prev_c + i g, next_h = o tanh(next_c)"


def _order(order: str) -> list[tuple[str, str]]:
    """Return the edits that read the gates in another order, such as "ifgo"."""
    places = dict(zip(order, PARTS.values(), strict=True))
    return [
        (line, line.replace(PARTS[gate], places[gate])) for gate, line in LINES.items() if PARTS[gate] != places[gate]
    ]


def _gate(code: str, name: str, title: str, explanation: str, *changes: Changes, lesson: str = GATES, nudge: str = "Which gate does what?", formula: str = FORMULA) -> Known:  # fmt: skip
    return mistake(f"{code} {name}", title, explanation, *changes, lesson=lesson, nudge=nudge, formula=formula)


BACK = "dc = dnext_c + dnext_h * o * (1 - tanh_c**2)"
SLOPE_FORMULA = "dai = di i (1 - i), daf = df f (1 - f), dao = do o (1 - o), dag = dg (1 - g^2)"
LSTM_STEP = {
    "lstm_step_forward": [
        _gate("RC461", "gates-in-another-order", "the gates are read in another order", "PyTorch stores i, f, g, o; the course i, f, o, g.", *(_order(order) for order in ("ifgo", "figo", "iofg", "ofig", "gifo", "iogf", "oifg", "igfo", "fogi")), nudge="Which quarter of a is the candidate?", formula="i, f, o, g = the four quarters of a"),
        _gate("RC462", "candidate-with-sigmoid", "the candidate g uses sigmoid", "g is what is written into the cell, and may be negative: tanh.", (LINES["g"], LINES["g"].replace("np.tanh", "sigmoid")), nudge="Can the cell ever decrease below 0?", formula="g = tanh(a_g)"),
        _gate("RC463", "gate-with-tanh", "a gate uses tanh", "A gate lies between 0 and 1: sigmoid.", *((LINES[gate], LINES[gate].replace("sigmoid", "np.tanh")) for gate in "ifo"), nudge="Can a gate be negative?", formula="i, f, o = sigmoid"),
        _gate("RC464", "tanh-of-cell-missing", "tanh of the cell is missing from the state", "next_h is o times tanh(next_c).", (OUT, "next_h = o * next_c"), nudge="How large can next_h become?"),
        _gate("RC465", "forget-gate-on-state", "the forget gate multiplies the state", "The forget gate keeps the cell: f times prev_c, not prev_h.", (UPDATE, UPDATE.replace("prev_c", "prev_h")), nudge="What does the forget gate forget?"),
        _gate("RC466", "forget-gate-missing", "the forget gate is missing", "The cell is added up without ever being forgotten.", (UPDATE, "next_c = prev_c + i * g"), nudge="How does the cell forget?"),
        _gate("RC467", "input-gate-missing", "the input gate is missing", "The candidate is written in full.", (UPDATE, "next_c = f * prev_c + g"), nudge="What decides how much of g is written?"),
        _gate("RC468", "input-and-forget-exchanged", "input and forget gate are exchanged", "i decides what is written, f what is kept.", (UPDATE, "next_c = i * prev_c + f * g"), nudge="Which gate belongs to prev_c?"),
        _gate("RC469", "output-gate-missing", "the output gate is missing", "next_h is o times tanh(next_c).", (OUT, "next_h = np.tanh(next_c)"), nudge="What does the output gate do?"),
        _gate("RC470", "state-of-previous-cell", "the state is computed from the previous cell", "next_h shows the cell after its update.", (OUT, OUT.replace("next_c", "prev_c")), nudge="Which cell does next_h show?"),
        _gate("RC471", "cell-returned-after-tanh", "the cell is returned after tanh", "tanh is for the state alone; the cell goes on as it is.", ("return next_h, next_c,", "return next_h, np.tanh(next_c),"), (UPDATE, "next_c = np.tanh(f * prev_c + i * g)"), nudge="How large can the cell become?"),
        _gate("RC472", "state-and-cell-exchanged", "next_h and next_c are exchanged", "The step returns the state first, then the cell.", ("return next_h, next_c,", "return next_c, next_h,"), nudge="Which of the two is returned first?", formula="return next_h, next_c, cache"),
        _gate("RC473", "gates-of-the-cell", "the gates look at the cell", "They look at the previous state: prev_h Wh.", ("prev_h @ Wh", "prev_c @ Wh"), nudge="What do the gates look at?", formula="a = x Wx + prev_h Wh + b"),
        mistake("RC401 recurrent-bias-missing", "the bias is not added", "b is left out.", ("x @ Wx + prev_h @ Wh + b", "x @ Wx + prev_h @ Wh"), nudge="What is next_h where x and prev_h are 0?", formula="a = x Wx + prev_h Wh + b"),
        mistake("RC402 state-left-out", "the previous state is not used", "Without prev_h the gates see the input alone.", ("x @ Wx + prev_h @ Wh + b", "x @ Wx + b"), nudge="Does next_h change with prev_h?", formula="a = x Wx + prev_h Wh + b"),
    ],
    "lstm_step_backward": [
        _gate("RC474", "cell-gradient-dropped", "dnext_c is not used", "The gradient that the next step's cell passes back is dropped.", (BACK, "dc = dnext_h * o * (1 - tanh_c**2)"), lesson=CELL, nudge="What is dprev_c where dnext_h is 0?", formula=BACK),
        _gate("RC475", "state-path-to-cell-dropped", "the state's path to the cell is missing", "dnext_h reaches the cell through o tanh(next_c); here dc is dnext_c alone.", (BACK, "dc = dnext_c"), lesson=CELL, nudge="What is dprev_c where dnext_c is 0?", formula=BACK),
        _gate("RC476", "cell-tanh-slope-missing", "tanh's slope is missing on the way to the cell", "next_h is o tanh(next_c): the slope is o (1 - tanh(next_c)^2).", (BACK, "dc = dnext_c + dnext_h * o"), lesson=TANH, formula=BACK),
        _gate("RC477", "cell-tanh-slope-of-cell", "tanh's slope is taken with the cell itself", "1 - next_c^2: the formula needs tanh(next_c).", (BACK, BACK.replace("tanh_c**2", "next_c**2")), lesson=TANH, formula=BACK),
        _gate("RC478", "output-gate-missing-in-backward", "the output gate is missing on the way to the cell", "next_h is o times tanh(next_c).", (BACK, "dc = dnext_c + dnext_h * (1 - tanh_c**2)"), lesson=CELL, formula=BACK),
        _gate("RC479", "gate-slope-missing", "a gate's slope is missing", "The gradient of a gate passes through its sigmoid: y (1 - y).", ("di * i * (1 - i)", "di"), ("df * f * (1 - f)", "df"), ("do * o * (1 - o)", "do"), [("di * i * (1 - i)", "di"), ("df * f * (1 - f)", "df"), ("do * o * (1 - o)", "do")], nudge="What is the slope of sigmoid?", formula=SLOPE_FORMULA),
        _gate("RC480", "candidate-slope-missing", "the candidate's slope is missing", "g passed through tanh: 1 - g^2.", ("dg * (1 - g**2)", "dg"), lesson=TANH, nudge="What is the slope of tanh?", formula=SLOPE_FORMULA),
        _gate("RC487", "candidate-slope-of-sigmoid", "the candidate's slope is sigmoid's", "g is a tanh: its slope is 1 - g^2.", ("dg * (1 - g**2)", "dg * g * (1 - g)"), lesson=TANH, nudge="Which function made g?", formula=SLOPE_FORMULA),
        _gate("RC488", "gate-slope-of-tanh", "a gate's slope is tanh's", "A gate is a sigmoid: its slope is y (1 - y).", ("di * i * (1 - i)", "di * (1 - i**2)"), ("df * f * (1 - f)", "df * (1 - f**2)"), ("do * o * (1 - o)", "do * (1 - o**2)"), nudge="Which function made the gates?", formula=SLOPE_FORMULA),
        _gate("RC489", "previous-cell-gradient-without-forget", "the forget gate is missing from dprev_c", "prev_c was multiplied by f.", ("dprev_c = dc * f", "dprev_c = dc"), nudge="What did prev_c meet in the forward?", formula="dprev_c = dc f"),
        _gate("RC490", "previous-cell-gradient-with-input-gate", "dprev_c uses the wrong gate", "prev_c was multiplied by f, not i.", ("dprev_c = dc * f", "dprev_c = dc * i"), nudge="What did prev_c meet in the forward?", formula="dprev_c = dc f"),
        _gate("RC491", "previous-cell-gradient-of-next", "dprev_c uses dnext_c", "Before it is passed back, the cell's gradient gets the state's path.", ("dprev_c = dc * f", "dprev_c = dnext_c * f"), lesson=CELL, nudge="What is dprev_c where dnext_c is 0?", formula="dprev_c = dc f"),
        _gate("RC492", "forget-gradient-of-next-cell", "the forget gate's gradient uses the next cell", "f multiplied prev_c.", ("df = dc * prev_c", "df = dc * next_c"), nudge="What did f multiply?", formula="df = dc prev_c"),
        _gate("RC493", "output-gradient-of-cell", "the output gate's gradient uses the cell without tanh", "o multiplied tanh(next_c).", ("do = dnext_h * tanh_c", "do = dnext_h * next_c"), nudge="What did o multiply?", formula="do = dnext_h tanh(next_c)"),
        _gate("RC494", "input-and-candidate-exchanged", "the gradients of i and g are exchanged", "In i g each is multiplied by the other.", [("di = dc * g", "di = dc * i"), ("dg = dc * i", "dg = dc * g")], nudge="What is the derivative of i g by i?", formula="di = dc g, dg = dc i"),
        _gate("RC495", "gate-gradients-in-another-order", "the gates' gradients are joined in another order", "They are joined in the order in which a is split: i, f, o, g.", *(("[dai, daf, dao, dag]", f"[{order}]") for order in ("dai, daf, dag, dao", "daf, dai, dao, dag", "daf, dai, dag, dao", "dai, dao, daf, dag", "dag, dai, daf, dao", "dai, dag, daf, dao")), formula="da = [dai, daf, dao, dag]"),
        _gate("RC496", "output-gradient-of-cell-gradient", "the output gate's gradient uses dc", "o acts on the state: do = dnext_h tanh(next_c).", ("do = dnext_h * tanh_c\n", "do = (dnext_c + dnext_h * o * (1 - tanh_c**2)) * tanh_c\n"), nudge="Which output did o multiply?", formula="do = dnext_h tanh(next_c)"),
        *[one for one in weights() if one.id not in ("state-gradient-of-next-state", "state-weights-not-transposed")],
    ],
}  # fmt: skip
