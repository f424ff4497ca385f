"""Known mistakes in the losses of linear classifiers: those that all four share, and those of each loss."""

from typing import Any

from pellucid.checker.asking.pack import Known
from pellucid.checker.packs.cs231n_a2.again import again
from pellucid.checker.packs.cs231n_a2.mistakes.writing import convention, mistake

__all__ = ["LINEAR"]

LOSS, GRADIENT = "    loss = loss / N\n", "    dW = dW / N\n"
REG_LOSS, REG_GRADIENT = "    loss += reg * np.sum(W * W)\n", "    dW += 2 * reg * W\n"
FORMULA = "loss = sum / N + reg * sum(W^2), dW = sum / N + 2 * reg * W"
REG: dict[str, Any] = {
    "lesson": "With reg * sum(W^2) in the loss, the gradient is 2 * reg * W; with 0.5 * reg * sum(W^2), it is reg * W.",
    "nudge": "Compare reg = 0 with reg = 3.",
    "formula": "reg * sum(W^2) in the loss, 2 * reg * W in dW",
}


def _regularization() -> list[Known]:
    return [
        convention("LO951 reg-with-half", "regularization with 0.5", "The loss adds 0.5 * reg * sum(W^2) and dW reg * W, as the course had it in 2016; since 2017 the starter code adds reg * sum(W^2).", [(REG_LOSS, REG_LOSS.replace("reg", "0.5 * reg")), (REG_GRADIENT, REG_GRADIENT.replace("2 * ", ""))]),
        again("TwoLayerNet", "reg-gradient-halved", (REG_GRADIENT, REG_GRADIENT.replace("2 * ", "")), explanation="The loss adds reg * sum(W^2) and dW reg * W: the 2 of the derivative is missing.", **REG),
        again("TwoLayerNet", "reg-gradient-doubled", (REG_LOSS, REG_LOSS.replace("reg", "0.5 * reg")), explanation="The loss adds 0.5 * reg * sum(W^2) and dW 2 * reg * W.", **REG),
        again("TwoLayerNet", "reg-gradient-missing", (REG_GRADIENT, ""), **REG),
        again("TwoLayerNet", "reg-loss-missing", (REG_LOSS, ""), **REG),
        again("TwoLayerNet", "reg-missing", [(REG_LOSS, ""), (REG_GRADIENT, "")], explanation="Neither the loss nor dW uses reg.", **REG),
        again("TwoLayerNet", "reg-square-of-sum", ("np.sum(W * W)", "np.sum(W) ** 2"), **REG),
        mistake("LO352 reg-averaged", "the regularization is divided by N", "It is added before the division by N: it does not belong to the samples.", [(LOSS, LOSS.replace("loss / N", "(loss + reg * np.sum(W * W)) / N")), (REG_LOSS, ""), (GRADIENT, GRADIENT.replace("dW / N", "(dW + 2 * reg * W) / N")), (REG_GRADIENT, "")], [(LOSS, LOSS.replace("loss / N", "(loss + reg * np.sum(W * W)) / N")), (REG_LOSS, "")], [(GRADIENT, GRADIENT.replace("dW / N", "(dW + 2 * reg * W) / N")), (REG_GRADIENT, "")], **REG),
        mistake("LO353 reg-of-norm", "the norm, not its square", "np.linalg.norm(W) is the square root of sum(W^2).", ("np.sum(W * W)", "np.linalg.norm(W)"), **REG),
        mistake("LO354 reg-absolute", "L1 regularization", "The sum of absolute values is another penalty: the course has the sum of squares.", [("np.sum(W * W)", "np.sum(np.abs(W))"), ("2 * reg * W", "reg * np.sign(W)")], ("np.sum(W * W)", "np.sum(np.abs(W))"), **REG),
        mistake("LO355 reg-minus", "the regularization is subtracted", "A penalty makes the loss larger.", [(REG_LOSS, REG_LOSS.replace("+=", "-=")), (REG_GRADIENT, REG_GRADIENT.replace("+=", "-="))], (REG_LOSS, REG_LOSS.replace("+=", "-=")), (REG_GRADIENT, REG_GRADIENT.replace("+=", "-=")), **REG),
    ]  # fmt: skip


def _averages(loss: str) -> list[Known]:
    """Return what can be wrong with the division by N, in the words of a loss of assignment 2."""
    twice, classes = (LOSS.replace("/ N", "/ N**2"), GRADIENT.replace("/ N", "/ N**2")), "/ (N * C)"
    return [
        again(loss, "loss-not-averaged", [(LOSS, ""), (GRADIENT, "")], formula=FORMULA),
        again(loss, "gradient-not-averaged", (GRADIENT, ""), title="dW is not divided by N", formula=FORMULA),
        again(loss, "loss-value-not-averaged", (LOSS, ""), formula=FORMULA),
        again(loss, "loss-averaged-twice", [(LOSS, twice[0]), (GRADIENT, twice[1])], (GRADIENT, twice[1]), (LOSS, twice[0]), formula=FORMULA),
        again(loss, "loss-averaged-over-classes", [(LOSS, LOSS.replace("/ N", classes)), (GRADIENT, GRADIENT.replace("/ N", classes))], (LOSS, LOSS.replace("/ N", classes)), (GRADIENT, GRADIENT.replace("/ N", classes)), formula=FORMULA),
    ]  # fmt: skip


