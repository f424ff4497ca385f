"""A job for a worker: sources and cases on the way in, answers on the way back, and the limits in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pellucid.checker.reading.module_names import BLOCKED
from pellucid.shapes import Array

__all__ = ["BLOCKED", "Job", "JobResult", "Lent", "Limits"]


@dataclass(frozen=True)
class Limits:
    """The resources that a worker may use."""

    seconds: float = 10.0  # wall clock, for one function
    memory: int = 4 << 30  # bytes of address space
    allow_weak_sandbox: bool = False  # run the code even if a necessary layer of protection is missing


@dataclass(frozen=True)
class Lent:
    """A source of the pack's that stands in a worker by its functions' names only; calls go to another worker."""

    text: str
    names: Sequence[str]


@dataclass(frozen=True)
class Job:
    """The work for a worker."""

    files: Mapping[str, str]  # sources by path, "cs231n/layers.py"
    module: str  # "cs231n.layers"
    names: Sequence[str]  # functions to look up
    cases: Sequence[Mapping[str, Any]]
    repair: bool = False  # of Python 2
    old_numbers: bool = False  # float(x) and int(x) take arrays of one number, as with NumPy before 2.4
    stand_ins: Sequence[Mapping[str, Any]] = ()  # {"from": module, "names": [...]}: used in place of the learner's own
    lent: Mapping[str, Lent] = field(default_factory=dict)  # by path, like files
    blocked: Sequence[str] = BLOCKED  # modules that cannot be imported
    readable: Sequence[str] = ()  # folders that may be imported from, and read
    largest_results: int = 0  # bytes; by default, what the inputs' size suggests
    # Every case runs once for each copy; in copy n, a name of `copied` stands for what the module calls NAME__n.
    copies: int = 1
    copied: Sequence[str] = ()
    # Modules of the checker's own by path, like files: their code, as marshal writes it.
    compiled: Mapping[str, Array] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """The number of answers: of every case in the first copy, then of every case in the next."""
        return len(self.cases) * self.copies


@dataclass
class JobResult:
    """What came back from a worker."""

    answers: dict[int, dict[str, Any]] = field(default_factory=dict)  # number of case and copy -> outputs or error
    functions: Sequence[str] = ()  # those that the module defines
    stubbed: Sequence[str] = ()  # modules that were missing
    load_error: Mapping[str, Any] | None = None
    limits: Mapping[str, str] = field(default_factory=dict)
    death: str = ""  # how the process ended, where it failed
    starved: str = ""  # how long it ran and waited, where it ran out of time because the machine was busy
    wrote: int = 0  # bytes printed
    printed: bytes = b""  # the end of it
