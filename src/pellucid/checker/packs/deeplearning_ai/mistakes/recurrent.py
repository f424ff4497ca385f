"""Known mistakes in course 5's recurrent networks."""

from pellucid.checker.packs.cs231n_a2.mistakes.writing import convention, mistake
from pellucid.checker.packs.deeplearning_ai.mistakes.lessons import CHAIN, SUM

__all__ = ["RECURRENT"]

A_NEXT = "a_next = np.tanh(np.dot(Waa, a_prev) + np.dot(Wax, xt) + ba)"
CONCAT = "np.concatenate((a_prev, xt), axis=0)"
C_NEXT = "c_next = ft * c_prev + it * cct"
GATE = '1 / (1 + np.exp(-(np.dot(parameters["W{0}"], concat) + parameters["b{0}"])))'
GATES_BACK = (("f", "dft"), ("i", "dit"), ("c", "dcct"), ("o", "dot"))
SLICES_EXCHANGED = [
    *((f"np.dot(W{g}[:, :n_a].T, {d})", f"np.dot(W{g}[:, n_a : n_a + xt.shape[0]].T, {d})") for g, d in GATES_BACK),
    *((f"np.dot(W{g}[:, n_a:].T, {d})", f"np.dot(W{g}[:, :n_a].T, {d})") for g, d in GATES_BACK),
]
DC = "dc = dc_next + da_next * ot * (1 - np.tanh(c_next) ** 2)"
BACK = "gradients = rnn_cell_backward(da[:, :, t] + da_prevt, caches[t])"
LSTM_BACK = "gradients = lstm_cell_backward(da[:, :, t] + da_prevt, dc_prevt, caches[t])"
STEP, LSTM_STEP = (
    "rnn_cell_forward(x[:, :, t], a_next, parameters)",
    "lstm_cell_forward(x[:, :, t], a_next, c_next, parameters)",
)
CLIPPED = "np.clip(gradients[name], -maxValue, maxValue)"
GATES = "Gamma = sigmoid(W [a_prev; x] + b)"
SLICES_FROM_THE_END = [
    *((f"np.dot(W{g}[:, :n_a].T, {d})", f"np.dot(W{g}[:, -n_a:].T, {d})") for g, d in GATES_BACK),
    *((f"np.dot(W{g}[:, n_a:].T, {d})", f"np.dot(W{g}[:, : xt.shape[0]].T, {d})") for g, d in GATES_BACK),
]
BOTH = "c_next is read by the next step and by a_next: its gradient has both parts."
ANGLE = "angle = pos / 10000^(2 (k // 2) / d)"