def _gradients(product: str) -> list[Known]:
    """Return what can be wrong with dW as a whole. product: the line that multiplies, of a loss without loops."""
    known = [
        mistake("LO356 gradient-left-at-zero", "dW stays at zero", "The loss is computed and its gradient is not yet.", ("return loss, dW", "return loss, np.zeros_like(W)"), nudge="Which line changes dW?", formula=FORMULA),
        mistake("LO357 gradient-negative", "the gradient has the wrong sign", "dW points downhill: training adds minus the gradient by itself.", (GRADIENT, GRADIENT.replace("dW / N", "-dW / N")), nudge="Does the loss grow or fall along dW?", formula=FORMULA),
    ]  # fmt: skip
    if product:
        left, right = product.split(" @ ")
        known.append(mistake("LO358 gradient-transposed", "the gradient is transposed", "dW has the shape of W, (D, C).", (product, f"{right}.T @ {left.removesuffix('.T')}"), nudge="What is the shape of dW?", formula=f"dW = {product}"))  # fmt: skip
    return known


def _svm(*, naive: bool) -> list[Known]:
    """Return the mistakes of the hinge loss in loops, or at once."""
    skip = "            if j == y[i]:\n                continue\n"
    inner = "            if margin > 0:\n                loss += margin\n                dW[:, j] += X[i]\n                dW[:, y[i]] -= X[i]\n"
    pushed, counted = (
        "                dW[:, y[i]] -= X[i]\n",
        "    counted[np.arange(N), y] -= np.sum(counted, axis=1)\n",
    )
    margin = "scores[j] - scores[y[i]] + 1.0" if naive else "scores - correct + 1.0"
    reversed_margin = "scores[y[i]] - scores[j] + 1.0" if naive else "correct - scores + 1.0"
    lose = again("svm_loss", "svm-no-maximum", (inner, inner.replace("if margin > 0", "if True")) if naive else [("np.maximum(0, scores - correct + 1.0)", "scores - correct + 1.0"), ("(margins > 0)", "(margins != 0)")])  # fmt: skip
    every = (inner, inner.replace("            if margin > 0:\n                loss += margin\n", "            loss += max(margin, 0)\n            if True:\n"))  # fmt: skip
    once = [(pushed, ""), ("        scores = X[i] @ W\n", "        scores = X[i] @ W\n        dW[:, y[i]] -= X[i]\n")]
    stops = (skip, skip.replace("continue", "break")) if naive else ("margins[np.arange(N), y] = 0", "margins[np.arange(C) >= y[:, None]] = 0")  # fmt: skip
    known = [
        again("svm_loss", "svm-right-class-counted", (skip, "") if naive else ("    margins[np.arange(N), y] = 0\n", ""), *([("    loss = loss / N\n", "    loss = loss / N + 1\n")])),
        again("svm_loss", "svm-stops-at-right-class", stops),
        lose,
        again("svm_loss", "svm-margin-not-1", (margin, margin.removesuffix(" + 1.0"))),
        again("svm_loss", "svm-squared", ("loss += margin\n", "loss += margin**2\n") if naive else ("loss = np.sum(margins)", "loss = np.sum(margins**2)")),
        again("svm_loss", "svm-right-class-gradient", (pushed, "") if naive else (counted, "")),
        again("svm_loss", "svm-right-class-minus-1", once if naive else ("-= np.sum(counted, axis=1)", "-= 1")),
        mistake("LO361 svm-gradient-without-margin", "every class gets a gradient", "A class whose margin is not violated adds nothing to the loss, so nothing to dW.", every if naive else ("(margins > 0).astype(X.dtype)", "(np.arange(C) != y[:, None]).astype(X.dtype)"), nudge="What is the slope of max(0, m) where m is negative?", formula="dW[:, j] += x where margin > 0"),
        mistake("LO362 svm-gradient-weighted", "the gradient is weighted with the margin", "The slope of max(0, m) is 1 where m is positive, however large m is.", ("dW[:, j] += X[i]\n                dW[:, y[i]] -= X[i]", "dW[:, j] += margin * X[i]\n                dW[:, y[i]] -= margin * X[i]") if naive else ("(margins > 0).astype(X.dtype)", "margins.copy()"), nudge="What is the slope of max(0, m) where m is positive?", formula="dW[:, j] += x where margin > 0"),
        mistake("LO363 svm-margin-reversed", "the margin is reversed", "A class is penalized where it scores almost as much as the correct one, or more: s_j - s_y + 1.", (margin, reversed_margin), nudge="What is the margin of a class that scores far too low?", formula="max(0, s_j - s_y + 1)"),
    ]  # fmt: skip
    if naive:
        known.append(mistake("LO364 svm-gradient-overwritten", "dW is overwritten", "Each sample adds to dW: with = only the last one's gradient remains.", ("dW[:, j] += X[i]", "dW[:, j] = X[i]"), nudge="What is left of the first sample's gradient?", formula="dW[:, j] += x"))  # fmt: skip
    else:
        known.append(again("svm_loss", "svm-counts-whole-batch", ("-= np.sum(counted, axis=1)", "-= np.sum(counted)")))
    return [*known, *_averages("svm_loss"), *_gradients("" if naive else "X.T @ counted")]


