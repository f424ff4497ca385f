"""Telling what is wrong: causes in words, what is known without a cause, hints, and reports in every format.

What lives here: the explanation of one function (`explain.py`, `causes.py`, `describe.py`), the report on a file
(`file_report.py`), what a hint leaves of it (`hints.py`, the only place that shortens a report), and its formats (`text.py`,
`html.py`, `files.py`), with the text of others made harmless (`escaping.py`).
What does not: verdicts (`judging/`): nothing here makes a function right or wrong.
"""

__all__: list[str] = []
