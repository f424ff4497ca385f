"""Known mistakes in a word embedding."""

from pellucid.checker.packs.cs231n_a2.mistakes.writing import mistake

__all__ = ["EMBEDDING"]

ADD = "    np.add.at(dW, x, dout)\n"
LESSON = "A word that occurs several times collects the gradient of each of its places."
FORMULA = "np.add.at(dW, x, dout)"
EMBEDDING = {
    "word_embedding_forward": [
        mistake("EM401 columns-as-vectors", "columns are taken, not rows", "Row w of W is the vector of word w.", ("W[x]", "np.moveaxis(W[:, np.minimum(x, W.shape[1] - 1)], 0, -1)"), nudge="Which axis of W counts the words?", formula="out = W[x]"),
        mistake("EM402 words-shifted", "the neighbouring word's vector", "Words count from 0, as rows do.", ("W[x]", "W[x - 1]"), nudge="Which row belongs to word 0?", formula="out = W[x]"),
        mistake("EM403 time-and-batch-exchanged", "batch and time are exchanged", "out is (N, T, D).", ("W[x]", "W[x.T]"), nudge="What is the shape of out?", formula="out = W[x]"),
    ],
    "word_embedding_backward": [
        mistake("EM411 repeated-words-lost", "a word that occurs several times keeps one gradient", "With an index that repeats, dW[x] += dout adds only once: the last place wins. np.add.at adds every time.", (ADD, "    dW[x] += dout\n"), (ADD, "    dW[x] = dout\n"), lesson=LESSON, nudge="What is dW if a caption says the same word twice?", formula=FORMULA),
        mistake("EM412 gradient-averaged-over-places", "a word's gradient is averaged over its places", "The gradients of the places are summed.", (ADD, ADD + "    dW /= np.maximum(np.bincount(x.ravel(), minlength=len(W)), 1)[:, None]\n"), lesson=LESSON, nudge="Does dW grow with the number of places?", formula=FORMULA),
        mistake("EM413 embedding-gradient-averaged", "dW is divided by N", "The loss has divided by N already.", (ADD, ADD + "    dW /= len(x)\n"), nudge="Who divides by N?", formula=FORMULA),
        mistake("EM414 whole-vocabulary-moved", "words that do not occur get a gradient", "Only the rows of the words in x change.", (ADD, "    dW += dout.reshape(-1, dout.shape[-1]).sum(axis=0)\n"), lesson=LESSON, nudge="What is dW of a word that does not occur?", formula=FORMULA),
        mistake("EM415 last-caption-only", "each caption overwrites the one before it", "All captions add to dW.", (ADD, "    for n in range(len(x)):\n        dW[:] = 0\n        np.add.at(dW, x[n], dout[n])\n"), lesson=LESSON, nudge="What is left of the first caption?", formula=FORMULA),
        mistake("EM416 embedding-gradient-times-weights", "the weights enter the gradient", "out is W[x] itself: the slope is 1.", (ADD, "    np.add.at(dW, x, dout * W[x])\n"), nudge="What is the slope of picking a row?", formula=FORMULA),
    ],
}  # fmt: skip
