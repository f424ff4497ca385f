"""Recording a function as a graph of elementary operations, and deriving its backward pass.

What lives here: the primitives with their adjoints (`primitives.py`, `movements.py`), stand-ins that record what is done with
them (`traced.py`, `array_functions.py`, `trace.py`), the recorded computation (`computation.py`), its backward pass
(`backward.py`) and the Python code that runs it (`python_code.py`). `Graph` (`graph.py`) puts them together. What does not:
anything that displays a graph (`showing/`), or knows a particular layer (`catalogue/`).
"""

from pellucid.derive.tracing.graph import Graph
from pellucid.derive.tracing.trace import normal_below, trace

__all__ = ["Graph", "normal_below", "trace"]
