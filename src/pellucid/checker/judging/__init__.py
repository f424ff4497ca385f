"""Judging one function: its results against the reference, output by output, and the verdict.

What lives here: comparison (`compare.py`), the evidence (`evidence.py`), the gradient of the learner's own forward
(`own_gradient.py`), hazards (`hazards.py`), the verdict (`judge.py`) and its records (`verdicts.py`).
What does not: why a function is wrong (`searching/` finds it, `telling/` says it).
"""

__all__: list[str] = []
