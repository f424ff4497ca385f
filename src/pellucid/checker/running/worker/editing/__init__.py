"""Small changes of a learner's own text, one at a time: the one that makes all correct shows where the mistake is.

Runs in a worker, and runs nothing of the source. A change says which node is replaced by what, and which mistake that undoes:
`expressions.py` and `statements.py` undo what is written wrongly, `terms.py` adds what is missing, `parts.py` changes any part
of an expression; `focus.py` says in which parts of a function the mistake may be, `edits.py` puts the changes in order.
What does not live here: trying them, which other workers do (`running/edits.py`).
"""

__all__: list[str] = []
