"""Known mistakes in course 1's network with one hidden layer."""

from pellucid.checker.packs.cs231n_a2.mistakes.writing import convention, mistake
from pellucid.checker.packs.deeplearning_ai.mistakes.lessons import AVERAGE, BIAS, CHAIN, COLUMNS

__all__ = ["PLANAR"]

SIGMOID = "A2 = 1 / (1 + np.exp(-Z2))"
TERMS = "np.multiply(Y, np.log(A2)) + np.multiply(1 - Y, np.log(1 - A2))"
LOSS = "-sum(Y log(A2) + (1 - Y) log(1 - A2)) / m"
HALVES = "np.multiply(1 - Y, np.log(1 - A2))"
DW2, DB2 = "np.dot(dZ2, A1.T) / m", "np.sum(dZ2, axis=1, keepdims=True) / m"
DW1, DB1 = "np.dot(dZ1, X.T) / m", "np.sum(dZ1, axis=1, keepdims=True) / m"
ALL = (DW2, DB2, DW1, DB1)
TWICE = "Pass every sample twice: what should change?"


def _without_m(*parts: str) -> list[tuple[str, str]]:
    return [(part, part.removesuffix(" / m")) for part in parts]


PLANAR = {
    "layer_sizes": [
        mistake("NT609 sizes-of-samples", "the number of samples is taken for the number of units", "n_x and n_y are numbers of rows: shape[0].", ("X.shape[0]", "X.shape[1]"), ("Y.shape[0]", "Y.shape[1]"), [("X.shape[0]", "X.shape[1]"), ("Y.shape[0]", "Y.shape[1]")], lesson=COLUMNS, nudge="Which axis counts features?", formula="n_x = X.shape[0]"),
    ],
    "initialize_parameters": [
        mistake("NT610 weights-transposed", "W has its axes swapped", "W1 is (n_h, n_x), W2 is (n_y, n_h).", [("randn(n_h, n_x)", "randn(n_x, n_h)"), ("randn(n_y, n_h)", "randn(n_h, n_y)")], ("randn(n_h, n_x)", "randn(n_x, n_h)"), ("randn(n_y, n_h)", "randn(n_h, n_y)"), lesson=COLUMNS, nudge="Which shape must W1 have for W1 X?", formula="W1: (n_h, n_x)"),
        mistake("NT611 weights-not-small", "the weights are not scaled", "Without the factor 0.01 tanh and the sigmoid start saturated.", [("randn(n_h, n_x) * 0.01", "randn(n_h, n_x)"), ("randn(n_y, n_h) * 0.01", "randn(n_y, n_h)")], ("randn(n_h, n_x) * 0.01", "randn(n_h, n_x)"), ("randn(n_y, n_h) * 0.01", "randn(n_y, n_h)"), nudge="Print W1.std().", formula="randn(...) * 0.01"),
        mistake("NT612 weights-uniform", "weights from a uniform distribution", "np.random.rand is never negative; np.random.randn is normal.", [("np.random.randn(n_h", "np.random.rand(n_h"), ("np.random.randn(n_y", "np.random.rand(n_y")], nudge="Is any weight negative?", formula="np.random.randn"),
        mistake("NT613 weights-zero", "the weights start at 0", "All hidden units stay equal, whatever is learned.", [("np.random.randn(n_h, n_x) * 0.01", "np.zeros((n_h, n_x))"), ("np.random.randn(n_y, n_h) * 0.01", "np.zeros((n_y, n_h))")], nudge="What tells two hidden units apart?", formula="randn(...) * 0.01"),
        mistake("NT614 bias-not-zero", "a bias does not start at 0", "Biases start at 0.", [("np.zeros((n_h, 1))", "np.random.randn(n_h, 1) * 0.01"), ("np.zeros((n_y, 1))", "np.random.randn(n_y, 1) * 0.01")], [("np.zeros((n_h, 1))", "np.ones((n_h, 1))"), ("np.zeros((n_y, 1))", "np.ones((n_y, 1))")], nudge="Print b1.", formula="np.zeros((n_h, 1))"),
    ],
    "planar_forward_propagation": [
        mistake("AF101 bias-left-out", "a bias is not added", "Z is W A + b.", [("np.dot(W1, X) + b1", "np.dot(W1, X)"), ("np.dot(W2, A1) + b2", "np.dot(W2, A1)")], ("np.dot(W1, X) + b1", "np.dot(W1, X)"), ("np.dot(W2, A1) + b2", "np.dot(W2, A1)"), nudge="What is Z when X is 0?", formula="Z1 = W1 X + b1"),
        mistake("NT615 hidden-sigmoid", "a sigmoid in the hidden layer", "The hidden units are tanh units.", ("np.tanh(Z1)", "1 / (1 + np.exp(-Z1))"), nudge="Can A1 be negative?", formula="A1 = tanh(Z1)"),
        mistake("NT616 hidden-relu", "a ReLU in the hidden layer", "The hidden units are tanh units.", ("np.tanh(Z1)", "np.maximum(0, Z1)"), nudge="Can A1 be negative?", formula="A1 = tanh(Z1)"),
        mistake("NT617 hidden-not-activated", "the hidden layer has no activation", "Two layers without a non-linearity between them are one linear layer.", ("np.tanh(Z1)", "Z1"), nudge="Where does A1 differ from Z1?", formula="A1 = tanh(Z1)"),
        mistake("NT618 output-tanh", "tanh at the output", "A2 is a probability: a sigmoid.", (SIGMOID, "A2 = np.tanh(Z2)"), nudge="Can A2 be negative?", formula="A2 = sigmoid(Z2)"),
        mistake("NT619 output-not-activated", "the output has no activation", "A2 is a probability: a sigmoid.", (SIGMOID, "A2 = Z2"), nudge="Can A2 be negative?", formula="A2 = sigmoid(Z2)"),
        mistake("NT620 second-layer-reads-z", "the second layer reads Z1", "It reads the activations A1.", ("np.dot(W2, A1)", "np.dot(W2, Z1)"), nudge="What does the second layer read?", formula="Z2 = W2 A1 + b2"),
    ],
    "compute_cost": [
        convention("LO955 cost-not-divided", "the cost is not divided by m", "With mini-batches the exercise adds up the sums of an epoch and divides once.", ("cost = -np.sum(logprobs) / m", "cost = -np.sum(logprobs)")),
        mistake("LO103 loss-value-not-averaged", "the cost is not divided by m", "The cost is the mean over the samples; their number is Y.shape[1].", ("cost = -np.sum(logprobs) / m", "cost = -np.sum(logprobs)"), ("m = Y.shape[1]", "m = Y.shape[0]"), lesson=AVERAGE, nudge=TWICE, formula=LOSS),
        mistake("LO104 loss-averaged-twice", "divided by m twice", "A mean is divided by m once more.", ("-np.sum(logprobs) / m", "-np.mean(logprobs) / m"), lesson=AVERAGE, nudge=TWICE, formula=LOSS),
        mistake("LO606 cost-sign", "the cost has the wrong sign", "Logarithms of probabilities are negative: the cost is minus their sum.", ("-np.sum(logprobs)", "np.sum(logprobs)"), nudge="Can a cost be negative?", formula=LOSS),
        mistake("LO607 cost-half", "one half of the cost is missing", "Samples of both labels count: Y log(A) and (1 - Y) log(1 - A).", (TERMS, "np.multiply(Y, np.log(A2))"), (TERMS, HALVES), nudge="What do the samples with Y = 0 cost?", formula=LOSS),
        mistake("LO608 cost-second-term-sign", "the second term has the wrong sign", "Both logarithms are added inside the sum.", (f"+ {HALVES}", f"- {HALVES}"), nudge="Which sign does log(1 - A) have, and which should the cost?", formula=LOSS),
        mistake("LO609 cost-log-of-a-twice", "log(A) where log(1 - A) is meant", "Samples with Y = 0 cost -log(1 - A).", ("np.log(1 - A2)", "np.log(A2)"), nudge="What does a sample with Y = 0 and A near 0 cost?", formula=LOSS),
        mistake("LO617 cost-labels-exchanged", "the labels are exchanged", "Y belongs to log(A), 1 - Y to log(1 - A).", [("np.multiply(Y, np.log(A2))", "np.multiply(1 - Y, np.log(A2))"), (HALVES, "np.multiply(Y, np.log(1 - A2))")], nudge="What does a perfect prediction cost?", formula=LOSS),
        mistake("LO618 cost-squared-error", "a squared error", "The cost is the cross-entropy.", ("cost = -np.sum(logprobs) / m", "cost = np.sum((A2 - Y) ** 2) / m"), ("cost = -np.sum(logprobs) / m", "cost = np.sum((A2 - Y) ** 2) / (2 * m)"), nudge="What does a prediction of 0 for Y = 1 cost?", formula=LOSS),
        mistake("LO619 log-of-another-base", "a logarithm to another base", "np.log is the natural logarithm.", [("np.log(A2)", "np.log2(A2)"), ("np.log(1 - A2)", "np.log2(1 - A2)")], [("np.log(A2)", "np.log10(A2)"), ("np.log(1 - A2)", "np.log10(1 - A2)")], nudge="Which base has np.log?", formula=LOSS),
    ],
    "planar_backward_propagation": [
        mistake("LO102 gradient-not-averaged", "nothing is divided by m", "dW and db are sums over the samples where they should be means.", _without_m(*ALL), lesson=AVERAGE, nudge=TWICE, formula="dW = dZ A^T / m"),
        mistake("AF601 dw-not-averaged", "dW is not divided by m", "db is, dW is not.", _without_m(DW2, DW1), _without_m(DW1), _without_m(DW2), lesson=AVERAGE, nudge=TWICE, formula="dW = dZ A^T / m"),
        mistake("AF602 db-not-averaged", "db is not divided by m", "dW is, db is not.", _without_m(DB2, DB1), _without_m(DB1), _without_m(DB2), lesson=AVERAGE, nudge=TWICE, formula="db = sum(dZ) / m"),
        mistake("AF603 gradient-averaged-twice", "a gradient is divided by m twice", "A mean is divided by m once more.", ("dZ2 = A2 - Y", "dZ2 = (A2 - Y) / m"), (DB1, DB1 + " / m"), (DW1, DW1 + " / m"), lesson=AVERAGE, nudge=TWICE, formula="dZ2 = A2 - Y; dW2 = dZ2 A1^T / m"),
        mistake("AF605 db-without-keepdims", "db is one number", "Without axis=1 the sum runs over units and samples.", [(DB2, "np.sum(dZ2) / m"), (DB1, "np.sum(dZ1) / m")], (DB1, "np.sum(dZ1) / m"), lesson=BIAS, nudge="Print db1.shape.", formula="np.sum(dZ1, axis=1, keepdims=True) / m"),
        mistake("AF207 bias-gradient-wrong-axis", "db sums over the wrong axis", "axis=0 sums over the units, not over the samples.", [(DB2, DB2.replace("axis=1", "axis=0")), (DB1, DB1.replace("axis=1", "axis=0"))], (DB1, DB1.replace("axis=1", "axis=0")), lesson=BIAS, nudge="Print db1.shape.", formula="np.sum(dZ1, axis=1, keepdims=True) / m"),
        mistake("NT621 tanh-slope-missing", "the slope of tanh is missing", "dZ1 is W2^T dZ2 times 1 - A1^2.", (" * (1 - A1**2)", ""), lesson=CHAIN, nudge="Which derivative has tanh?", formula="dZ1 = W2^T dZ2 * (1 - A1^2)"),
        mistake("NT622 tanh-slope-not-squared", "A1 is not squared in the slope of tanh", "The slope of tanh is 1 - A1^2.", ("1 - A1**2", "1 - A1"), nudge="Which derivative has tanh?", formula="1 - A1^2"),
        mistake("NT623 sigmoid-slope-for-tanh", "the slope of a sigmoid", "A1 (1 - A1) is the slope of a sigmoid; the hidden units are tanh units.", ("1 - A1**2", "A1 * (1 - A1)"), nudge="Which derivative has tanh?", formula="1 - A1^2"),
        mistake("NT624 tanh-slope-of-z", "the slope of tanh is taken of Z1", "1 - Z1^2 is not the slope: it is written in the activation, 1 - A1^2.", ("1 - A1**2", '1 - cache["Z1"] ** 2'), nudge="Which derivative has tanh?", formula="1 - A1^2"),
        mistake("LO620 sigmoid-slope-twice", "the slope of the sigmoid is multiplied in again", "A2 - Y already holds it: the loss's derivative and the sigmoid's cancel.", ("dZ2 = A2 - Y", "dZ2 = (A2 - Y) * A2 * (1 - A2)"), nudge="Derive the loss by Z2, not by A2.", formula="dZ2 = A2 - Y"),
        mistake("LO610 gradient-sign", "A and Y are subtracted the wrong way round", "The gradient is A2 - Y: with Y - A2 the descent goes uphill.", ("dZ2 = A2 - Y", "dZ2 = Y - A2"), nudge="If A2 is too large, should Z2 grow or fall?", formula="dZ2 = A2 - Y"),
        mistake("AF202 w-not-transposed", "W2 is not transposed", "dZ1 starts from W2^T dZ2.", ("np.dot(W2.T, dZ2)", "np.dot(W2, dZ2)"), nudge="What is the shape of W2?", formula="W2^T dZ2"),
        mistake("NT626 wrong-input-of-dw", "dW is made from the wrong layer's values", "dW2 is made from A1, dW1 from X.", ("np.dot(dZ2, A1.T)", 'np.dot(dZ2, cache["Z1"].T)'), nudge="What did W2 multiply in the forward?", formula="dW2 = dZ2 A1^T / m"),
    ],
    "planar_predict": [
        mistake("LO613 predicts-probabilities", "probabilities instead of labels", "The prediction is 1 where A2 > 0.5, else 0.", ("predictions = A2 > 0.5", "predictions = A2"), nudge="Which values may a prediction have?", formula="A2 > 0.5"),
        mistake("LO614 threshold-reversed", "0 and 1 are exchanged", "1 is predicted where A2 is above 0.5.", ("predictions = A2 > 0.5", "predictions = A2 < 0.5"), nudge="What does A2 = 0.9 mean?", formula="A2 > 0.5"),
        mistake("LO621 threshold-0", "compared with 0", "A2 is a probability: it is always above 0.", ("A2 > 0.5", "A2 > 0"), nudge="Can A2 be below 0?", formula="A2 > 0.5"),
    ],
}  # fmt: skip
