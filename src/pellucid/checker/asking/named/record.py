"""`Named`: a mistake that is named without an edit of a reference, with what its page says."""

from dataclasses import dataclass

from pellucid.codes import check_code

__all__ = ["Named"]


@dataclass(frozen=True)
class Named:
    """A mistake, a hazard or an obstacle with its code."""

    code: str
    name: str  # the id of the cause
    title: str
    explanation: str
    wrong: str = ""  # example code
    right: str = ""
    shows: str = ""  # how it shows itself, and what finds it

    def __post_init__(self) -> None:
        check_code(self.code)
