"""What is wrong with a unit that was examined, and the report on it.

What lives here, in the order of the flow: the gradients that known mistakes give (`known_backwards.py`), what is wrong with one
gradient by its structure (`structure.py`), with a unit (`diagnosing.py`), and the report (`report.py`).
What does not: the line of a mistake (`../lines.py`), which the report only shows.
"""

__all__: list[str] = []
