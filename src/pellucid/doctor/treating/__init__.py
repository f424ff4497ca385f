"""Treating: cures of findings, tried on short copies of a run.

What lives here: training copies as prescribed, judging them by a stated margin, and showing both curves. What does not: what can be
tried against an ailment (its own file says it), and how an adapter's runs are repeated (`trainer/repeating.py` for `Trainer`).
Read `prescription.py` one folder up, `curve.py`, `ward.py`, `engine.py`, then `stepping.py`, which works with any `Patient`.
"""

from pellucid.doctor.treating.curve import Course, Curve, curve_of
from pellucid.doctor.treating.engine import SECONDS, treat_findings
from pellucid.doctor.treating.outcome import TreatmentResult
from pellucid.doctor.treating.result import MARGIN, TriedCure, UserTask
from pellucid.doctor.treating.stepping import SteppingWard
from pellucid.doctor.treating.telling import as_lines
from pellucid.doctor.treating.treats import Treats, treat
from pellucid.doctor.treating.ward import Length, Ward, length_for

__all__ = [
    "MARGIN",
    "SECONDS",
    "Course",
    "Curve",
    "Length",
    "SteppingWard",
    "TreatmentResult",
    "Treats",
    "TriedCure",
    "UserTask",
    "Ward",
    "as_lines",
    "curve_of",
    "length_for",
    "treat",
    "treat_findings",
]
