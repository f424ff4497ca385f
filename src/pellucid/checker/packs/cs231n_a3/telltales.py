"""Causes that the failing cases of recurrent layers name by themselves."""

from pellucid.checker.asking.pack import Telltale

__all__ = ["CELL_ALONE", "LSTM_ALONE", "REPEATED", "STATE_ALONE"]

REPEATED = Telltale(
    "repeated words",
    "repeated-words-lost",
    "a word that occurs several times keeps one gradient",
    "It is correct where each word occurs once. With an index that repeats, dW[x] += dout adds only once: np.add.at(dW, x, dout) "
    "adds every time.",
    "What is dW if a caption says the same word twice?",
    0.85,
    "EM411",
)
STATE_ALONE = Telltale(
    "state alone",
    "wrong-without-cell-gradient",
    "wrong where no gradient comes from the next cell",
    "With dnext_c = 0 the gradients are wrong, otherwise correct: they do not start from dnext_h.",
    "What do the gates get if only h is used?",
    0.7,
    "RC497",
)
CELL_ALONE = Telltale(
    "cell alone",
    "wrong-without-state-gradient",
    "wrong where no gradient comes from the next state",
    "With dnext_h = 0 the gradients are wrong, otherwise correct: they do not start from dnext_c.",
    "What do the gates get if only c is used?",
    0.7,
    "RC498",
)
LSTM_ALONE = Telltale(
    "lstm",
    "lstm-not-yet",
    "the LSTM is missing or wrong, the plain RNN is correct",
    'Every case with cell_type "rnn" is correct. The cell type decides twice: which layer runs forward, and which runs backward.',
    'What happens in loss and sample where cell_type is "lstm"?',
    0.85,
    "RC499",
)
