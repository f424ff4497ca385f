"""How a unit may be called.

What lives here: what names of arguments say, and the calls of a forward and of its backward that they allow. What does not: making
them (`probing.py`, `trials.py`).
"""

__all__: list[str] = []
