"""A case: what is compared, and what the ratio is hoped to be."""

from typing import NamedTuple


class Case(NamedTuple):
    """One line of a table. `ours` and `others` are sides' names; each group of peers is represented by its best variant."""

    section: str
    name: str
    goals: dict[str, float]  # group of peers -> peer's time / ours that is asked for
    ours: str
    peers: dict[str, list[str]]  # group -> variants, of which the best counts
    compiled: tuple[str, ...] = ()  # options of 'torch' that are compiled as well, if PyTorch can
    others: tuple[str, ...] = ()  # sides that are timed beside, without a goal
    most_rounds: int = 1000  # for sides that take seconds