RECURRENT = {
    "rnn_cell_forward": [
        mistake("RC601 recurrent-bias-left-out", "a bias is not added", "a_next has ba, the prediction by.", (A_NEXT, A_NEXT.replace(" + ba", "")), ("np.dot(Wya, a_next) + by", "np.dot(Wya, a_next)"), nudge="What is a_next for inputs of 0?", formula="tanh(Waa a_prev + Wax xt + ba)"),
        mistake("RC602 recurrent-weights-exchanged", "Waa and Wax are exchanged", "Waa belongs to a_prev, Wax to xt.", ("np.dot(Waa, a_prev) + np.dot(Wax, xt)", "np.dot(Wax, a_prev) + np.dot(Waa, xt)"), nudge="Which shape has Wax?", formula="tanh(Waa a_prev + Wax xt + ba)"),
        mistake("RC603 sigmoid-for-tanh", "a sigmoid instead of tanh", "The hidden state is a tanh.", ("np.tanh(np.dot(Waa, a_prev) + np.dot(Wax, xt) + ba)", "1 / (1 + np.exp(-(np.dot(Waa, a_prev) + np.dot(Wax, xt) + ba)))"), nudge="Can a_next be negative?", formula="tanh(Waa a_prev + Wax xt + ba)"),
        mistake("RC604 recurrent-not-activated", "tanh is missing", "a_next is the sum itself.", (A_NEXT, "a_next = np.dot(Waa, a_prev) + np.dot(Wax, xt) + ba"), nudge="Can a_next be above 1?", formula="tanh(Waa a_prev + Wax xt + ba)"),
        mistake("RC605 state-left-out", "the previous state is left out", "a_next depends on a_prev.", ("np.dot(Waa, a_prev) + ", ""), nudge="What does the network remember?", formula="tanh(Waa a_prev + Wax xt + ba)"),
        mistake("RC606 prediction-of-old-state", "the prediction is made from the previous state", "yt_pred comes from a_next.", ("np.dot(Wya, a_next)", "np.dot(Wya, a_prev)"), nudge="Which state has seen xt?", formula="softmax(Wya a_next + by)"),
        mistake("AC612 softmax-over-rows", "the softmax runs over the samples", "Samples are columns: each column sums to 1.", ("exps / np.sum(exps, axis=0, keepdims=True)", "exps / np.sum(exps, axis=1, keepdims=True)"), [("np.max(scores, axis=0", "np.max(scores, axis=1"), ("np.sum(exps, axis=0", "np.sum(exps, axis=1")], ("np.sum(exps, axis=0, keepdims=True)", "np.sum(exps)"), nudge="What does a column sum to?", formula="exp / sum(exp, axis=0)"),
        mistake("RC607 prediction-not-softmax", "the softmax is missing", "yt_pred are probabilities.", ("yt_pred = exps / np.sum(exps, axis=0, keepdims=True)", "yt_pred = scores"), nudge="What does a column sum to?", formula="softmax(Wya a_next + by)"),
    ],
    "rnn_forward": [
        mistake("RC608 state-not-carried", "every step starts from a0", "Step t starts from the state of step t - 1.", (STEP, STEP.replace("a_next", "a0")), nudge="What does the second step remember?", formula="a_next, ... = rnn_cell_forward(x[:, :, t], a_next, ...)"),
        mistake("RC609 same-input", "every step reads the same input", "Step t reads x[:, :, t].", (STEP, STEP.replace("x[:, :, t]", "x[:, :, 0]")), nudge="Which input does the second step read?", formula="x[:, :, t]"),
        mistake("RC610 last-step-missing", "the last step is missing", "There are T_x steps.", ("range(T_x)", "range(T_x - 1)"), nudge="Print a[:, :, -1].", formula="for t in range(T_x)"),
        mistake("RC611 first-step-missing", "the first step is missing", "Steps are counted from 0.", ("range(T_x)", "range(1, T_x)"), nudge="Print a[:, :, 0].", formula="for t in range(T_x)"),
        mistake("RC612 starts-from-zeros", "a0 is not used", "The first state is a0, not zeros.", ("a_next = a0", "a_next = np.zeros(a0.shape)"), nudge="Try an a0 that is not 0.", formula="a_next = a0"),
        mistake("RC613 sequence-reversed", "the sequence is read backwards", "Step t reads x[:, :, t], beginning with t = 0.", ("for t in range(T_x)", "for t in reversed(range(T_x))"), nudge="Which input comes first?", formula="for t in range(T_x)"),
    ],
    "lstm_cell_forward": [
        mistake("RC614 concat-order", "a_prev and xt are stacked in the wrong order", "The weights' first n_a columns belong to a_prev.", (CONCAT, CONCAT.replace("(a_prev, xt)", "(xt, a_prev)")), nudge="Which columns of Wf multiply xt?", formula="concat = [a_prev; xt]"),
        mistake("RC615 gates-exchanged", "forget and update gate are exchanged", "The forget gate multiplies c_prev, the update gate the candidate.", (C_NEXT, "c_next = it * c_prev + ft * cct"), nudge="Which gate decides what is kept?", formula="c_next = ft * c_prev + it * cct"),
        mistake("RC616 update-gate-is-forget-gate", "one gate is made from another's weights", "Each gate has its own W and b.", (GATE.format("i"), GATE.format("f")), (GATE.format("f"), GATE.format("i")), (GATE.format("o"), GATE.format("f")), (GATE.format("o"), GATE.format("i")), nudge="Which weights has the update gate?", formula=GATES),
        mistake("RC617 candidate-sigmoid", "the candidate is a sigmoid", "Gates are sigmoids, the candidate is a tanh.", ('np.tanh(np.dot(parameters["Wc"], concat) + parameters["bc"])', GATE.format("c")), nudge="Can the candidate be negative?", formula="cct = tanh(Wc [a_prev; x] + bc)"),
        mistake("RC618 gate-tanh", "a gate is a tanh", "Gates lie between 0 and 1: sigmoids.", *((GATE.format(g), f'np.tanh(np.dot(parameters["W{g}"], concat) + parameters["b{g}"])') for g in "ifo"), nudge="Can a gate be negative?", formula=GATES),
        mistake("RC619 candidate-not-gated", "the update gate is not applied", "The candidate is multiplied by it.", (C_NEXT, "c_next = ft * c_prev + cct"), nudge="What does the update gate do?", formula="c_next = ft * c_prev + it * cct"),
        mistake("RC620 memory-not-gated", "the forget gate is not applied", "c_prev is multiplied by ft.", (C_NEXT, "c_next = c_prev + it * cct"), nudge="What does the forget gate do?", formula="c_next = ft * c_prev + it * cct"),
        mistake("RC621 memory-left-out", "c_prev is left out", "c_next keeps what the forget gate lets pass.", (C_NEXT, "c_next = it * cct"), nudge="What does the cell remember?", formula="c_next = ft * c_prev + it * cct"),
        mistake("RC622 output-without-tanh", "tanh is missing in a_next", "a_next = ot * tanh(c_next).", ("ot * np.tanh(c_next)", "ot * c_next"), nudge="Can a_next be above 1?", formula="a_next = ot * tanh(c_next)"),
        mistake("RC623 output-not-gated", "the output gate is not applied", "a_next = ot * tanh(c_next).", ("ot * np.tanh(c_next)", "np.tanh(c_next)"), nudge="What does the output gate do?", formula="a_next = ot * tanh(c_next)"),
        mistake("RC624 output-of-old-memory", "a_next is made from c_prev", "a_next = ot * tanh(c_next).", ("np.tanh(c_next)", "np.tanh(c_prev)"), nudge="Which memory has seen xt?", formula="a_next = ot * tanh(c_next)"),
        mistake("AC612 softmax-over-rows", "the softmax runs over the samples", "Samples are columns: each column sums to 1.", ("exps / np.sum(exps, axis=0, keepdims=True)", "exps / np.sum(exps, axis=1, keepdims=True)"), ("np.sum(exps, axis=0, keepdims=True)", "np.sum(exps)"), nudge="What does a column sum to?", formula="exp / sum(exp, axis=0)"),
        mistake("RC601 recurrent-bias-left-out", "a bias is not added", "Every gate has a bias.", *((f' + parameters["{b}"]', "") for b in ("bf", "bi", "bc", "bo", "by")), nudge="What is a gate for inputs of 0?", formula=GATES),
    ],
    "lstm_forward": [
        mistake("RC608 state-not-carried", "every step starts from a0", "Step t starts from the state of step t - 1.", (LSTM_STEP, LSTM_STEP.replace("a_next", "a0")), nudge="What does the second step remember?", formula="lstm_cell_forward(x[:, :, t], a_next, c_next, ...)"),
        mistake("RC625 memory-not-carried", "the memory is not carried from step to step", "c_next of step t - 1 is the c_prev of step t.", (LSTM_STEP, LSTM_STEP.replace("c_next", "np.zeros((n_a, m))")), nudge="Which memory does the second step read?", formula="lstm_cell_forward(x[:, :, t], a_next, c_next, ...)"),
        mistake("RC626 memory-starts-from-a0", "the memory starts from a0", "It starts from zeros.", ("c_next = np.zeros((n_a, m))", "c_next = a0"), nudge="What is c before the first step?", formula="c_next = 0"),
        mistake("RC609 same-input", "every step reads the same input", "Step t reads x[:, :, t].", (LSTM_STEP, LSTM_STEP.replace("x[:, :, t]", "x[:, :, 0]")), nudge="Which input does the second step read?", formula="x[:, :, t]"),
        mistake("RC612 starts-from-zeros", "a0 is not used", "The first state is a0, not zeros.", ("a_next = a0", "a_next = np.zeros(a0.shape)"), nudge="Try an a0 that is not 0.", formula="a_next = a0"),
        mistake("RC627 c-holds-a", "c holds the hidden states", "a gets a_next, c gets c_next.", ("c[:, :, t] = c_next", "c[:, :, t] = a_next"), ("a[:, :, t] = a_next", "a[:, :, t] = c_next"), nudge="Which array gets c_next?", formula="c[:, :, t] = c_next"),
        mistake("RC610 last-step-missing", "the last step is missing", "There are T_x steps.", ("range(T_x)", "range(T_x - 1)"), nudge="Print a[:, :, -1].", formula="for t in range(T_x)"),
        convention("RC951 a-c-y", "returns a, c, y", "The exercise returns a, y, c.", ("return a, y, c,", "return a, c, y,")),
    ],
    "rnn_cell_backward": [
        mistake("RC628 tanh-slope-missing", "the slope of tanh is missing", "da_next is multiplied by 1 - a_next^2.", ("dtanh = (1 - a_next**2) * da_next", "dtanh = da_next"), lesson=CHAIN, nudge="Which derivative has tanh?", formula="dtanh = (1 - a_next^2) da_next"),
        mistake("RC629 tanh-slope-not-squared", "a_next is not squared", "The slope of tanh is 1 - a_next^2.", ("a_next**2", "a_next"), nudge="Which derivative has tanh?", formula="dtanh = (1 - a_next^2) da_next"),
        mistake("RC630 tanh-slope-of-old-state", "the slope is taken of a_prev", "It is written in the activation: 1 - a_next^2.", ("1 - a_next**2", "1 - a_prev**2"), nudge="Which state is the tanh?", formula="dtanh = (1 - a_next^2) da_next"),
        mistake("RC631 tanh-slope-twice", "tanh is applied to a_next again", "a_next is the tanh already.", ("1 - a_next**2", "1 - np.tanh(a_next) ** 2"), nudge="How often is tanh applied?", formula="dtanh = (1 - a_next^2) da_next"),
        mistake("AF202 w-not-transposed", "a weight is not transposed", "dxt is Wax^T dtanh, da_prev Waa^T dtanh.", ("np.dot(Waa.T, dtanh)", "np.dot(Waa, dtanh)"), ("np.dot(Wax.T, dtanh)", "np.dot(Wax, dtanh)"), nudge="What is the shape of Wax?", formula="da_prev = Waa^T dtanh"),
        mistake("RC632 state-for-weight", "dWaa is made from the wrong state", "dWaa is made from a_prev.", ("np.dot(dtanh, a_prev.T)", "np.dot(dtanh, a_next.T)"), nudge="What did Waa multiply?", formula="dWaa = dtanh a_prev^T"),
        mistake("RC633 recurrent-bias-averaged", "dba is a mean", "dba is a sum over the samples.", ("np.sum(dtanh, axis=1, keepdims=True)", "np.mean(dtanh, axis=1, keepdims=True)"), nudge="Who divides by m?", formula="dba = sum(dtanh)"),
        mistake("AF605 db-without-keepdims", "dba is one number", "dba is (n_a, 1): axis=1 with keepdims=True.", ("np.sum(dtanh, axis=1, keepdims=True)", "np.sum(dtanh)"), ("np.sum(dtanh, axis=1, keepdims=True)", "np.sum(dtanh, axis=0, keepdims=True)"), nudge="Print dba.shape.", formula="np.sum(dtanh, axis=1, keepdims=True)"),
        mistake("RC634 weights-of-each-other", "the gradient of the input comes through the wrong weights", "dxt comes through Wax, da_prev through Waa.", ("np.dot(Waa.T, dtanh)", "np.dot(np.resize(Wax, Waa.shape).T, dtanh)"), nudge="Through which weights did a_prev go?", formula="da_prev = Waa^T dtanh"),
    ],
    "rnn_backward": [
        mistake("RC635 state-gradient-not-carried", "the gradient of the later steps is missing", "Step t gets da[:, :, t] plus da_prev of step t + 1.", (BACK, BACK.replace(" + da_prevt", "")), lesson=SUM, nudge="Who reads the state of step t?", formula="da[:, :, t] + da_prevt"),
        mistake("RC636 backward-not-reversed", "the loop runs forwards", "The gradient of step t needs that of step t + 1.", ("reversed(range(T_x))", "range(T_x)"), nudge="Which step comes first on the way back?", formula="for t in reversed(range(T_x))"),
        mistake("RC637 weights-not-summed", "a weight's gradient keeps the last step only", "The same weights act in every step: their gradients add up.", *((f"{n} +=", f"{n} =") for n in ("dWax", "dWaa", "dba")), [(f"{n} +=", f"{n} =") for n in ("dWax", "dWaa", "dba")], lesson=SUM, nudge="In how many steps does Wax act?", formula="dWax += gradients['dWax']"),
        mistake("RC638 last-gradient-for-all", "every step gets the last step's gradient", "Step t gets da[:, :, t].", (BACK, BACK.replace("da[:, :, t]", "da[:, :, -1]")), nudge="Which entry of da belongs to step t?", formula="da[:, :, t]"),
        mistake("RC639 da0-missing", "da0 is not the gradient of the first state", "da0 is da_prev of step 0.", ("da0 = da_prevt", "da0 = np.zeros((n_a, m))"), ("da0 = da_prevt", "da0 = da[:, :, 0]"), nudge="Which step reads a0?", formula="da0 = da_prevt after the loop"),
        mistake("RC640 one-cache-for-all", "one step's cache is used for all", "Step t has caches[t].", ("caches[t])", "caches[0])"), ("caches[t])", "caches[-1])"), nudge="Which cache belongs to step t?", formula="caches[t]"),
        mistake("RC641 steps-left-out", "a step is left out", "There are T_x steps, from T_x - 1 down to 0.", ("reversed(range(T_x))", "reversed(range(1, T_x))"), ("reversed(range(T_x))", "reversed(range(T_x - 1))"), nudge="Print dx[:, :, 0].", formula="for t in reversed(range(T_x))"),
    ],
    "lstm_cell_backward": [
        mistake("RC642 dc-next-left-out", "dc_next is not added", BOTH, (DC, DC.replace("dc_next + ", "")), *((f"{d} = dc *", f"{d} = (dc - dc_next) *") for d in ("dcct", "dit", "dft")), lesson=SUM, nudge="Who reads c_next?", formula="dc = dc_next + da_next ot (1 - tanh(c_next)^2)"),
        mistake("RC643 path-through-a-left-out", "the path through a_next is missing", BOTH, (DC, "dc = dc_next"), *((f"{d} = dc *", f"{d} = dc_next *") for d in ("dcct", "dit", "dft")), lesson=SUM, nudge="Who reads c_next?", formula="dc = dc_next + da_next ot (1 - tanh(c_next)^2)"),
        mistake("RC644 memory-tanh-slope-missing", "the slope of tanh(c_next) is missing", "a_next is ot * tanh(c_next).", (DC, DC.replace(" * (1 - np.tanh(c_next) ** 2)", "")), lesson=CHAIN, nudge="Which derivative has tanh?", formula="dc = dc_next + da_next ot (1 - tanh(c_next)^2)"),
        mistake("RC645 memory-tanh-not-applied", "c_next is squared without tanh", "The slope of tanh(c) is 1 - tanh(c)^2.", (DC, DC.replace("np.tanh(c_next) ** 2", "c_next**2")), nudge="Which derivative has tanh?", formula="1 - tanh(c_next)^2"),
        mistake("RC646 gate-slope-missing", "the slope of a gate's sigmoid is missing", "Each gate has the slope g (1 - g).", ("dot = da_next * np.tanh(c_next) * ot * (1 - ot)", "dot = da_next * np.tanh(c_next)"), ("dit = dc * cct * it * (1 - it)", "dit = dc * cct"), ("dft = dc * c_prev * ft * (1 - ft)", "dft = dc * c_prev"), lesson=CHAIN, nudge="Which derivative has the sigmoid?", formula="dft = dc c_prev ft (1 - ft)"),
        mistake("RC647 candidate-slope-missing", "the slope of the candidate's tanh is missing", "The candidate is a tanh: 1 - cct^2.", ("dc * it * (1 - cct**2)", "dc * it"), lesson=CHAIN, nudge="Which derivative has tanh?", formula="dcct = dc it (1 - cct^2)"),
        mistake("RC648 candidate-slope-of-tanh", "tanh is applied to the candidate again", "cct is the tanh already: its slope is 1 - cct^2.", ("(1 - cct**2)", "(1 - np.tanh(cct) ** 2)"), nudge="How often is tanh applied?", formula="dcct = dc it (1 - cct^2)"),
        mistake("RC649 candidate-slope-of-sigmoid", "the candidate has the slope of a sigmoid", "The candidate is a tanh: 1 - cct^2.", ("(1 - cct**2)", "cct * (1 - cct)"), nudge="Which derivative has tanh?", formula="dcct = dc it (1 - cct^2)"),
        mistake("RC650 candidate-in-one-part-only", "the candidate's gradient has cct in one part", "In solutions of an early edition dcct is (dc_next it + ot (1 - tanh(c)^2) it da_next cct) (1 - tanh(cct)^2): the factor cct does not belong there, and tanh is applied twice.", ("dcct = dc * it * (1 - cct**2)", "dcct = dc_next * it + ot * (1 - np.square(np.tanh(c_next))) * it * da_next * cct * (1 - np.square(np.tanh(cct)))"), ("dcct = dc * it * (1 - cct**2)", "dcct = (dc_next * it + ot * (1 - np.square(np.tanh(c_next))) * it * da_next * cct) * (1 - np.square(np.tanh(cct)))"), nudge="Does the product it * cct depend on cct by cct, or by it?", formula="dcct = dc it (1 - cct^2)"),
        mistake("RC651 forget-gate-without-memory", "the forget gate's gradient has the wrong memory", "The forget gate multiplied c_prev.", ("dft = dc * c_prev", "dft = dc * c_next"), ("dft = dc * c_prev", "dft = dc * cct"), nudge="What did the forget gate multiply?", formula="dft = dc c_prev ft (1 - ft)"),
        mistake("RC652 dc-prev-without-gate", "dc_prev has the wrong gate", "c_prev was multiplied by the forget gate.", ("dc_prev = dc * ft", "dc_prev = dc"), ("dc_prev = dc * ft", "dc_prev = dc * it"), nudge="What did c_prev go through?", formula="dc_prev = dc ft"),
        mistake("RC653 dc-prev-of-dc-next", "dc_prev lacks the path through a_next", "dc_prev is the whole gradient of c_next times ft.", ("dc_prev = dc * ft", "dc_prev = dc_next * ft"), nudge="Who reads c_next?", formula="dc_prev = dc ft"),
        mistake("RC654 slices-exchanged", "the slices of the weights are exchanged", "The first n_a columns belong to a_prev, the others to xt.", SLICES_EXCHANGED, SLICES_FROM_THE_END, nudge="Which columns of Wf multiply xt?", formula="da_prev: W[:, :n_a]; dxt: W[:, n_a:]"),
        mistake("RC655 gate-left-out-of-da", "a gate is missing from da_prev or dxt", "a_prev and xt go into all four.", *((f"np.dot(W{g}[:, {cut}].T, {d})", "0") for cut in (":n_a", "n_a:") for g, d in GATES_BACK), lesson=SUM, nudge="How many gates read a_prev?", formula="the sum over f, i, c, o"),
        mistake("RC656 wrong-weights-of-gate", "a gate's gradient goes back through another gate's weights", "Each gate has its own weights.", ("np.dot(Wf[:, :n_a].T, dft)", "np.dot(Wi[:, :n_a].T, dft)"), ("np.dot(Wo[:, :n_a].T, dot)", "np.dot(Wc[:, :n_a].T, dot)"), ("np.dot(Wf[:, n_a:].T, dft)", "np.dot(Wi[:, n_a:].T, dft)"), nudge="Which weights has the forget gate?", formula="Wf^T dft + Wi^T dit + Wc^T dcct + Wo^T dot"),
        mistake("RC614 concat-order", "a_prev and xt are stacked in the wrong order", "The weights' first n_a columns belong to a_prev.", (CONCAT, CONCAT.replace("(a_prev, xt)", "(xt, a_prev)")), nudge="Which columns of dWf belong to xt?", formula="concat = [a_prev; xt]"),
        mistake("RC657 recurrent-bias-shape", "a bias's gradient is not a column of sums", "db is (n_a, 1): axis=1 with keepdims=True.", ("dbf = np.sum(dft, axis=1, keepdims=True)", "dbf = np.sum(dft, axis=0, keepdims=True)"), ("dbf = np.sum(dft, axis=1, keepdims=True)", "dbf = np.sum(dft)"), [(f"np.sum({d}, axis=1, keepdims=True)", f"np.sum({d}, axis=0, keepdims=True)") for d in ("dft", "dit", "dcct", "dot")], nudge="Print dbf.shape.", formula="np.sum(dft, axis=1, keepdims=True)"),
        mistake("RC633 recurrent-bias-averaged", "a bias's gradient is a mean", "It is a sum over the samples.", [(f"np.sum({d}, axis=1", f"np.mean({d}, axis=1") for d in ("dft", "dit", "dcct", "dot")], nudge="Who divides by m?", formula="dbf = sum(dft)"),
    ],
    "lstm_backward": [
        mistake("RC635 state-gradient-not-carried", "the gradient of the later steps is missing", "Step t gets da[:, :, t] plus da_prev of step t + 1; solutions of an early edition lack it.", (LSTM_BACK, LSTM_BACK.replace(" + da_prevt", "")), lesson=SUM, nudge="Who reads the state of step t?", formula="da[:, :, t] + da_prevt"),
        mistake("RC658 memory-gradient-not-carried", "the memory's gradient is not carried back", "dc_prev of step t + 1 is the dc_next of step t.", ('dc_prevt = gradients["dc_prev"]', "dc_prevt = np.zeros((n_a, m))"), nudge="Who reads the memory of step t?", formula="dc_prevt = gradients['dc_prev']"),
        mistake("RC659 nothing-carried", "no gradient is carried from step to step", "Both da_prev and dc_prev of step t + 1 arrive at step t.", [(LSTM_BACK, LSTM_BACK.replace(" + da_prevt", "")), ('dc_prevt = gradients["dc_prev"]', "dc_prevt = np.zeros((n_a, m))")], lesson=SUM, nudge="Who reads state and memory of step t?", formula="da[:, :, t] + da_prevt, dc_prevt"),
        mistake("RC637 weights-not-summed", "the weights' gradients keep the last step only", "The same weights act in every step: their gradients add up.", ("sums[name] + gradients[name]", "gradients[name]"), ("sums[name] = sums[name] + gradients[name]", 'sums[name] = (sums[name] if name != "dWf" else 0) + gradients[name]'), lesson=SUM, nudge="In how many steps does Wf act?", formula="dWf += gradients['dWf']"),
        mistake("RC636 backward-not-reversed", "the loop runs forwards", "The gradient of step t needs that of step t + 1.", ("reversed(range(T_x))", "range(T_x)"), nudge="Which step comes first on the way back?", formula="for t in reversed(range(T_x))"),
        mistake("RC640 one-cache-for-all", "one step's cache is used for all", "Step t has caches[t].", ("caches[t])", "caches[0])"), ("caches[t])", "caches[-1])"), nudge="Which cache belongs to step t?", formula="caches[t]"),
        mistake("RC639 da0-missing", "da0 is not the gradient of the first state", "da0 is da_prev of step 0.", ("da0 = da_prevt", "da0 = np.zeros((n_a, m))"), nudge="Which step reads a0?", formula="da0 = da_prevt after the loop"),
        mistake("RC641 steps-left-out", "a step is left out", "There are T_x steps, from T_x - 1 down to 0.", ("reversed(range(T_x))", "reversed(range(1, T_x))"), ("reversed(range(T_x))", "reversed(range(T_x - 1))"), nudge="Print dx[:, :, 0].", formula="for t in reversed(range(T_x))"),
    ],
    "clip": [
        mistake("OP732 clip-one-side", "clipped on one side only", "The range is from -maxValue to maxValue.", (CLIPPED, "np.minimum(gradients[name], maxValue)"), (CLIPPED, "np.maximum(gradients[name], -maxValue)"), (CLIPPED, "np.clip(gradients[name], 0, maxValue)"), nudge="What becomes of -100?", formula="np.clip(gradient, -maxValue, maxValue)"),
        mistake("OP733 clip-sign", "the bounds have the wrong sign", "np.clip takes the smaller bound first.", (CLIPPED, "np.clip(gradients[name], maxValue, -maxValue)"), nudge="Which bound comes first?", formula="np.clip(gradient, -maxValue, maxValue)"),
        mistake("OP734 clip-not-used", "the clipped values are not kept", "np.clip returns a new array: give it out=, or keep what it returns.", (CLIPPED, "gradients[name]"), nudge="Where does the clipped array go?", formula="np.clip(gradient, -maxValue, maxValue, out=gradient)"),
        mistake("OP735 clip-some", "some gradients are not clipped", "All five are clipped.", *((CLIPPED, f'{CLIPPED} if name != "{one}" else gradients[name]') for one in ("dby", "db", "dWya", "dWaa", "dWax")), nudge="Which gradients does the loop reach?", formula="dWaa, dWax, dWya, db, dby"),
        mistake("OP736 clip-by-norm", "scaled by the length, not clipped entry by entry", "Each entry is clipped by itself.", (CLIPPED, "gradients[name] * min(1, maxValue / np.linalg.norm(gradients[name]))"), nudge="What becomes of a small entry next to a large one?", formula="np.clip(gradient, -maxValue, maxValue)"),
    ],
    "sample": [
        mistake("RC660 sample-state-not-carried", "the state is not carried on", "a_prev is the state of the last character.", ("        a_prev = a\n", ""), nudge="What does the network remember?", formula="a_prev = a"),
        mistake("RC661 sample-input-not-updated", "the input is not the character that was drawn", "x is one-hot at the index that was drawn.", ("        x[idx] = 1\n", ""), nudge="Print x after the first character.", formula="x[idx] = 1"),
        mistake("RC662 sample-no-newline-at-50", "the newline is missing after 50 characters", "A name that is cut off at 50 ends in a newline.", ('    if counter == 50:\n        indices.append(char_to_ix["\\n"])\n', ""), nudge="What is the last index after 50 characters?", formula="indices.append(char_to_ix['\\n'])"),
        mistake("RC663 sample-limit", "the limit is another one", "Sampling stops after 50 characters.", ("while idx != char_to_ix[\"\\n\"] and counter != 50", "while idx != char_to_ix[\"\\n\"] and counter != 49"), ("while idx != char_to_ix[\"\\n\"] and counter != 50", "while idx != char_to_ix[\"\\n\"] and counter != 51"), nudge="How many characters has the longest name?", formula="counter != 50"),
        mistake("RC664 sample-one-hot-not-cleared", "the one-hot vector is not cleared", "x holds every character so far.", ("        x = np.zeros((vocab_size, 1))\n        x[idx] = 1", "        x[idx] = 1"), nudge="How many entries of x are 1?", formula="x = zeros; x[idx] = 1"),
    ],
    "get_angles": [
        mistake("NT681 angle-not-halved", "k is not halved", "Sine and cosine of a pair share an angle: i = k // 2.", ("i = k // 2", "i = k"), nudge="Do columns 0 and 1 have the same angle?", formula=ANGLE),
        mistake("NT682 angle-not-rounded", "k / 2 is not rounded down", "Sine and cosine of a pair share an angle: i = k // 2.", ("k // 2", "k / 2"), nudge="Do columns 0 and 1 have the same angle?", formula=ANGLE),
        mistake("NT683 angle-without-2", "the 2 of the exponent is missing", "The exponent is 2 i / d.", ("2 * i / d", "i / d"), nudge="What is the last exponent?", formula=ANGLE),
        mistake("NT684 angle-multiplied", "multiplied instead of divided", "Frequencies fall with k.", ("pos / 10000", "pos * 10000"), nudge="Which column changes fastest?", formula=ANGLE),
        mistake("NT685 angle-another-base", "another base", "The base is 10000.", ("10000", "1000"), ("10000", "100000"), nudge="How many zeros has 10000?", formula=ANGLE),
    ],
    "positional_encoding": [
        mistake("NT686 sine-cosine-exchanged", "sine and cosine are exchanged", "Even columns are sines, odd ones cosines.", [("np.sin(angles[:, 0::2])", "np.cos(angles[:, 0::2])"), ("np.cos(angles[:, 1::2])", "np.sin(angles[:, 1::2])")], nudge="What is the first entry of position 0?", formula="sin at 2i, cos at 2i + 1"),
        mistake("NT687 only-sine", "only one of sine and cosine", "Even columns are sines, odd ones cosines.", ("np.cos(", "np.sin("), ("np.sin(", "np.cos("), nudge="What is the second entry of position 0?", formula="sin at 2i, cos at 2i + 1"),
        mistake("NT681 angle-not-halved", "k is not halved", "Sine and cosine of a pair share an angle: i = k // 2.", ("2 * (k // 2)", "2 * k"), ("2 * (k // 2)", "k"), nudge="Do columns 0 and 1 have the same angle?", formula=ANGLE),
        mistake("NT688 halves-not-alternating", "sines in one half, cosines in the other", "They alternate: 0::2 and 1::2.", [("encoding[:, 0::2] = np.sin", "encoding[:, : d // 2] = np.sin"), ("encoding[:, 1::2] = np.cos", "encoding[:, d // 2 :] = np.cos")], nudge="Which columns are sines?", formula="0::2 sines, 1::2 cosines"),
        mistake("NT689 positions-from-1", "positions start from 1", "The first position is 0.", ("np.arange(positions)", "np.arange(1, positions + 1)"), nudge="What is the encoding of position 0?", formula="pos = 0, 1, ..."),
    ],
}  # fmt: skip
