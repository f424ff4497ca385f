"""The doctor: why a training does not learn, said as findings with a code, evidence and a cure.

What lives here: vitals (what is measured of a run), facts of its data, examinations (short tries on copies), ailments (one file
each) and the adapter of each framework. What does not: training itself, which knows no doctor. Read `finding.py`, `chart.py`,
`patient.py` (what an adapter offers), `ailments/rate/learning_rate_too_high.py`, then `trainer/reader.py`.
"""

import importlib
from typing import Any

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.ailments import AILMENTS, ailment_of
from pellucid.doctor.chart import Chart
from pellucid.doctor.diagnosing import diagnose
from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.trainer import Doctor, examine_run

__all__ = ["AILMENTS", "Ailment", "AilmentFinding", "Chart", "Doctor", "Sign", "ailment_of", "diagnose", "examine_run"]

FRAMEWORKS = ("keras", "torch")  # rooms that are imported when they are asked for, with their framework


def __getattr__(name: str) -> Any:
    if name in FRAMEWORKS:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
