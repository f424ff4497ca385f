"""Known mistakes in layers that act on each step: affine, and the masked softmax loss."""

from pellucid.checker.packs.cs231n_a2.again import again
from pellucid.checker.packs.cs231n_a2.mistakes.writing import mistake

__all__ = ["TEMPORAL"]

MASK = "The mask is 0 where a caption has ended: those words add nothing, neither to the loss nor to its gradient."
FORMULA = "loss = -sum(mask log p[y]) / N"
TEMPORAL = {
    "temporal_affine_forward": [
        again("affine_forward", "bias-left-out", ("rows @ w + b", "rows @ w")),
    ],
    "temporal_affine_backward": [
        again("affine_backward", "bias-gradient-one-number", ("np.sum(drows, axis=0)", "np.sum(drows)")),
        again("affine_backward", "bias-gradient-mean", ("np.sum(drows, axis=0)", "np.mean(drows, axis=0)")),
        mistake("AF291 bias-gradient-over-time-missing", "db sums over the batch alone", "The bias is added in each step of each sequence: sum over both.", ("np.sum(drows, axis=0)", "np.sum(dout, axis=0)"), nudge="What is the shape of db?", formula="db = dout.sum(axis=(0, 1))"),
    ],
    "temporal_softmax_loss": [
        mistake("LO401 mask-ignored", "the mask is ignored", "Words after the end of a caption are counted.", [("counts * log_probs", "log_probs"), ("    dscores *= counts[:, None]\n", "")], lesson=MASK, nudge="Does the loss change with the words that are masked?", formula=FORMULA),
        mistake("LO402 mask-ignored-in-loss", "the loss ignores the mask", "The gradient leaves the masked words out, the loss does not.", ("counts * log_probs", "log_probs"), lesson=MASK, nudge="Does the loss change with the words that are masked?", formula=FORMULA),
        mistake("LO403 mask-ignored-in-gradient", "the gradient ignores the mask", "The loss leaves the masked words out, the gradient does not.", ("    dscores *= counts[:, None]\n", ""), lesson=MASK, nudge="What is dx at a masked word?", formula="dx = mask (p - 1[y]) / N"),
        mistake("LO404 averaged-over-words", "divided by the number of words", "The course divides by N, the number of captions.", [("labels]) / N", "labels]) / np.sum(mask)"), ("dscores /= N", "dscores /= np.sum(mask)")], [("labels]) / N", "labels]) / (N * T)"), ("dscores /= N", "dscores /= N * T")], nudge="Compare a batch of one long caption with one of a short caption.", formula=FORMULA),
        again("softmax_loss", "gradient-not-averaged", ("    dscores /= N\n", "")),
        again("softmax_loss", "loss-value-not-averaged", ("labels]) / N", "labels])")),
        again("softmax_loss", "loss-not-averaged", [("labels]) / N", "labels])"), ("    dscores /= N\n", "")]),
    ],
}  # fmt: skip
