"""What a pack asks for, as data: functions with their roles and limits, cases, known mistakes as edits of a reference.

What lives here: the records that every other room reads (`pack.py`), and cases with their makers (`cases.py`).
What does not: any particular course (`packs/`), and anything that runs, compares or judges.
"""

__all__: list[str] = []
