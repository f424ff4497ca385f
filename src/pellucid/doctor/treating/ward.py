"""Ward: who trains copies of a run as prescribed; and how long such copies are."""

from typing import NamedTuple, Protocol

from pellucid.doctor.prescription import Prescription
from pellucid.doctor.treating.curve import Course

__all__ = ["Length", "Ward", "length_for"]

FEW_EPOCHS = 6  # a run that is too long is cut to that many first, then to fewer rows: behaviour shows over epochs
NEARLY_ALL = 0.8  # of the rows: then all are taken


class Length(NamedTuple):
    """How much of the run a copy repeats."""

    epochs: int
    rows: int  # training rows of an epoch
    of_epochs: int
    of_rows: int

    @property
    def is_whole(self) -> bool:
        """Whether copies are as long as the run."""
        return self.epochs == self.of_epochs and self.rows == self.of_rows

    def __str__(self) -> str:
        """Return the length in words."""
        if self.is_whole:
            return f"the whole run ({_counted(self.epochs, 'epoch')} of {self.rows:,} rows)"
        rows = f"{self.rows:,} of {self.of_rows:,} rows" if self.rows < self.of_rows else f"{self.rows:,} rows"
        return f"{self.epochs} of {_counted(self.of_epochs, 'epoch')}, of {rows}"


class Ward(Protocol):
    """Trains copies from the run's beginning, all with the same order of rows. The run itself is never touched."""

    can: frozenset[str]  # the fields of a prescription that it can fill

    def plan(self, seconds: float) -> Length:
        """Choose the length of all copies, so that one takes about so long."""

    def follow(self, prescription: Prescription) -> Course:
        """Train a copy. Raises KeyboardInterrupt after Ctrl-C."""


def length_for(steps: int, *, epochs: int, rows: int, batch_size: int) -> Length:
    """Return the length of a copy of about that many steps: fewer epochs, then fewer rows."""
    per_epoch = -(-rows // batch_size)
    shortened = min(epochs, max(min(epochs, FEW_EPOCHS), steps // per_epoch))
    affordable = max(2, steps // shortened) * batch_size
    return Length(shortened, rows if affordable > NEARLY_ALL * rows else affordable, epochs, rows)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
