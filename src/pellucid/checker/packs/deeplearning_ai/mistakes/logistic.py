"""Known mistakes in course 1's logistic regression."""

from pellucid.checker.packs.cs231n_a2.mistakes.writing import hazard, mistake
from pellucid.checker.packs.deeplearning_ai.mistakes.lessons import AVERAGE, BIAS, COLUMNS

__all__ = ["LOGISTIC"]

COST = "cost = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m"
LOSS = "-sum(Y log(A) + (1 - Y) log(1 - A)) / m"
UPDATE = [("w = w - learning_rate * dw", "w = w + learning_rate * dw"), ("b = b - learning_rate * db", "b = b + learning_rate * db")]  # fmt: skip

LOGISTIC = {
    "initialize_with_zeros": [
        mistake("NT606 start-of-another-shape", "w has another shape", "w is a column of shape (dim, 1): of shape (dim,), w minus a column is (dim, dim).", ("np.zeros((dim, 1))", "np.zeros(dim)"), ("np.zeros((dim, 1))", "np.zeros((1, dim))"), ("np.zeros((dim, 1))", "np.zeros((dim, dim))"), nudge="Print w.shape.", formula="np.zeros((dim, 1))"),
        mistake("NT607 start-not-zero", "w or b does not start at 0", "The exercise asks for zeros.", ("np.zeros((dim, 1))", "np.ones((dim, 1))"), ("b = 0.0", "b = 1.0"), nudge="Print w and b.", formula="w = 0, b = 0"),
    ],
    "propagate": [
        mistake("LO101 loss-not-averaged", "nothing is divided by m", "cost, dw and db are sums over the samples where they should be means.", [(COST, COST.removesuffix(" / m")), ("(A - Y).T) / m", "(A - Y).T)"), ("np.sum(A - Y) / m", "np.sum(A - Y)")], lesson=AVERAGE, nudge="Pass every sample twice: what should change?", formula=LOSS),
        mistake("LO102 gradient-not-averaged", "the gradients are not divided by m", "The cost is a mean, dw and db are sums.", [("(A - Y).T) / m", "(A - Y).T)"), ("np.sum(A - Y) / m", "np.sum(A - Y)")], lesson=AVERAGE, nudge="Pass every sample twice: what should change?", formula="dw = X (A - Y)^T / m"),
        mistake("LO103 loss-value-not-averaged", "the cost is not divided by m", "dw and db are means, the cost is a sum.", (COST, COST.removesuffix(" / m")), lesson=AVERAGE, nudge="Pass every sample twice: what should change?", formula=LOSS),
        mistake("AF601 dw-not-averaged", "dw is not divided by m", "db is, dw is not.", ("(A - Y).T) / m", "(A - Y).T)"), lesson=AVERAGE, nudge="Pass every sample twice: what should change?", formula="dw = X (A - Y)^T / m"),
        mistake("AF602 db-not-averaged", "db is not divided by m", "dw is, db is not.", ("np.sum(A - Y) / m", "np.sum(A - Y)"), lesson=AVERAGE, nudge="Pass every sample twice: what should change?", formula="db = sum(A - Y) / m"),
        mistake("LO104 loss-averaged-twice", "divided by m twice", "A mean is divided by m once more.", (COST, COST + " / m"), (COST, COST.replace("np.sum", "np.mean")), lesson=AVERAGE, nudge="Pass every sample twice: what should change?", formula=LOSS),
        mistake("AF603 gradient-averaged-twice", "a gradient is divided by m twice", "A mean is divided by m once more.", ("np.sum(A - Y) / m", "np.mean(A - Y) / m"), ("(A - Y).T) / m", "(A - Y).T) / m / m"), lesson=AVERAGE, nudge="Pass every sample twice: what should change?", formula="db = sum(A - Y) / m"),
        mistake("LO606 cost-sign", "the cost has the wrong sign", "Logarithms of probabilities are negative: the cost is minus their sum.", ("cost = -np.sum", "cost = np.sum"), nudge="Can a cost be negative?", formula=LOSS),
        mistake("LO607 cost-half", "one half of the cost is missing", "Samples of both labels count: Y log(A) and (1 - Y) log(1 - A).", ("Y * np.log(A) + (1 - Y) * np.log(1 - A)", "Y * np.log(A)"), ("Y * np.log(A) + (1 - Y) * np.log(1 - A)", "(1 - Y) * np.log(1 - A)"), nudge="What do the samples with Y = 0 cost?", formula=LOSS),
        mistake("LO608 cost-second-term-sign", "the second term has the wrong sign", "Both logarithms are added inside the sum.", ("np.log(A) + (1 - Y)", "np.log(A) - (1 - Y)"), nudge="Which sign does log(1 - A) have, and which should the cost?", formula=LOSS),
        mistake("LO609 cost-log-of-a-twice", "log(A) where log(1 - A) is meant", "Samples with Y = 0 cost -log(1 - A).", ("np.log(1 - A)", "np.log(A)"), nudge="What does a sample with Y = 0 and A near 0 cost?", formula=LOSS),
        mistake("LO610 gradient-sign", "A and Y are subtracted the wrong way round", "The gradient is A - Y: with Y - A the descent goes uphill.", [("(A - Y).T", "(Y - A).T"), ("np.sum(A - Y)", "np.sum(Y - A)")], ("(A - Y).T", "(Y - A).T"), ("np.sum(A - Y)", "np.sum(Y - A)"), nudge="If A is too large, should z grow or fall?", formula="dz = A - Y"),
        mistake("AF101 bias-left-out", "the bias is not added", "A is sigmoid(w^T X) where it should be sigmoid(w^T X + b).", ("np.dot(w.T, X) + b)", "np.dot(w.T, X))"), nudge="What is A when X is 0?", formula="A = sigmoid(w^T X + b)"),
        mistake("AC601 sigmoid-sign", "the exponent has the wrong sign", "1 / (1 + exp(z)) falls where the sigmoid rises.", ("np.exp(-(", "np.exp(("), nudge="What is the sigmoid of a large number?", formula="1 / (1 + exp(-z))"),
        mistake("LO611 no-activation", "the sigmoid is missing", "A is w^T X + b itself: the logarithm of what is no probability.", ("A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))", "A = np.dot(w.T, X) + b"), nudge="Which values can A have?", formula="A = sigmoid(w^T X + b)"),
        mistake("LO612 tanh-for-sigmoid", "tanh instead of the sigmoid", "A is a probability, between 0 and 1.", ("A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))", "A = np.tanh(np.dot(w.T, X) + b)"), nudge="Which values can A have?", formula="A = sigmoid(w^T X + b)"),
        mistake("NT608 m-is-features", "m is the number of features", "Samples are columns: m is X.shape[1].", ("m = X.shape[1]", "m = X.shape[0]"), ("m = X.shape[1]", "m = X.size"), lesson=COLUMNS, nudge="How many samples has an X of shape (2, 3)?", formula="m = X.shape[1]"),
        mistake("AF604 db-of-dw", "db is the sum of dw", "db sums A - Y over the samples.", ("np.sum(A - Y) / m", "np.sum(dw)"), lesson=BIAS, nudge="What does b multiply?", formula="db = sum(A - Y) / m"),
        hazard("LO851 log-with-epsilon", "a small number is added in the logarithm", "It keeps log(0) away and changes the cost a little.", ("np.log(A) + (1 - Y) * np.log(1 - A)", "np.log(A + 1e-9) + (1 - Y) * np.log(1 - A + 1e-9)")),
    ],
    "optimize": [
        mistake("OP201 wrong-sign", "the step goes uphill", "Gradient descent subtracts the gradient.", UPDATE, UPDATE[:1], UPDATE[1:], nudge="Does the cost fall?", formula="w = w - rate * dw"),
        mistake("OP701 rate-ignored", "learning_rate is not used", "The step is the whole gradient, or has a rate of its own.", [("learning_rate * dw", "dw"), ("learning_rate * db", "db")], ("learning_rate * dw", "dw"), ("learning_rate * db", "db"), [("learning_rate * dw", "0.009 * dw"), ("learning_rate * db", "0.009 * db")], nudge="Call it with another rate.", formula="w = w - rate * dw"),
        mistake("OP702 parameter-not-updated", "w or b never moves", "Both are updated in every iteration.", ("        b = b - learning_rate * db\n", ""), ("        w = w - learning_rate * dw\n", ""), nudge="Print w and b before and after.", formula="w = w - rate * dw; b = b - rate * db"),
        mistake("OP703 gradients-of-the-start", "the gradients are computed once, before the loop", "They belong to the new w and b of every iteration.", [("    for i in range(num_iterations):\n        grads, cost = propagate(w, b, X, Y)\n", "    grads, cost = propagate(w, b, X, Y)\n    for i in range(num_iterations):\n")], nudge="Where is propagate called?", formula="propagate in every iteration"),
        mistake("OP704 one-iteration-too-few", "the loop runs one time too few", "range(n) has n values.", ("range(num_iterations)", "range(1, num_iterations)"), nudge="How often does it run for num_iterations = 1?", formula="for i in range(num_iterations)"),
        mistake("OP705 one-iteration-too-many", "the loop runs one time too often", "range(n) has n values.", ("range(num_iterations)", "range(num_iterations + 1)"), nudge="How often does it run for num_iterations = 1?", formula="for i in range(num_iterations)"),
        mistake("OP706 dw-for-db", "one gradient moves the other parameter", "dw moves w, db moves b.", ("learning_rate * db", "learning_rate * np.sum(dw)"), ("w - learning_rate * dw", "w - learning_rate * db"), nudge="Which gradient belongs to b?", formula="b = b - rate * db"),
    ],
    "logistic_predict": [
        mistake("LO613 predicts-probabilities", "probabilities instead of labels", "The prediction is 1 where A > 0.5, else 0.", ("1 if A[0, i] > 0.5 else 0", "A[0, i]"), nudge="Which values may a prediction have?", formula="A > 0.5"),
        mistake("LO614 threshold-reversed", "0 and 1 are exchanged", "1 is predicted where A is above 0.5.", ("1 if A[0, i] > 0.5 else 0", "1 if A[0, i] < 0.5 else 0"), ("1 if A[0, i] > 0.5 else 0", "0 if A[0, i] > 0.5 else 1"), nudge="What does A = 0.9 mean?", formula="A > 0.5"),
        mistake("AF101 bias-left-out", "the bias is not added", "A is sigmoid(w^T X) where it should be sigmoid(w^T X + b).", ("np.dot(w.T, X) + b)", "np.dot(w.T, X))"), nudge="What is A when X is 0?", formula="A = sigmoid(w^T X + b)"),
        mistake("LO615 threshold-of-the-scores", "the scores are compared with 0.5", "The sigmoid is missing: w^T X + b is compared where A should be.", ("A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))", "A = np.dot(w.T, X) + b"), nudge="Which score gives A = 0.5?", formula="sigmoid(w^T X + b) > 0.5"),
        mistake("LO616 predictions-not-filled", "only some samples are predicted", "Every column of X gets a prediction.", ("for i in range(m)", "for i in range(m - 1)"), ("for i in range(m)", "for i in range(1, m)"), nudge="How many columns has X?", formula="for i in range(m)"),
    ],
}  # fmt: skip
