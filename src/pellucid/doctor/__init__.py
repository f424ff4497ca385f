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


def __getattr__(name: str) -> Any:
    """Import `pellucid.doctor.torch` where it is asked for: it needs PyTorch."""
    if name == "torch":
        return importlib.import_module("pellucid.doctor.torch")
    raise AttributeError(f"module 'pellucid.doctor' has no attribute {name!r}")
