"""Mistakes that are named without an edit of a reference, each an entry with its code and what its page says.

What lives here: what is wrong with a gradient by its structure (`gradients.py`) or by a small change (`changes.py`), mistakes of
layers that no built-in pack asks for (`layers.py`, `recurrent.py`, `attention.py`, `rules.py`), crashes, inputs for which alone something is wrong, hazards,
and which known mistake an id of the recogniser means (`read_as.py`). What does not: the mistakes of a course, which are edits
(`packs/`).
"""

import functools
import re

from pellucid.checker.asking.named.attention import ATTENTION
from pellucid.checker.asking.named.changes import CHANGES
from pellucid.checker.asking.named.crashes import CRASHES, meaning_of
from pellucid.checker.asking.named.gradients import GRADIENTS
from pellucid.checker.asking.named.hazards import HAZARDS
from pellucid.checker.asking.named.inputs import INPUTS
from pellucid.checker.asking.named.layers import LAYERS
from pellucid.checker.asking.named.read_as import READ_AS
from pellucid.checker.asking.named.record import Named
from pellucid.checker.asking.named.recurrent import RECURRENT
from pellucid.checker.asking.named.rules import RULES
from pellucid.codes import parted

__all__ = ["NAMED", "Named", "code_of", "meaning_of", "recognised"]

GENERAL = (*GRADIENTS, *CHANGES, *CRASHES, *INPUTS, *HAZARDS)  # of any kind of layer
OF_KINDS = (*LAYERS, *RECURRENT, *ATTENTION, *RULES)
NAMED = (*GENERAL, *OF_KINDS)


@functools.cache
def code_of(name: str) -> str:
    """Return the code of a mistake that is named in the same way for every kind of layer; of another name, nothing."""
    return next((each.code for each in GENERAL if each.name == name), "")


@functools.cache
def recognised(id: str, kind: str, side: str) -> tuple[str, str]:
    """Return the code and the name of what the recogniser calls `id` in a layer of a kind; without a code, the id.

    side: "forward" or "backward".

    >>> recognised("no-eps", "layer norm", "forward"), recognised("sign", "linear layer", "backward")
    (('LN104', 'eps-left-out'), ('GR102', 'sign'))
    """
    for pattern, where, meant, tag in READ_AS:
        if where == side and re.fullmatch(meant, id) and pattern.search(kind):
            return parted(tag)
    if code := code_of(id):
        return code, id
    codes = [each.code for each in OF_KINDS if each.name == id]
    return (codes[0] if len(codes) == 1 else ""), id
