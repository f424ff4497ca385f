"""DR212: every step sees the same batch."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.thresholds import SAME_BATCHES

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """The batches of many steps are equal, though there are more rows."""
    codes = [batch.code for batch in chart.batches]
    if len(codes) < SAME_BATCHES or len(set(codes)) > 1:
        return None
    rows = chart.batches[0].rows
    if chart.data is None:
        return None
    whole = max(chart.data.rows, (chart.patient.count("training") or 0) if chart.patient is not None else 0)
    if whole <= rows:
        return None
    return Sign(f"the {len(codes)} batches looked at hold the same {rows} rows, of {whole}", "batches")


AILMENT = Ailment(
    code="DR212",
    name="same-batch",
    title="Every step sees the same batch",
    reads=("batches",),
    look=look,
    explains=(
        "overfitting",
        "too-little-data",
        "not-shuffled",
    ),
    cures={
        "": "Take the next batch in each step.",
        "torch": "Write for x, y in loader, not next(iter(loader)) in each step.",
        "keras": "Let the generator, or __getitem__(index) of the PyDataset, yield another batch each time.",
    },
    about="""The loop asks for the first batch again and again: it is learned by heart, and nothing else is seen.

How it is found: batches of several sampled steps are equal, number by number, and the data hold more rows.""",
)
