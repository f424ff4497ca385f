"""The known mistakes of assignment 3: each an edit of the reference, with its name and its lesson.

What lives here: a file for each group of functions. What does not: the shorthand they are written in (`cs231n_a2/mistakes/`), the
references that are edited (`../reference/`), and the cases that show a mistake (`../cases/`).
"""

from pellucid.checker.packs.cs231n_a3.mistakes.captioning import CAPTIONING
from pellucid.checker.packs.cs231n_a3.mistakes.embedding import EMBEDDING
from pellucid.checker.packs.cs231n_a3.mistakes.lstm_step import LSTM_STEP
from pellucid.checker.packs.cs231n_a3.mistakes.rnn_step import RNN_STEP
from pellucid.checker.packs.cs231n_a3.mistakes.sequences import SEQUENCES
from pellucid.checker.packs.cs231n_a3.mistakes.temporal import TEMPORAL

__all__ = ["KNOWN"]

KNOWN = RNN_STEP | SEQUENCES | LSTM_STEP | EMBEDDING | TEMPORAL | CAPTIONING
"""The table: a function's name -> its known mistakes."""
