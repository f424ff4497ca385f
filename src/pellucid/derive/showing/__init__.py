"""A traced graph for people to read: tables, small numbers, LaTeX, pictures.

What lives here: one file for each way to show a graph; `layout.py` and `svg.py` serve `picture.py`. What does not: which parts
`pellucid derive` prints (`views.py`), or the page of the documentation (`page.py`), both in the room above.
"""

from pellucid.derive.showing.latex import derivation_latex
from pellucid.derive.showing.numbers import numbers_text
from pellucid.derive.showing.picture import picture
from pellucid.derive.showing.table import derivation_text

__all__ = ["derivation_latex", "derivation_text", "numbers_text", "picture"]
