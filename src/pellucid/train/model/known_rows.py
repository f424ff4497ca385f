"""The rows that a model was trained on, by codes of some of them: what it says of these says little about new ones."""

from typing import Any, NamedTuple

import numpy as np

from pellucid.shapes import Array

__all__ = ["KnownRows"]

MOST_ROWS = 256  # of the training rows whose codes are kept
MOST_VALUES = 512  # of a row that its code is made of, evenly spaced
DISTINCT = 0.9  # of the rows: where more of them repeat, a row in other data may equal one by chance
SMALLEST_SHARE = 0.1  # of the rows that is said


class KnownRows(NamedTuple):
    """The number of training rows, and the codes of some of them, evenly spaced."""

    samples: int = 0
    codes: tuple[int, ...] = ()  # none: rows are not in memory, or repeat too often

    @classmethod
    def of(cls, inputs: Any) -> "KnownRows":
        """Keep codes of raw training samples (N, ...), or of the prepared rows of a table."""
        if not isinstance(inputs, np.ndarray) or isinstance(inputs, np.memmap) or len(inputs) == 0:
            return cls()
        rows = np.unique(np.linspace(0, len(inputs) - 1, min(len(inputs), MOST_ROWS)).astype(np.int64))
        codes = np.unique(row_codes(inputs[rows]))
        return cls(len(inputs), tuple(codes.tolist())) if len(codes) >= DISTINCT * len(rows) else cls(len(inputs))

    def share_of(self, inputs: Any) -> float:
        """Return about which share of samples (M, ...) are training rows; 0 below a tenth, and where it is not known."""
        if not self.codes or not isinstance(inputs, np.ndarray) or isinstance(inputs, np.memmap) or len(inputs) == 0:
            return 0.0
        found = np.isin(np.array(self.codes, dtype=np.uint64), row_codes(inputs)).mean()
        share = float(min(1.0, found * self.samples / len(inputs)))
        return share if share >= SMALLEST_SHARE else 0.0


def row_codes(inputs: Array) -> Array:
    """Return a number for each sample, (N,) uint64, equal for equal samples whatever their dtype."""
    rows = inputs.reshape(len(inputs), -1)
    step = -(-rows.shape[1] // MOST_VALUES)
    words = np.ascontiguousarray(rows[:, ::step], dtype=np.float32).view(np.uint32)
    factors = np.random.Generator(np.random.Philox(0)).integers(1, 2**63, words.shape[1], dtype=np.uint64) * 2 + 1
    codes: Array = (words.astype(np.uint64) + 1) @ factors  # modulo 2**64
    return codes
