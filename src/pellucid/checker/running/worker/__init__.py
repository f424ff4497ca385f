"""What runs inside the worker process: standalone files that import NumPy and the standard library, nothing of pellucid.

What lives here: `template.py`, which forks workers; `harness.py`, the worker; `confine.py`, which takes its rights away, with
`namespaces.py` and `system_calls.py`; `frames.py`, how arrays travel; `steps.py`, which runs a case (the parent runs the reference
through the same file, so that a case means the same on both sides); `repair.py`, which repairs Python 2. What does not: expected
answers, and any judgement.
"""

__all__: list[str] = []
