"""PyTorch modules as people write them, and what `from_torch` makes of each: one file a style.

`CASES` maps a name to a `Case`. A module is read, and then computes the same, or it is refused with the words that the case gives.
"""

from collections.abc import Callable
from typing import Any, NamedTuple


class Case(NamedTuple):
    """A module, the shape of one sample that it takes, and the words of its refusal; None where it is read."""

    make: Callable[[], Any]
    shape: Any
    refused: str | None = None
    warns: str | None = None  # words of the warning, where training differs
