"""What a `fit` without `on_event` reports to: the display of a terminal or a pipe, or the one that a notebook has set here."""

from collections.abc import Callable

from pellucid.train.events import Event
from pellucid.train.readers.progress_display import ProgressDisplay

__all__ = ["ignore", "watch_with", "watcher"]

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
