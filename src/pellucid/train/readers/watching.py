"""What a `fit` without `on_event` reports to: the display of a terminal or a pipe, or the one that a notebook has set here."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

from pellucid.escaping import printable_lines
from pellucid.shapes import ShapeError
from pellucid.train.events import Event
from pellucid.train.readers.progress_display import ProgressDisplay

__all__ = ["ignore", "reader_of", "show_findings", "watch_with", "watcher"]

Watcher = Callable[[Event], None]
_make: Callable[[], Watcher] = ProgressDisplay


def watch_with(make: Callable[[], Watcher] | None) -> None:
    """Let each `fit` without `on_event` report to a new watcher from `make`; None: to lines on stderr, or a bar on a terminal."""
    global _make
    _make = ProgressDisplay if make is None else make


def watcher() -> Watcher:
    """Return the watcher of a run that begins now."""
    return _make()


def ignore(event: Event) -> None:
    """Do nothing."""


def show_findings(findings: Sequence[Any]) -> None:
    """Print what an examiner found, on stderr where there is one."""
    if findings and sys.stderr is not None:
        print(printable_lines("\n".join(map(str, findings))), file=sys.stderr, flush=True)


def reader_of(on_event: Watcher | Sequence[Watcher] | None, *, progress: bool) -> Watcher:
    """Return what events go to: the function, or each of several in turn; without one, the watcher, or nothing.

    Raises ShapeError for what is no function.
    """
    if on_event is None:
        return watcher() if progress else ignore
    readers: tuple[Any, ...] = tuple(on_event) if isinstance(on_event, (list, tuple)) else (on_event,)
    for reader in readers:
        if isinstance(reader, type) or not callable(reader):
            raise ShapeError(f"Trainer: on_event must be a function of an event, or a list of them; got {reader!r}")

    def read(event: Event) -> None:
        for reader in readers:
            reader(event)

    return read
