"""Searching for the cause: which changed reference computes what the learner's function computes?

What lives here: candidates (listed mistakes, generated variants: `candidates.py`, `variants.py`, `node_changes.py`,
`call_changes.py`, `node_edits.py`), the trial of one (`trial.py`), the search (`matching.py`), and causes that the failing cases
name by themselves (`telltale.py`).
What does not: the catalogue of mistakes (the pack has it), and the words of a cause (`telling/`).
"""

__all__: list[str] = []
