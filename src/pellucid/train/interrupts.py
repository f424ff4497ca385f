"""Interrupts: Ctrl-C ends a run between two steps, not in the middle of one. A second Ctrl-C ends it immediately."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

__all__ = ["Interrupts", "watched_interrupts"]


class Interrupts:
    """Whether the run was asked to end."""

    asked = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Remember the first request; raise KeyboardInterrupt at the second."""
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


@contextlib.contextmanager
def watched_interrupts() -> Iterator[Interrupts]:
    """Catch SIGINT and SIGTERM while the block runs. Only the main thread can; in others nothing is caught."""
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    before = {number: signal.signal(number, interrupts) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
