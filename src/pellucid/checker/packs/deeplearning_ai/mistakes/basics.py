"""Known mistakes in course 1's NumPy basics."""

from pellucid.checker.packs.cs231n_a2.mistakes.writing import convention, hazard, mistake

__all__ = ["BASICS"]

SIGMOIDS = [
    mistake("AC601 sigmoid-sign", "the exponent has the wrong sign", "1 / (1 + exp(x)) falls where the sigmoid rises.", ("np.exp(-x)", "np.exp(x)"), nudge="What is the sigmoid of a large number?", formula="1 / (1 + exp(-x))"),
    mistake("AC602 sigmoid-minus", "minus instead of plus", "The denominator is 1 + exp(-x).", ("(1 + np.exp(-x))", "(1 - np.exp(-x))"), nudge="Which values lie between 0 and 1?", formula="1 / (1 + exp(-x))"),
    mistake("AC603 sigmoid-no-parentheses", "parentheses are missing around the denominator", "1 / 1 + exp(-x) is 1 + exp(-x): division comes before addition.", ("1 / (1 + np.exp(-x))", "1 / 1 + np.exp(-x)"), nudge="In which order are / and + computed?", formula="1 / (1 + exp(-x))"),
]  # fmt: skip
WITH_INPUT = convention("AC951 returns-its-input-too", "returns its input too", "An activation that returns (A, Z) is the form that the deep network's exercise uses.", ("return s", "return s, x"))  # fmt: skip

