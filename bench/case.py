"""A case: what is compared, and the goal for the ratio."""

from typing import NamedTuple


class Case(NamedTuple):
    """One row of a table. `ours` and `others` are names of sides; each group of peers is represented by its best variant."""

    section: str
    name: str
    goals: dict[str, float]  # group of peers -> goal for peer's time / ours
    ours: str
    peers: dict[str, list[str]]  # group -> variants; the best one counts
    compiled: tuple[str, ...] = ()  # values of compile= to try as well, if PyTorch can compile
    others: tuple[str, ...] = ()  # sides that are also timed, without a goal
    maximum_rounds: int = 1000  # lower for sides that take seconds