def _softmax(*, naive: bool) -> list[Known]:
    """Return the mistakes of the cross-entropy in loops, or at once."""
    minus_1 = (
        "            if j == y[i]:\n                dscore -= 1\n" if naive else "    dscores[np.arange(N), y] -= 1\n"
    )
    term = "loss -= shifted[y[i]] - np.log(total)" if naive else "loss = -np.sum(log_probs[np.arange(N), y])"
    wrong_sign = term.replace("-=", "+=") if naive else term.replace("-np.sum", "np.sum")
    without_log = "loss -= probs[y[i]]" if naive else "loss = -np.sum(probs[np.arange(N), y])"
    of_score = "loss -= shifted[y[i]]" if naive else "loss = -np.sum(shifted[np.arange(N), y])"
    every_class = "loss -= np.sum(shifted - np.log(total))" if naive else "loss = -np.sum(log_probs)"
    raw = ("probs = np.exp(shifted) / total", "probs = np.exp(shifted)")
    known = [
        again("softmax_loss", "softmax-no-minus-1", (minus_1, ""), explanation="The gradient of the scores is the probabilities; the correct class's needs 1 subtracted.", formula="dscores = probs - 1[y]"),
        again("softmax_loss", "softmax-sign-of-loss", (term, wrong_sign), formula="loss = -mean(log p[y])"),
        mistake("LO371 softmax-loss-without-log", "the log is missing", "The loss is minus the log of the correct class's probability.", (term, without_log), nudge="What is the loss of 10 classes with equal scores?", formula="loss = -mean(log p[y])"),
        mistake("LO372 softmax-loss-of-score", "the correct class's score alone", "The log of the sum of exponentials is missing from the loss.", (term, of_score), nudge="What is the loss of 10 classes with equal scores?", formula="loss = -mean(s_y - log sum exp s)"),
        mistake("LO373 softmax-every-class", "every class's log-probability is summed", "Only the correct class counts.", (term, every_class), nudge="Which class does the loss look at?", formula="loss = -mean(log p[y])"),
        mistake("LO374 softmax-not-normalized", "the gradient uses exponentials that are not normalized", "Probabilities are exponentials over their sum.", raw, nudge="What do the probabilities of a row sum to?", formula="p = exp(s) / sum(exp(s))"),
        mistake("LO375 softmax-base-10", "another base of the logarithm", "The loss is the natural logarithm: np.log.", (term, f"{term.replace('np.log(total)', 'np.log10(total)')}") if naive else ("shifted - np.log(total)", "shifted - np.log10(total)"), (term, "loss -= (shifted[y[i]] - np.log(total)) / np.log(2)") if naive else (term, term.replace("-np.sum(log_probs[np.arange(N), y])", "-np.sum(log_probs[np.arange(N), y]) / np.log(2)")), nudge="What is the loss of 10 classes with equal scores?", formula="np.log"),
    ]  # fmt: skip
    if naive:
        known.append(mistake("LO376 softmax-gradient-overwritten", "dW is overwritten", "Each sample adds to dW: with = only the last one's gradient remains.", ("dW[:, j] += dscore * X[i]", "dW[:, j] = dscore * X[i]"), nudge="What is left of the first sample's gradient?", formula="dW[:, j] += dscore * x"))  # fmt: skip
    else:
        known += [
            again("softmax_loss", "softmax-whole-columns", (minus_1, "    dscores[:, y] -= 1\n"), explanation="dscores[:, y] changes whole columns; dscores[np.arange(N), y] one entry per row.", formula="dscores[np.arange(N), y] -= 1"),
            mistake("LO377 softmax-sum-over-batch", "normalized over the batch", "The probabilities of a row sum to 1: sum over the classes.", [("np.sum(np.exp(shifted), axis=1, keepdims=True)", "np.sum(np.exp(shifted), axis=0, keepdims=True)")], ("np.sum(np.exp(shifted), axis=1, keepdims=True)", "np.sum(np.exp(shifted))"), nudge="What do the probabilities of a row sum to?", formula="sum over axis=1"),
        ]  # fmt: skip
    return [*known, *_averages("softmax_loss"), *_gradients("" if naive else "X.T @ dscores")]


LINEAR = {
    "svm_loss_naive": [*_svm(naive=True), *_regularization()],
    "svm_loss_vectorized": [*_svm(naive=False), *_regularization()],
    "softmax_loss_naive": [*_softmax(naive=True), *_regularization()],
    "softmax_loss_vectorized": [*_softmax(naive=False), *_regularization()],
}
