"""What treating a run has shown, as records."""

from dataclasses import dataclass

from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.prescription import Measure, Prescription
from pellucid.doctor.treating.curve import Curve
from pellucid.doctor.treating.wording import Settings

__all__ = ["MARGIN", "TreatmentRecord", "TriedCure", "UserTask"]

# Of what it is judged by: a cure that takes less away is not kept. Another order of rows alone changes the last loss of 35 healthy
# trainings by less than 7 % in 19 of 20 (half: 1 %), in training and in validation: `python -m bench.doctor --cures --margin`.
MARGIN = 0.1


@dataclass(frozen=True)
class TriedCure:
    """One cure, tried on a copy."""

    code: str  # of the ailment against which it was tried
    ailment: str
    words: str  # what was changed, beside what was kept before
    prescription: Prescription  # everything that is changed in this copy
    judged_by: Measure
    before: float  # what it is judged by, without this cure; smaller is better, infinity where it is not finite
    after: float
    kept: bool
    curve: Curve


@dataclass(frozen=True)
class UserTask:
    """An ailment that no copy can be cured of: it needs somebody who knows the data, or the code."""

    code: str
    ailment: str
    what: str  # what to do, in one line

    def __str__(self) -> str:
        """Return the line."""
        return f"{self.code} {self.ailment} needs you: {self.what}"


@dataclass(frozen=True)
class TreatmentRecord:
    """What was tried, what it brought, and the settings that helped."""

    findings: tuple[AilmentFinding, ...]  # that were treated
    length: str  # of the copies, in words
    untreated: Curve | None  # None where there was nothing to try
    tried: tuple[TriedCure, ...]
    treated: Curve | None  # with everything that was kept; None where nothing was
    prescription: Prescription  # what was kept
    settings: Settings  # the same in words, as flags and as code
    needs_you: tuple[UserTask, ...]
    remaining: tuple[AilmentFinding, ...]  # that the treated copy still has
    left_out: int  # cures for which there was no time
    seconds: float
    margin: float = MARGIN

    @property
    def helped(self) -> bool:
        """Whether a cure was kept."""
        return self.treated is not None
