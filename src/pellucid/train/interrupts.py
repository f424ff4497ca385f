"""Interrupts: Ctrl-C ends a run between two steps, not in the middle of one. A second Ctrl-C ends it immediately."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

__all__ = ["Interrupts", "watched_interrupts"]

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Whether the run was asked to end."""

    def __init__(self) -> None:
        self.asked = False
        self.ended = False
        self.before: dict[int, Any] = {}  # the handlers in whose place this one stands

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Remember the first request; raise KeyboardInterrupt at the second. After the run, do what was done before it."""
        if self.ended:
            signal.signal(number, self.before[number])
            signal.raise_signal(number)
        elif self.asked:
            raise KeyboardInterrupt
        else:
            self.asked = True


@contextlib.contextmanager
def watched_interrupts() -> Iterator[Interrupts]:
    """Catch SIGINT and SIGTERM while the block runs. Only the main thread can; in others nothing is caught.

    If the block is left in another thread, or while a later run's handlers stand, the handlers stay and pass signals on.
    """
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    try:
        for number in SIGNALS:
            interrupts.before[number] = signal.getsignal(number)
            signal.signal(number, interrupts)
        yield interrupts
    finally:
        interrupts.ended = True
        if threading.current_thread() is threading.main_thread():
            for caught, handler in interrupts.before.items():
                if signal.getsignal(caught) is interrupts:
                    signal.signal(caught, handler)
