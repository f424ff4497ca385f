"""Treats: what gives a doctor of any framework its `treat()`; and `treat`, for a doctor that lacks it."""

from typing import Protocol

from pellucid.doctor.chart import Chart
from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.treating.engine import SECONDS, Watch, treat_findings
from pellucid.doctor.treating.outcome import TreatmentResult
from pellucid.doctor.treating.stepping import SteppingWard
from pellucid.doctor.treating.ward import Ward
from pellucid.shapes import ShapeError

__all__ = ["AnyDoctor", "Treats", "treat"]


class AnyDoctor(Protocol):
    """A doctor of any framework, after a run."""

    @property
    def chart(self) -> Chart | None:
        """What was measured, with a patient that can be copied; None before a run."""

    @property
    def findings(self) -> tuple[AilmentFinding, ...]:
        """What was found, causes first."""


def treat(
    doctor: AnyDoctor, *, seconds: float = SECONDS, watch: Watch | None = None, ward: Ward | None = None
) -> TreatmentResult:
    """Try cures of what a doctor found on short copies of the run, for about that many seconds; `print` the result.

    Copies begin where the run began, see rows in the same order, and share nothing with it: it stays as it is, bit for bit.
    A cure is kept if it takes a tenth or more off what it is judged by. watch is called with a line before each copy; ward trains
    the copies, by default by the steps of the chart's patient. Raises ShapeError before a run, and where nothing of it is left that
    could be copied.
    """
    chart, findings = doctor.chart, doctor.findings
    if chart is None:
        raise ShapeError("treat: the doctor has not seen a run; train first")
    if ward is None and chart.patient is not None and findings:
        ward = SteppingWard(chart, chart.patient)
    if findings and ward is None:
        raise ShapeError("treat: nothing of this run is left that could be copied (it was interrupted); train again")
    return treat_findings(chart, findings, ward, seconds=seconds, watch=watch)  # type: ignore[arg-type]  # none is asked for nothing


class Treats:
    """A doctor with a chart and findings, whose patient can be copied."""

    chart: Chart | None
    findings: tuple[AilmentFinding, ...]

    def treat(self, *, seconds: float = SECONDS, watch: Watch | None = None) -> TreatmentResult:
        """Try cures of the findings on short copies of the run; see `treating.treat`."""
        return treat(self, seconds=seconds, watch=watch, ward=self._ward() if self.findings else None)

    def _ward(self) -> Ward | None:
        """Return who trains copies of this run; None for the steps of its patient."""
        return None
