"""What one screen of `pellucid explain` is made of."""

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["Explanation"]


class Explanation(NamedTuple):
    """The explanation of a layer, a loss or an update rule."""

    name: str
    title: str
    formula: tuple[str, ...]
    shapes: str
    why: str  # why the backward pass, or the update, has this form; an empty line starts a new paragraph
    mistakes: tuple[str, ...]  # common ones: FUNCTION:ID in the checker's catalogue, or a sentence
    source: str
    studies: tuple[str, ...] = ()  # names of the studies that measure what is said about it
    computed: Callable[[], tuple[str, ...]] | None = None  # lines with numbers, computed when the screen is shown
    covers: tuple[str, ...] = ()  # other layers for which this screen is shown
