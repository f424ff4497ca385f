"""Who examines the runs that `fit` makes. The package sets it on import, from above the rooms: training knows no doctor.

An examiner reads a run's events and says, at the run's end, what it found. It is asked for by each run, so that nothing of it is
imported before.
"""

import warnings
from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["Examiner", "Guarded", "examine_with", "examiner"]


class Examiner(Protocol):
    """A reader of a run's events."""

    findings: tuple[Any, ...]  # records; `str` of one is what to show

    def __call__(self, event: Any) -> None:
        """Read an event."""


class Nobody:
    """Examines nothing."""

    findings: tuple[Any, ...] = ()

    def __call__(self, event: Any) -> None:
        """Do nothing."""


class Guarded:
    """An examiner whose own failure is a warning: it must not end a training, nor must Ctrl-C during its work."""

    def __init__(self, examiner: Examiner) -> None:
        self._examiner: Examiner = examiner

    def __call__(self, event: Any) -> None:
        """Let the examiner read an event."""
        try:
            self._examiner(event)
        except (Exception, KeyboardInterrupt) as error:
            self._examiner = Nobody()
            if not isinstance(error, KeyboardInterrupt):
                warnings.warn(f"the doctor could not examine this run: {type(error).__name__}: {error}", stacklevel=2)

    @property
    def examiner(self) -> Examiner | None:
        """Who examined; None where nobody did, or it failed."""
        return self._examiner if self.looked else None

    @property
    def looked(self) -> bool:
        """Whether there was an examiner, and it did not fail."""
        return not isinstance(self._examiner, Nobody)

    @property
    def findings(self) -> tuple[Any, ...]:
        """What was found."""
        return self._examiner.findings


_make: Callable[[], Examiner] = Nobody


def examine_with(make: Callable[[], Examiner]) -> None:
    """Let each run have an examiner from `make`."""
    global _make
    _make = make


def examiner(wanted: bool = True) -> Guarded:
    """Return the examiner of a run that begins now."""
    return Guarded(_make() if wanted else Nobody())
