"""What is wrong with a unit that was examined, and the report on it.

What lives here, in the order of the flow: the gradients that known mistakes give (`known_backwards.py`, `held.py`), what is wrong
with one gradient by its structure (`structure.py`), with a unit (`diagnosing.py`), the line of a mistake (`lines.py`), a mistake
in a forward that no reading has (`forwards.py`), the reports (`forward_report.py`, `report.py`), and all of it for one unit
(`both_sides.py`). What does not: the edits that are tried to find a line (`running/edits.py`).
"""

__all__: list[str] = []
