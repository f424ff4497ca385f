"""What runs inside the worker process: standalone files that import NumPy and the standard library, nothing of pellucid.

`harness.py` is the process; `confine.py` takes its rights away; `frames.py` is how arrays travel; `steps.py` runs a case (the
parent runs the reference through the same file, so that both sides mean the same by a case); `repair.py` mends Python 2.
"""

__all__: list[str] = []
