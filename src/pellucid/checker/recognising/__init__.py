"""Recognising a layer by what it computes, whatever it is called.

What lives here, in the order of the flow: units in a source (`units.py`, from the records of `records.py`), candidate calls (`calls.py`, with hints from
names in `lexicon.py`), the first round in a worker (`probing.py`), what is recognised (`recognising.py`, from the forms in `readings/`), the judgement of a
backward by the derivative of its own forward (`derivatives.py`, `judging.py`, `structure.py`), the line (`lines.py`), and the report (`report.py`).
What does not: packs and their cases, and backwards to compare with: none is needed.
"""

__all__: list[str] = []
