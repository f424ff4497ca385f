"""Ailment: what a file of `ailments/` declares, and how a sign that it sees becomes a finding."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pellucid.doctor.chart import Chart
from pellucid.doctor.finding import AilmentFinding, Confidence
from pellucid.doctor.prescription import Treatment

__all__ = ["Ailment", "Sign"]


@dataclass(frozen=True)
class Sign:
    """What an ailment saw in a chart: numbers in words."""

    evidence: str
    where: str = ""
    confidence: Confidence = "high"
    since_step: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)  # what the cure names, as "{rate:.2g}"


@dataclass(frozen=True)
class Ailment:
    """One way in which training goes wrong."""

    code: str  # "DR" and three digits
    name: str
    title: str  # what it is, in one line
    reads: tuple[str, ...]  # the facts, vitals and examinations that it looks at
    look: Callable[[Chart], Sign | None]  # None: no sign of it
    cures: Mapping[str, str]  # by framework; "" is for every other. "{where}" becomes a name, "{rate:.2g}" a number
    about: str  # what happens, how it is found, what a healthy run has; paragraphs of Markdown
    explains: tuple[str, ...] = ()  # the names of ailments that may follow from this one
    treatment: Treatment | None = (
        None  # what can be tried on a copy; None: it needs somebody who knows the data or the code
    )

    def page(self) -> str:
        """Return the page of `pellucid explain` in Markdown, without the heading."""
        words = {"": "", "pellucid": "Pellucid: ", "torch": "PyTorch: ", "keras": "Keras: "}
        cures = "\n".join(f"- {words[framework]}{_unfilled(cure)}" for framework, cure in self.cures.items())
        tried = "" if self.treatment is None else "\n\n`pellucid doctor RUN --treat` tries it on copies of the run."
        return f"{self.about}\n\nWhat to do:\n\n{cures}{tried}"

    def finding(self, chart: Chart) -> AilmentFinding | None:
        """Return what this ailment finds in a chart, or None."""
        sign = self.look(chart)
        if sign is None:
            return None
        values = {"where": sign.where} | dict(sign.values)
        cure = self.cures.get(chart.setup.framework, self.cures[""]).format(**values)
        return AilmentFinding(self.code, self.name, sign.where, sign.evidence, sign.confidence, cure, sign.since_step)


def _unfilled(cure: str) -> str:
    """Return a cure without the numbers of a run."""
    return re.sub(r"\{(\w+)[^}]*\}", "(...)", cure)
