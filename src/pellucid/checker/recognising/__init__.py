"""Recognising a layer by what it computes, whatever it is called.

What lives here, in the order of the flow: units in a source (`units.py`, from the records of `records.py`), candidate calls
(`calls.py`, `backward_calls.py`, with hints from names in `lexicon.py`, and what a file tells: `told.py`), the first round in a
worker (`probing.py`), what is recognised (`recognising.py`, from the forms in `readings/`), the second round (`examining.py`,
`examined.py`, `trials.py`), the judgement of a backward by the derivative of its own forward (`derivatives.py`, `judging.py`),
what it does at ties (`ties.py`), update rules and clipping (`updating/`), what is wrong, its line and the report
(`diagnosis/`), and all of it for one source (`check_units.py`, `another.py`).
What does not: packs and their cases, and backwards to compare with: none is needed.
"""

__all__: list[str] = []
