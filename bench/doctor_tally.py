"""What the benches of the doctor count: how often what it found in a training is what was planted there."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

__all__ = ["Tally", "learned", "said"]


@dataclass
class Tally:
    """Trainings that are sick and those that are healthy."""

    sick: int = 0
    found: int = 0  # anywhere among the findings
    first: int = 0  # as the first finding
    silent: int = 0
    healthy: int = 0
    alarms: int = 0
    alarms_high: int = 0

    def count(
        self, doctor: Any, planted: Collection[str], also: Collection[str] = (), *, found_by: Collection[str] = ()
    ) -> str:
        """Count a training; return the mark of its line.

        planted: the correct names of what is wrong with it; none of a healthy one. also: names that are correct as the first
        finding, too. found_by: names that count as found, where those are more than what was planted.
        """
        names = [finding.ailment for finding in doctor.findings]
        if not planted:
            self.healthy += 1
            self.alarms += bool(names)
            self.alarms_high += any(finding.confidence == "high" for finding in doctor.findings)
            return "ALARM" if names else "ok   "
        first = names[0] if names else ""
        self.sick += 1
        self.silent += not names
        self.found += not set(names).isdisjoint(found_by or planted)
        self.first += first in planted or first in also
        return "ok   " if first in planted else "also " if first in also else "MISS "

    def __str__(self) -> str:
        """Return recall, precision of the first finding, and false alarms, in two lines."""
        told = self.sick - self.silent
        return (
            f"recall {self.found}/{self.sick} = {self.found / max(1, self.sick):.2f}, first finding correct {self.first}/{told} = "
            f"{self.first / max(1, told):.2f}, silent {self.silent}\n"
            f"false alarms {self.alarms} of {self.healthy}, of high confidence {self.alarms_high}"
        )


def said(doctor: Any) -> str:
    """Return what was found, in one line; a question mark behind what is not sure."""
    return ", ".join(f"{one.ailment}{'' if one.confidence == 'high' else '?'}" for one in doctor.findings)


def learned(doctor: Any) -> str:
    """Return the share of the constant prediction's loss that training removed."""
    share = doctor.chart.learned if doctor.chart is not None else None
    return "-" if share is None else f"{share:.2f}"
