"""Who watches a run when `fit` is not told: nobody, or what a notebook has put here."""

from collections.abc import Callable

from pellucid.train.events import Event

__all__ = ["ignore", "watch_with", "watcher"]

Watcher = Callable[[Event], None]
_make: Callable[[], Watcher] | None = None


def watch_with(make: Callable[[], Watcher] | None) -> None:
    """Let every `fit` without an `on_event` report to what `make` returns, made anew for each; None: to nobody."""
    global _make
    _make = make


def watcher() -> Watcher:
    """Return who watches a run that begins now."""
    return ignore if _make is None else _make()


def ignore(event: Event) -> None:
    """Watch nothing."""
