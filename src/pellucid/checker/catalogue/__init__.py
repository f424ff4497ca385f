"""The catalogue of mistakes: all that packs, telltales and the checker itself can name, by code, each with its page.

What lives here: the join of all entries with one code (`mistake.py`), examples and symptoms made from edits of the references
(`examples.py`), the pages in docs/mistakes (`docs.py`). What does not: the entries, which stand in `packs/`, in `asking/named/`
and in `searching/telltale.py`.
"""

from pellucid.checker.catalogue.joined import mistakes
from pellucid.checker.catalogue.mistake import Mistake

__all__ = ["Mistake", "mistakes"]
