"""A unit that was examined: the trials of its forward and backward, with what was found in each."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pellucid.checker.recognising.judging import JudgedGradient
from pellucid.checker.recognising.probing import Answered
from pellucid.checker.recognising.recognising import Recognised
from pellucid.checker.recognising.trials import Trial
from pellucid.checker.recognising.units import Unit
from pellucid.checker.running.job import JobResult

__all__ = ["NEAR_EPS", "Examined", "Tried"]

NEAR_EPS = "a variance near eps"  # the label of the trial where an eps shows


@dataclass(frozen=True)
class Tried:
    """One trial with its findings."""

    label: str
    answer: Answered
    trial: Trial
    findings: Sequence[JudgedGradient]

    @property
    def is_right(self) -> bool:
        """Whether nothing in it is wrong."""
        return self.trial.error is None and all(one.status != "wrong" for one in self.findings)


@dataclass
class Examined:
    """All that is known of a unit."""

    unit: Unit
    match: Recognised | None = None  # with a reading: recognised
    tried: list[Tried] = field(default_factory=list)
    result: JobResult = field(default_factory=JobResult)
    named: Sequence[Recognised] = ()  # calls of the kinds that its name stands for, where no reading has its outputs
    guessed: str = ""  # the kind that its name stands for, where its outputs are not that kind's

    @property
    def is_recognised(self) -> bool:
        """Whether a reading has its outputs."""
        return self.match is not None and self.match.reading is not None
