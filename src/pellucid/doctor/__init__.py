"""The doctor: why a training does not learn, said as findings with a code, evidence and a cure.

What lives here: vitals (what is measured of a run), facts of its data, examinations (short tries on copies), ailments (one file
each), treating (cures, tried on copies) and the adapter of each framework. What does not: training itself, which knows no doctor.
Read `finding.py`, `chart.py`, `patient.py` (what an adapter offers), `ailments/rate/learning_rate_too_high.py`,
`trainer/reader.py`.
"""

import importlib
from typing import Any

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.ailments import AILMENTS, ailment_of
from pellucid.doctor.chart import Chart
from pellucid.doctor.diagnosing import diagnose
from pellucid.doctor.finding import AilmentFinding
from pellucid.doctor.trainer import Doctor, doctor_of, examine_run
from pellucid.doctor.treating import TreatmentResult

__all__ = [
    "AILMENTS",
    "Ailment",
    "AilmentFinding",
    "Chart",
    "Doctor",
    "Sign",
    "TreatmentResult",
    "ailment_of",
    "diagnose",
    "doctor_of",
    "examine_run",
]

FRAMEWORKS = ("keras", "torch")  # rooms that are imported when they are asked for, with their framework


def __getattr__(name: str) -> Any:
    if name in FRAMEWORKS:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
