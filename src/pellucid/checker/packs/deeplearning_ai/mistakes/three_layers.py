"""Known mistakes in course 2's exercises on a network of three layers."""

from pellucid.checker.asking.pack import Known
from pellucid.checker.packs.cs231n_a2.mistakes.writing import mistake
from pellucid.checker.packs.deeplearning_ai.mistakes.lessons import AVERAGE, CHAIN, COLUMNS, LAYERS, PENALTY

__all__ = ["THREE_LAYERS"]

TWICE = "Pass every sample twice: what should change?"
ZEROS = "Compare lambda = 0 with lambda = 0.7."
W_SHAPE = "layers_dims[l], layers_dims[l - 1])"
TERMS = [(f"np.dot(dZ{n}, {a}.T) / m + lambd / m * W{n}", n) for n, a in ((3, "A2"), (2, "A1"), (1, "X"))]
RATIO = "lambd / (2 * m) * penalty"
ROOT = "np.sqrt(2.0 / layers_dims[l - 1])"
SQUARES = "np.sum(np.square(W1)) + np.sum(np.square(W2)) + np.sum(np.square(W3))"
MASKS = [(f"A{n} = A{n} * D{n}", f"D{n} = D{n}") for n in (1, 2)]
SCALES = [(f"A{n} = A{n} / keep_prob", f"D{n} = D{n}") for n in (1, 2)]
BACK_MASKS = [(f"    dA{n} = dA{n} * D{n}\n", "") for n in (1, 2)]
BACK_SCALES = [(f"    dA{n} = dA{n} / keep_prob\n", "") for n in (1, 2)]
INVERTED = "Inverted dropout keeps the expected activation the same in training and test."


