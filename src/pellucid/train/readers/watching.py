"""What a `fit` without `on_event` reports to: nothing, or the display that a notebook has set here."""

from collections.abc import Callable

from pellucid.train.events import Event

__all__ = ["ignore", "watch_with", "watcher"]

Watcher = Callable[[Event], None]
_make: Callable[[], Watcher] | None = None


def watch_with(make: Callable[[], Watcher] | None) -> None:
    """Let each `fit` without `on_event` report to a new watcher from `make`; None: to nothing."""
    global _make
    _make = make


def watcher() -> Watcher:
    """Return the watcher of a run that begins now."""
    return ignore if _make is None else _make()


def ignore(event: Event) -> None:
    """Do nothing."""
