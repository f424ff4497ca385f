"""Examinations: short tries on copies of a run, which measure one thing each.

What lives here: functions of a patient that return a frozen record. They are deterministic, take seconds at most, and leave the run
as it is. What does not: judging what was measured, which ailments do. Read `trial.py`, then `rates.py`.
"""

__all__: list[str] = []
