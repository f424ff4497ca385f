"""Layers that a file spells out: parts of a graph cut out, run by themselves, and compared with the layers that they could be.

What lives here: the parts (`regions.py`), norms and activations (`formulas.py`), averages over shares (`shares.py`). What does
not: nodes that a bridge reads one by one.
"""

__all__: list[str] = []
