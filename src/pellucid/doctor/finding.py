"""AilmentFinding: one thing that the doctor says of a run, as a record."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

__all__ = ["AilmentFinding", "Confidence"]

Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True)
class AilmentFinding:
    """One ailment of one run, with its evidence and its cure."""

    code: str  # "DR101", stable
    ailment: str  # "learning-rate-too-high"
    where: str  # the layer, the column, the setting; "" where it is the run as a whole
    evidence: str  # what was measured, beside what a healthy run has
    confidence: Confidence
    cure: str  # what to change, in the words of the framework in use
    since_step: int | None = None  # from which step on; None: from the beginning, or not known
    because: str = ""  # the code of the finding that explains this one

    def __str__(self) -> str:
        """Return two lines: the evidence, then the advice."""
        return f"{self.headline}\n  {self.advice} (pellucid explain {self.code})"

    @property
    def advice(self) -> str:
        """The cure; of what another finding explains, to cure that one first."""
        return f"It may follow from {self.because}: cure that first." if self.because else self.cure

    @property
    def headline(self) -> str:
        """The ailment, where it is, and its evidence, in one line."""
        doubt = "" if self.confidence == "high" else "possibly "
        where = f" ({self.where})" if self.where else ""
        return f"{self.code} {doubt}{self.ailment}{where}: {self.evidence}"

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, as JSON holds them."""
        return asdict(self)