def _each(pairs: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Return both changes together, then each by itself."""
    return [pairs, *([pair] for pair in pairs)]


def _started(others: list[Known]) -> list[Known]:
    return [
        mistake("NT610 weights-transposed", "W has its axes swapped", "W of layer l is (n_l, n_{l-1}).", (W_SHAPE, "layers_dims[l - 1], layers_dims[l])"), lesson=COLUMNS, nudge="Which shape must W1 have for W1 X?", formula="W: (n_l, n_{l-1})"),
        mistake("NT612 weights-uniform", "weights from a uniform distribution", "np.random.rand is never negative; np.random.randn is normal.", ("np.random.randn", "np.random.rand"), nudge="Is any weight negative?", formula="np.random.randn"),
        mistake("NT614 bias-not-zero", "a bias does not start at 0", "Biases start at 0.", ("np.zeros((", "np.random.randn(*("), ("np.zeros((", "np.ones(("), nudge="Print b1.", formula="np.zeros((n_l, 1))"),
        *others,
    ]  # fmt: skip


def _backward_slips() -> list[Known]:
    """Return the mistakes of a backward of three layers that have nothing to do with what is added to it."""
    return [
        mistake("LO610 gradient-sign", "A3 and Y are subtracted the wrong way round", "The gradient is A3 - Y.", ("dZ3 = A3 - Y", "dZ3 = Y - A3"), nudge="If A3 is too large, should Z3 grow or fall?", formula="dZ3 = A3 - Y"),
        mistake("NT645 relu-slope-missing", "the slope of a ReLU is missing", "The gradient passes where the forward set values to 0.", [("dZ2 = dA2 * (A2 > 0)", "dZ2 = dA2"), ("dZ1 = dA1 * (A1 > 0)", "dZ1 = dA1")], ("dZ1 = dA1 * (A1 > 0)", "dZ1 = dA1"), ("dZ2 = dA2 * (A2 > 0)", "dZ2 = dA2"), lesson=CHAIN, nudge="What is the slope of ReLU below 0?", formula="dZ = dA * (A > 0)"),
        mistake("AF606 product-for-dot", "the activation is multiplied in", "The slope of a ReLU is 0 or 1, not the activation.", ("dZ1 = dA1 * (A1 > 0)", "dZ1 = dA1 * A1"), ("dZ2 = dA2 * (A2 > 0)", "dZ2 = dA2 * A2"), nudge="What is the slope of ReLU above 0?", formula="dZ = dA * (A > 0)"),
    ]  # fmt: skip


REGULARIZED = [
    mistake("NT646 reg-gradient-missing-everywhere", "the penalty is missing from all gradients", "The cost has it, dW does not.", [(t, t.split(" + ")[0]) for t, _ in TERMS], lesson=PENALTY, nudge=ZEROS, formula="dW = dZ A^T / m + lambda / m * W"),
    mistake("NT647 reg-gradient-missing-somewhere", "the penalty is missing from one gradient", "Every W is penalized.", *((t, t.split(" + ")[0]) for t, _ in TERMS), lesson=PENALTY, nudge=ZEROS, formula="dW = dZ A^T / m + lambda / m * W"),
    mistake("NT648 reg-not-averaged", "the penalty is not divided by m", "lambda * W where lambda / m * W is meant.", [(t, t.replace("lambd / m", "lambd")) for t, _ in TERMS], lesson=PENALTY, nudge=ZEROS, formula="lambda / m * W"),
    mistake("NT649 reg-gradient-halved", "the penalty's gradient is half of what it should be", "The square's derivative cancels the 2.", [(t, t.replace("lambd / m", "lambd / (2 * m)")) for t, _ in TERMS], lesson=PENALTY, nudge=ZEROS, formula="lambda / m * W"),
    mistake("NT650 reg-gradient-doubled", "the penalty's gradient is twice what it should be", "2 lambda / m * W belongs to a penalty without the half.", [(t, t.replace("lambd / m", "2 * lambd / m")) for t, _ in TERMS], lesson=PENALTY, nudge=ZEROS, formula="lambda / m * W"),
    mistake("NT651 reg-sign", "the penalty is subtracted", "It pulls the weights towards 0: it is added to the gradient.", [(t, t.replace(" + ", " - ")) for t, _ in TERMS], lesson=PENALTY, nudge=ZEROS, formula="dW = dZ A^T / m + lambda / m * W"),
    mistake("NT652 reg-of-wrong-layer", "the penalty of another layer's weights", "Each dW has its own W.", [("lambd / m * W2", "lambd / m * np.sum(W2**2)")], [(t, t.replace(f"* W{n}", f"* np.sum(W{n})")) for t, n in TERMS], lesson=PENALTY, nudge="Which W belongs to dW2?", formula="lambda / m * W"),
    mistake("LO102 gradient-not-averaged", "nothing is divided by m", "dW and db are sums over the samples where they should be means.", [(line, line.replace(") / m", ")")) for line in ("np.dot(dZ3, A2.T) / m", "np.dot(dZ2, A1.T) / m", "np.dot(dZ1, X.T) / m", "np.sum(dZ3, axis=1, keepdims=True) / m", "np.sum(dZ2, axis=1, keepdims=True) / m", "np.sum(dZ1, axis=1, keepdims=True) / m")], lesson=AVERAGE, nudge=TWICE, formula="dW = dZ A^T / m"),
    *_backward_slips(),
]  # fmt: skip

DROPPED = [
    mistake("DO601 mask-not-in-backward", "a mask is missing from the backward", "The gradient passes where the forward dropped.", *_each(BACK_MASKS), lesson=CHAIN, nudge="Which step of the forward has no counterpart?", formula="dA = dA * D / keep_prob"),
    mistake("DO602 scale-not-in-backward", "the division by keep_prob is missing from the backward", "The forward divided what it kept by keep_prob; so does the backward.", *_each(BACK_SCALES), lesson=CHAIN, nudge="By what did the forward scale A1?", formula="dA = dA * D / keep_prob"),
    mistake("DO603 mask-and-scale-not-in-backward", "dropout is missing from the backward", "Neither mask nor scale are applied to dA.", [*BACK_MASKS, *BACK_SCALES], [BACK_MASKS[0], BACK_SCALES[0]], [BACK_MASKS[1], BACK_SCALES[1]], lesson=CHAIN, nudge="Which step of the forward has no counterpart?", formula="dA = dA * D / keep_prob"),
    mistake("DO604 backward-multiplied-by-keep", "multiplied by keep_prob", "The forward divided by keep_prob; so does the backward.", [(f"dA{n} / keep_prob", f"dA{n} * keep_prob") for n in (1, 2)], ("dA1 / keep_prob", "dA1 * keep_prob"), ("dA2 / keep_prob", "dA2 * keep_prob"), nudge="By what did the forward scale A1?", formula="dA = dA * D / keep_prob"),
    mistake("DO605 masks-exchanged", "a mask of the activation's values", "D1 belongs to dA1, D2 to dA2; the activations are no masks.", ("dA1 * D1", "dA1 * A1"), ("dA2 * D2", "dA2 * A2"), nudge="Which mask did the forward apply to A1?", formula="dA1 = dA1 * D1 / keep_prob"),
    *_backward_slips(),
]  # fmt: skip

CHECKED = [
    mistake("NT653 planted-dw2", "dW2 is doubled", "A factor 2 stands in dW2: gradient checking finds it.", ("np.dot(dZ2, A1.T) / m", "np.dot(dZ2, A1.T) / m * 2"), nudge="Which line of dW2 differs from that of dW3?", formula="dW2 = dZ2 A1^T / m"),
    mistake("NT654 planted-db1", "db1 is four times too large", "4 / m stands in db1 where 1 / m is meant.", ("np.sum(dZ1, axis=1, keepdims=True) / m", "4 * np.sum(dZ1, axis=1, keepdims=True) / m"), nudge="Which line of db1 differs from that of db2?", formula="db1 = sum(dZ1) / m"),
    *_backward_slips(),
]  # fmt: skip


FORMULA = "(J(theta + eps) - J(theta - eps)) / (2 eps)"
APART = "How far apart are theta_plus and theta_minus?"
ONE_SIDED = mistake("NT655 one-sided", "a one-sided difference divided by 2 epsilon", "theta_minus is theta itself: the difference is half of what it should be.", ("theta_minus[i] - epsilon", "theta_minus[i]"), nudge=APART, formula=FORMULA)  # fmt: skip
BY_EPSILON = mistake("NT656 divided-by-epsilon", "divided by epsilon, not by 2 epsilon", "theta_plus and theta_minus are 2 epsilon apart.", ("/ (2 * epsilon)", "/ epsilon"), nudge=APART, formula=FORMULA)  # fmt: skip
WRONG_DISTANCE = mistake("NT680 wrong-distance", "divided by another distance than that of theta_plus and theta_minus", "theta_plus and theta_minus are 2 epsilon apart, one on each side of theta: the slope is wrong by a factor 2.", ("/ (2 * epsilon)", "/ epsilon"), ("theta_minus = theta - epsilon", "theta_minus = theta"), nudge=APART, formula=FORMULA)  # fmt: skip


def _difference() -> list[Known]:
    """Return the mistakes of the difference that both gradient checks return."""
    return [
        mistake("NT657 multiplied-by-epsilon", "multiplied by epsilon", "a / 2 * eps is (a / 2) * eps: parentheses are missing.", ("/ (2 * epsilon)", "/ 2 * epsilon"), nudge="In which order are / and * computed?", formula="(J(theta + eps) - J(theta - eps)) / (2 eps)"),
        mistake("NT658 sum-for-difference", "the gradients are added", "The numerator is the length of their difference.", ("np.linalg.norm(grad - gradapprox)", "np.linalg.norm(grad + gradapprox)"), nudge="What is the difference of equal gradients?", formula="|grad - approx| / (|grad| + |approx|)"),
    ]  # fmt: skip


THREE_LAYERS = {
    "initialize_parameters_zeros": [
        mistake("NT610 weights-transposed", "W has its axes swapped", "W of layer l is (n_l, n_{l-1}).", ("np.zeros((layers_dims[l], layers_dims[l - 1]))", "np.zeros((layers_dims[l - 1], layers_dims[l]))"), lesson=COLUMNS, nudge="Which shape must W1 have for W1 X?", formula="W: (n_l, n_{l-1})"),
        mistake("NT627 last-layer-missing", "the last layer has no parameters", "The loop ends one layer early.", ("range(1, L)", "range(1, L - 1)"), lesson=LAYERS, nudge="How many layers do the keys name?", formula="range(1, len(layers_dims))"),
        mistake("NT607 start-not-zero", "the weights are not 0", "This exercise asks for zeros.", ("np.zeros((layers_dims[l], layers_dims[l - 1]))", "np.ones((layers_dims[l], layers_dims[l - 1]))"), nudge="Print W1.", formula="np.zeros"),
    ],
    "initialize_parameters_random": _started([
        mistake("NT659 weights-not-large", "the weights are not multiplied by 10", "This exercise starts from weights that are too large, on purpose.", (" * 10", ""), (" * 10", " * 0.01"), nudge="Print W1.std().", formula="randn(...) * 10"),
    ]),
    "initialize_parameters_he": _started([
        mistake("NT660 he-no-root", "the square root is missing", "He's scale is sqrt(2 / n_{l-1}).", (ROOT, "(2.0 / layers_dims[l - 1])"), nudge="Print W1.std().", formula="randn(...) * sqrt(2 / n_{l-1})"),
        mistake("NT661 he-of-this-layer", "scaled by this layer's size", "He's scale takes the number of inputs, the size of the layer before.", (ROOT, "np.sqrt(2.0 / layers_dims[l])"), nudge="How many terms has a sum W A?", formula="randn(...) * sqrt(2 / n_{l-1})"),
        mistake("NT662 xavier-for-he", "1 in place of the 2", "sqrt(1 / n) is Xavier's scale; for ReLUs it is sqrt(2 / n).", ("2.0 /", "1.0 /"), nudge="Which half does a ReLU cut off?", formula="randn(...) * sqrt(2 / n_{l-1})"),
        mistake("NT663 he-not-scaled", "the weights are not scaled", "He's scale is missing.", (" * scale", ""), (ROOT, "10"), (ROOT, "0.01"), nudge="Print W1.std().", formula="randn(...) * sqrt(2 / n_{l-1})"),
    ]),
    "compute_cost_with_regularization": [
        mistake("NT664 penalty-not-averaged", "the penalty is not divided by m", "lambda / 2 where lambda / (2m) is meant.", (RATIO, "lambd / 2 * penalty"), lesson=PENALTY, nudge=ZEROS, formula="lambda / (2m) * sum(W^2)"),
        mistake("NT665 penalty-not-halved", "the half of the penalty is missing", "lambda / m where lambda / (2m) is meant.", (RATIO, "lambd / m * penalty"), lesson=PENALTY, nudge=ZEROS, formula="lambda / (2m) * sum(W^2)"),
        mistake("NT666 penalty-no-factor", "the factor of the penalty lacks both m and the half", "lambda where lambda / (2m) is meant.", (RATIO, "lambd * penalty"), lesson=PENALTY, nudge=ZEROS, formula="lambda / (2m) * sum(W^2)"),
        mistake("NT667 penalty-parentheses", "parentheses are missing around 2m", "lambda / 2 * m multiplies by m.", (RATIO, "lambd / 2 * m * penalty"), lesson=PENALTY, nudge="In which order are / and * computed?", formula="lambda / (2m) * sum(W^2)"),
        mistake("NT668 penalty-missing", "the penalty is not added", "The cost is the cross-entropy alone.", ("cross_entropy_cost + L2_regularization_cost", "cross_entropy_cost"), lesson=PENALTY, nudge=ZEROS, formula="cost + lambda / (2m) * sum(W^2)"),
        mistake("NT669 penalty-layer-missing", "a layer is missing from the penalty", "Every W is penalized.", (SQUARES, "np.sum(np.square(W1)) + np.sum(np.square(W2))"), (SQUARES, "np.sum(np.square(W2)) + np.sum(np.square(W3))"), lesson=PENALTY, nudge="How many W are there?", formula="W1, W2, W3"),
        mistake("NT670 penalty-not-squared", "the weights are not squared", "Weights of opposite signs cancel.", (SQUARES, "np.sum(W1) + np.sum(W2) + np.sum(W3)"), (SQUARES, "np.sum(np.abs(W1)) + np.sum(np.abs(W2)) + np.sum(np.abs(W3))"), (SQUARES, "np.sum(W1) ** 2 + np.sum(W2) ** 2 + np.sum(W3) ** 2"), lesson=PENALTY, nudge="Can the penalty be negative?", formula="sum(W^2)"),
        mistake("NT671 penalty-sign", "the penalty is subtracted", "Large weights cost more, not less.", ("cross_entropy_cost + L2", "cross_entropy_cost - L2"), lesson=PENALTY, nudge=ZEROS, formula="cost + lambda / (2m) * sum(W^2)"),
        mistake("NT672 penalty-of-biases", "the biases are penalized too", "Only the weights W are penalized.", (SQUARES, SQUARES + " + sum(np.sum(np.square(parameters[b])) for b in ('b1', 'b2', 'b3'))"), lesson=PENALTY, nudge="Which parameters are penalized?", formula="W1, W2, W3"),
    ],
    "backward_propagation_with_regularization": REGULARIZED,
    "forward_propagation_with_dropout": [
        mistake("DO606 mask-not-applied", "the mask is not applied", "D is made and A keeps all its values.", *_each(MASKS), nudge="Which entries of A1 are 0?", formula="A1 = A1 * D1 / keep_prob"),
        mistake("DO102 dropout-not-scaled", "the activations that stay are not scaled", "Without the division by keep_prob training outputs are smaller than test outputs.", *_each(SCALES), lesson=INVERTED, nudge="Compare the mean of A1 with and without dropout.", formula="A1 = A1 * D1 / keep_prob"),
        mistake("DO607 mask-reversed", "the mask keeps what it should drop", "An entry stays where the draw is below keep_prob.", [(f"np.random.rand(*A{n}.shape) < keep_prob", f"np.random.rand(*A{n}.shape) > keep_prob") for n in (1, 2)], nudge="At keep_prob = 0.8, which share of D1 is 1?", formula="D1 = rand < keep_prob"),
        mistake("DO105 dropout-multiplied", "multiplied by keep_prob", "Activations that stay are divided by keep_prob.", [(f"A{n} / keep_prob", f"A{n} * keep_prob") for n in (1, 2)], ("A1 / keep_prob", "A1 * keep_prob"), ("A2 / keep_prob", "A2 * keep_prob"), lesson=INVERTED, nudge="Compare the mean of A1 with and without dropout.", formula="A1 = A1 * D1 / keep_prob"),
        mistake("DO103 dropout-wrong-divisor", "divided by the probability of dropping", "Activations that stay are divided by keep_prob.", [(f"A{n} / keep_prob", f"A{n} / (1 - keep_prob)") for n in (1, 2)], lesson=INVERTED, nudge="Compare the mean of A1 with and without dropout.", formula="A1 = A1 * D1 / keep_prob"),
        mistake("DO110 dropout-normal-draws", "normal draws are compared with keep_prob", "np.random.randn is normal; the share below keep_prob is another.", [(f"np.random.rand(*A{n}.shape)", f"np.random.randn(*A{n}.shape)") for n in (1, 2)], nudge="Which values does np.random.rand have?", formula="np.random.rand(...) < keep_prob"),
        mistake("DO608 layer-reads-what-was-not-dropped", "a layer after dropout reads what was not dropped", "Z2 is made from A1 after dropout.", ("np.dot(W2, A1)", "np.dot(W2, np.maximum(0, Z1))"), ("np.dot(W3, A2)", "np.dot(W3, np.maximum(0, Z2))"), nudge="What does the second layer read?", formula="Z2 = W2 A1 + b2, with A1 after dropout"),
        mistake("DO609 output-dropped", "the output layer has dropout too", "Only hidden layers are dropped.", ("A3 = 1 / (1 + np.exp(-Z3))", "A3 = 1 / (1 + np.exp(-Z3))\n    A3 = A3 * (np.random.rand(*A3.shape) < keep_prob) / keep_prob"), nudge="Which layers are dropped?", formula="A3 = sigmoid(Z3)"),
        mistake("DO610 mask-of-whole-units", "one draw for all samples", "The mask has the shape of A1: each sample has its own.", [(f"np.random.rand(*A{n}.shape) <", f"np.random.rand(A{n}.shape[0], 1) * np.ones(A{n}.shape) <") for n in (1, 2)], nudge="What is the shape of D1?", formula="np.random.rand(*A1.shape)"),
    ],
    "backward_propagation_with_dropout": DROPPED,
    "checking_forward_propagation": [
        mistake("NT673 j-is-sum", "a sum instead of the product", "J is theta * x.", ("theta * x", "theta + x"), nudge="What is J(2) for x = 3?", formula="J = theta x"),
    ],
    "checking_backward_propagation": [
        mistake("NT674 derivative-by-x", "the derivative by x", "dJ/dtheta of theta * x is x.", ("dtheta = x", "dtheta = theta"), ("dtheta = x", "dtheta = theta * x"), nudge="By which variable is J derived?", formula="dtheta = x"),
    ],
    "gradient_check": [WRONG_DISTANCE, *_difference()],
    "backward_propagation_n": CHECKED,
    "gradient_check_n": [
        ONE_SIDED,
        BY_EPSILON,
        *_difference(),
        mistake("NT675 norms-multiplied", "the norms are multiplied", "The denominator is the sum of both lengths.", ("np.linalg.norm(grad) + np.linalg.norm(gradapprox)", "np.linalg.norm(grad) * np.linalg.norm(gradapprox)"), nudge="What is the difference of opposite gradients?", formula="|grad - approx| / (|grad| + |approx|)"),
        mistake("NT676 one-norm-missing", "a norm is missing from the denominator", "The denominator is the sum of both lengths.", ("np.linalg.norm(grad) + np.linalg.norm(gradapprox)", "np.linalg.norm(grad)"), ("np.linalg.norm(grad) + np.linalg.norm(gradapprox)", "np.linalg.norm(gradapprox)"), nudge="What is the difference of opposite gradients?", formula="|grad - approx| / (|grad| + |approx|)"),
        mistake("NT677 difference-not-relative", "the difference is not divided", "It is compared with the size of both gradients.", ("difference = numerator / denominator", "difference = numerator"), nudge="Multiply the cost by 1000: what should change?", formula="|grad - approx| / (|grad| + |approx|)"),
        mistake("NT678 squared-length", "a squared length", "np.linalg.norm is the root of the sum of squares.", ("numerator = np.linalg.norm(grad - gradapprox)", "numerator = np.sum((grad - gradapprox) ** 2)"), nudge="Multiply the cost by 1000: what should change?", formula="|grad - approx| / (|grad| + |approx|)"),
        mistake("NT679 changes-add-up", "the changes of theta add up", "theta_plus starts from a fresh copy for every i: np.copy.", [("theta_plus = np.copy(values)", "theta_plus = values"), ("theta_minus = np.copy(values)", "theta_minus = values")], nudge="What is theta_plus for the second i?", formula="theta_plus = np.copy(values)"),
    ],
}  # fmt: skip
