"""Interrupts: Ctrl-C ends a run between two steps, not in the middle of one. A second Ctrl-C ends it at once."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

__all__ = ["Interrupts", "watched_interrupts"]


class Interrupts:
    """Whether someone asked the run to end."""

    asked = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Note the first request; obey the second at once."""
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


@contextlib.contextmanager
def watched_interrupts() -> Iterator[Interrupts]:
    """Catch SIGINT and SIGTERM while the block runs (only in the main thread; elsewhere nothing is caught)."""
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