BASICS = {
    "sigmoid": [WITH_INPUT, *SIGMOIDS],
    "basic_sigmoid": SIGMOIDS,
    "relu": [
        WITH_INPUT,
        mistake("AC103 relu-minimum", "minimum instead of maximum", "The positive values are cut off, not the negative ones.", ("np.maximum(0, x)", "np.minimum(0, x)"), nudge="What should become of -3?", formula="max(0, x)"),
        mistake("AC101 relu-absolute", "the absolute value", "Negative values become positive where they should become 0.", ("np.maximum(0, x)", "np.abs(x)"), nudge="What should become of -3?", formula="max(0, x)"),
    ],
    "sigmoid_derivative": [
        mistake("AC604 sigmoid-derivative-of-x", "x stands where the sigmoid should", "The derivative is s * (1 - s) with s = sigmoid(x), not of x itself.", ("ds = s * (1 - s)", "ds = x * (1 - x)"), nudge="What is the slope at 0?", formula="s * (1 - s)"),
        mistake("AC605 sigmoid-derivative-no-second-factor", "one of the two factors is missing", "The derivative has two factors, s and 1 - s.", ("ds = s * (1 - s)", "ds = 1 - s"), ("ds = s * (1 - s)", "ds = s"), nudge="What is the slope at a large x?", formula="s * (1 - s)"),
        mistake("AC606 sigmoid-derivative-of-tanh", "the derivative of tanh", "1 - s^2 is the slope of tanh, written in its own value.", ("ds = s * (1 - s)", "ds = 1 - s**2"), nudge="Of which function is 1 - s^2 the slope?", formula="s * (1 - s)"),
        mistake("AC607 sigmoid-derivative-twice", "the sigmoid is applied twice", "s is already a sigmoid: s * (1 - s) takes no other.", ("ds = s * (1 - s)", "s = 1 / (1 + np.exp(-s))\n    ds = s * (1 - s)"), nudge="How often is the sigmoid applied?", formula="s * (1 - s)"),
        *SIGMOIDS[1:],
    ],
    "image2vector": [
        mistake("AF611 image-to-row", "a row instead of a column", "The result has shape (1, n) where (n, 1) is asked for.", (".shape[2], 1)", ".shape[2])[np.newaxis, :] * np.ones((2, 1))"), nudge="Which axis has size 1?", formula="image.reshape(-1, 1)"),
        mistake("AF102 flattened-in-another-order", "the image is flattened in a different order", "reshape goes through rows, columns and channels in C's order; here the axes are moved first.", ("image.reshape(", "image.T.reshape("), ("image.reshape(", "image.transpose(2, 0, 1).reshape("), nudge="Which value is the second one?", formula="image.reshape(h * w * c, 1)"),
    ],
    "normalize_rows": [
        mistake("NT601 norm-of-columns", "columns are normalized, not rows", "axis=0 measures the columns.", ("axis=1, keepdims=True", "axis=0, keepdims=True"), nudge="How long is the first row afterwards?", formula="x / np.linalg.norm(x, axis=1, keepdims=True)"),
        mistake("NT602 keepdims-missing", "keepdims=True is missing", "Norms of shape (n,) do not divide the rows of an (n, d) matrix: for a square one they divide the columns.", ("axis=1, keepdims=True", "axis=1"), nudge="What is the shape of the norms?", formula="np.linalg.norm(x, axis=1, keepdims=True)"),
        mistake("NT603 norm-of-matrix", "one norm for the whole matrix", "Each row is divided by its own length.", ("np.linalg.norm(x, ord=2, axis=1, keepdims=True)", "np.linalg.norm(x)"), nudge="How many norms are there?", formula="one norm a row"),
        mistake("NT604 norm-of-order-1", "the sum of absolute values instead of the length", "The length of a row is the root of the sum of squares.", ("ord=2", "ord=1"), nudge="How long is (3, 4)?", formula="sqrt(sum(x^2))"),
        mistake("NT605 norm-not-rooted", "the square root is missing", "Rows are divided by their squared length.", ("return x / x_norm", "return x / x_norm**2"), nudge="How long is (3, 4)?", formula="sqrt(sum(x^2))"),
    ],
    "softmax": [
        convention("AC952 softmax-of-columns", "softmax over the columns", "Each column sums to 1, as in the recurrent exercises; that of the NumPy basics is over the rows.", [("np.max(x, axis=1", "np.max(x, axis=0"), ("np.sum(x_exp, axis=1", "np.sum(x_exp, axis=0")]),
        hazard("AC851 softmax-not-shifted", "the maximum is not subtracted", "np.exp overflows for scores above 709; subtracting the largest changes nothing else.", ("x_exp = np.exp(x)", "x_exp = np.exp(x)", "plain")),
        mistake("AC608 softmax-over-columns", "the sum runs over the columns", "axis=0 makes each column sum to 1 where each row should.", ("np.sum(x_exp, axis=1", "np.sum(x_exp, axis=0", "plain"), [("np.max(x, axis=1", "np.max(x, axis=0"), ("np.sum(x_exp, axis=1", "np.sum(x_exp, axis=0")], nudge="What does a row sum to?", formula="exp(x) / np.sum(exp(x), axis=1, keepdims=True)"),
        mistake("NT602 keepdims-missing", "keepdims=True is missing", "Sums of shape (n,) do not divide the rows of an (n, d) matrix: for a square one they divide the columns.", ("x_exp / np.sum(x_exp, axis=1, keepdims=True)", "x_exp / np.sum(x_exp, axis=1)", "plain"), nudge="What is the shape of the sums?", formula="np.sum(x_exp, axis=1, keepdims=True)"),
        mistake("AC609 softmax-of-whole-matrix", "one sum for the whole matrix", "Each row is a distribution of its own.", ("np.sum(x_exp, axis=1, keepdims=True)", "np.sum(x_exp)", "plain"), nudge="What does a row sum to?", formula="one sum a row"),
        mistake("AC610 softmax-not-exponential", "the exponential is missing from the sum", "The denominator sums exp(x), not x.", ("np.sum(x_exp, axis=1", "np.sum(x, axis=1", "plain"), nudge="What does a row sum to?", formula="exp(x) / sum(exp(x))"),
    ],
    "L1": [
        mistake("LO601 l1-no-absolute", "the absolute value is missing", "Errors of opposite signs cancel.", ("np.sum(np.abs(y - yhat))", "np.sum(y - yhat)"), ("np.sum(np.abs(y - yhat))", "np.abs(np.sum(y - yhat))"), nudge="What is the loss of one error of +1 and one of -1?", formula="sum(|y - yhat|)"),
        mistake("LO602 loss-is-mean", "a mean instead of the sum", "The exercise asks for the sum over all values.", ("np.sum(np.abs(", "np.mean(np.abs("), nudge="Double the vector: what becomes of the loss?", formula="sum(|y - yhat|)"),
    ],
    "L2": [
        mistake("LO603 l2-rooted", "the square root is taken", "The loss is the sum of squares, not its root.", ("np.sum((y - yhat) ** 2)", "np.sqrt(np.sum((y - yhat) ** 2))"), nudge="What is the loss of a single error of 2?", formula="sum((y - yhat)^2)"),
        mistake("LO604 l2-square-of-sum", "the square of the sum", "Errors are squared one by one, then summed.", ("np.sum((y - yhat) ** 2)", "np.sum(y - yhat) ** 2"), nudge="What is the loss of one error of +1 and one of -1?", formula="sum((y - yhat)^2)"),
        mistake("LO602 loss-is-mean", "a mean instead of the sum", "The exercise asks for the sum over all values.", ("np.sum((y - yhat) ** 2)", "np.mean((y - yhat) ** 2)"), nudge="Double the vector: what becomes of the loss?", formula="sum((y - yhat)^2)"),
        mistake("LO605 l2-not-squared", "the difference is not squared", "The sum is of absolute values, or of differences that cancel.", ("(y - yhat) ** 2", "np.abs(y - yhat)"), ("(y - yhat) ** 2", "y - yhat"), nudge="What is the loss of a single error of 2?", formula="sum((y - yhat)^2)"),
    ],
}  # fmt: skip
