"""Known mistakes in the softmax loss."""

from pellucid.checker.packs.cs231n_a2.mistakes.lessons import AVERAGE
from pellucid.checker.packs.cs231n_a2.mistakes.writing import hazard, mistake

__all__ = ["SOFTMAX"]

SOFTMAX = {
    "softmax_loss": [
        hazard(
            "LO801 log-of-0",
            "log of a probability that underflowed",
            "A badly wrong class gives an infinite loss: take log-probabilities from the shifted scores instead.",
            ("log_probs[np.arange(N), y]) / N", "np.log(probs)[np.arange(N), y]) / N"),
        ),
        hazard(
            "LO802 log-of-0-floored",
            "log of a probability plus a tiny number",
            "The loss of a badly wrong class is capped: take log-probabilities from the shifted scores instead.",
            *(
                ("log_probs[np.arange(N), y]) / N", f"np.log(probs + {tiny})[np.arange(N), y]) / N")
                for tiny in ("1e-12", "1e-10", "1e-15", "1e-20", "1e-300", "1e-16")
            ),
        ),
        mistake(
            "LO201 softmax-no-shift",
            "the row maximum is not subtracted",
            "exp overflows for large scores: loss and gradient become nan.",
            [
                ("x - np.max(x, axis=1, keepdims=True)", "x"),
                (
                    "log_probs = shifted - log_sum",
                    "log_probs = np.log(np.exp(shifted) / np.sum(np.exp(shifted), axis=1, keepdims=True))",
                ),
            ],
            [
                ("x - np.max(x, axis=1, keepdims=True)", "x"),
                (
                    "probs = np.exp(log_probs)",
                    "probs = np.exp(shifted) / np.sum(np.exp(shifted), axis=1, keepdims=True)",
                ),
            ],
            [
                ("x - np.max(x, axis=1, keepdims=True)", "x"),
                (
                    "log_probs = shifted - log_sum",
                    "log_probs = np.log(np.exp(shifted) / np.sum(np.exp(shifted), axis=1, keepdims=True))",
                ),
                (
                    "probs = np.exp(log_probs)",
                    "probs = np.exp(shifted) / np.sum(np.exp(shifted), axis=1, keepdims=True)",
                ),
            ],
            ("x - np.max(x, axis=1, keepdims=True)", "x"),
            lesson="Softmax does not change when a number is subtracted from all scores of a row.",
            nudge="Add 1000 to every score: what should happen?",
            formula="shifted = x - max(x, axis=1)",
        ),
        mistake(
            "LO202 softmax-one-maximum",
            "one maximum for the whole batch",
            "The largest score of the whole batch is subtracted; rows far below it underflow to 0 / 0.",
            ("np.max(x, axis=1, keepdims=True)", "np.max(x)"),
            [
                ("np.max(x, axis=1, keepdims=True)", "np.max(x)"),
                (
                    "probs = np.exp(log_probs)",
                    "probs = np.exp(shifted) / np.sum(np.exp(shifted), axis=1, keepdims=True)",
                ),
            ],
            [
                ("np.max(x, axis=1, keepdims=True)", "np.max(x)"),
                (
                    "probs = np.exp(log_probs)",
                    "probs = np.exp(shifted) / np.sum(np.exp(shifted), axis=1, keepdims=True)",
                ),
                ("log_probs[np.arange(N), y]) / N", "np.log(probs)[np.arange(N), y]) / N"),
            ],
            nudge="One row's scores may lie far below another's.",
            formula="shifted = x - max(x, axis=1)",
        ),
        mistake(
            "LO101 loss-not-averaged",
            "nothing is divided by N",
            "Loss and gradient are sums over the batch, not means.",
            [("y]) / N", "y])"), ("dx /= N", "pass")],
            lesson=AVERAGE,
            nudge="Pass the batch twice: does the loss change?",
            formula="loss = sum / N",
        ),
        mistake(
            "LO102 gradient-not-averaged",
            "dx is not divided by N",
            "The loss is a mean, its gradient is not.",
            ("dx /= N", "pass"),
            lesson=AVERAGE,
            nudge="Pass the batch twice: does dx halve?",
            formula="dx = (probs - 1[y]) / N",
        ),
        mistake(
            "LO103 loss-value-not-averaged",
            "the loss is not divided by N",
            "The gradient is of a mean, the loss is a sum.",
            ("y]) / N", "y])"),
            lesson=AVERAGE,
            nudge="Pass the batch twice: does the loss change?",
            formula="loss = sum / N",
        ),
        mistake(
            "LO104 loss-averaged-twice",
            "divided by N twice",
            "Loss and gradient are N times too small.",
            [("y]) / N", "y]) / N**2"), ("dx /= N", "dx /= N**2")],
            ("dx /= N", "dx /= N**2"),
            ("y]) / N", "y]) / N**2"),
            lesson=AVERAGE,
            nudge="What is the loss of equal scores? It should be ln C.",
            formula="loss = sum / N",
        ),
        mistake(
            "LO105 loss-averaged-over-classes",
            "divided by N * C",
            "The mean is over samples, not over scores.",
            [("y]) / N", "y]) / (N * C)"), ("dx /= N", "dx /= N * C")],
            ("y]) / N", "y]) / (N * C)"),
            ("dx /= N", "dx /= N * C"),
            lesson=AVERAGE,
            nudge="What is the loss of equal scores? It should be ln C.",
            formula="loss = sum / N",
        ),
        mistake(
            "LO203 softmax-no-minus-1",
            "1 is not subtracted for the correct class",
            "dx is the probabilities; the correct class's needs 1 subtracted.",
            ("dx[np.arange(N), y] -= 1", "pass"),
            nudge="Do the gradients of a row sum to 0?",
            formula="dx = (probs - 1[y]) / N",
        ),
        mistake(
            "LO204 softmax-sign",
            "the gradient has the wrong sign",
            "dx points downhill.",
            ("dx /= N", "dx /= -N"),
            nudge="Does a small step against dx lower the loss?",
            formula="dx = (probs - 1[y]) / N",
        ),
        mistake(
            "LO205 softmax-sign-of-loss",
            "the loss has the wrong sign",
            "The loss is minus the mean log-probability.",
            ("-np.sum(log_probs", "np.sum(log_probs"),
            nudge="A loss of a probability is not negative.",
            formula="loss = -mean(log p[y])",
        ),
        mistake(
            "LO206 softmax-whole-columns",
            "the labels index columns, not entries",
            "dx[:, y] changes whole columns; dx[range(N), y] one entry per row.",
            ("dx[np.arange(N), y] -= 1", "dx[:, y] -= 1"),
            nudge="How many entries does the index pick?",
            formula="dx[np.arange(N), y] -= 1",
        ),
    ],
}
