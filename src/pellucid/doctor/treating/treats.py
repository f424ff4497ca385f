"""Treats: what gives a doctor of any framework its `treat()`."""

from pellucid.doctor.chart import Chart
from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.treating.engine import SECONDS, Watch, treat_findings
from pellucid.doctor.treating.outcome import TreatmentResult
from pellucid.doctor.treating.stepping import SteppingWard
from pellucid.doctor.treating.ward import Ward
from pellucid.shapes import ShapeError

__all__ = ["Treats"]


class Treats:
    """A doctor with a chart and findings, whose patient can be copied."""

    chart: Chart | None
    findings: tuple[AilmentFinding, ...]

    def treat(self, *, seconds: float = SECONDS, watch: Watch | None = None) -> TreatmentResult:
        """Try cures of the findings on short copies of the run, for about that many seconds; `print` the result.

        Copies begin where the run began, see rows in the same order, and share nothing with it: it stays as it is, bit for bit.
        A cure is kept if it takes a tenth or more off what it is judged by. watch is called with a line before each copy. Raises
        ShapeError before a run, and where nothing of it is left that could be copied.
        """
        if self.chart is None:
            raise ShapeError("treat: the doctor has not seen a run; train first")
        ward = self._ward() if self.findings else None
        if self.findings and ward is None:
            raise ShapeError(
                "treat: nothing of this run is left that could be copied (it was interrupted); train again"
            )
        return treat_findings(self.chart, self.findings, ward, seconds=seconds, watch=watch)  # type: ignore[arg-type]

    def _ward(self) -> Ward | None:
        """Return who trains copies of this run; None where it cannot be copied."""
        chart = self.chart
        return None if chart is None or chart.patient is None else SteppingWard(chart, chart.patient)
