"""What a long job shows on stderr: a bar on a terminal, now and then a line where stderr is piped.

Short jobs stay silent, and so do all within `hidden()`.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, TextIO

__all__ = ["Show", "bar", "hidden", "is_terminal", "job"]

Show = Callable[[int, int | None], None]  # (done, of how many, where that is known)

DELAY = 1.0  # seconds before anything is shown
EVERY = 10.0  # seconds between two lines
_hidden = 0


@contextlib.contextmanager
def hidden() -> Iterator[None]:
    """Show no job while the block runs."""
    global _hidden
    _hidden += 1
    try:
        yield
    finally:
        _hidden -= 1


@contextlib.contextmanager
def job(title: str, *, delay: float = DELAY) -> Iterator[Show]:
    """Show how far a job is while the block runs: call what this gives with (done, total). Silent in the first `delay` seconds."""
    shown = _Job(title, delay)
    try:
        yield shown
    finally:
        shown.close()


def is_terminal() -> bool:
    """Whether stderr is a terminal, on which a bar can move."""
    return sys.stderr is not None and sys.stderr.isatty()


def bar(title: str, *, stream: TextIO | None = None) -> Any:
    """Return a started rich bar, on stderr unless another stream is given, that goes away when it is stopped."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    console = Console(file=sys.stderr if stream is None else stream)
    made = Progress(*columns, TimeRemainingColumn(), console=console, transient=True)
    made.add_task(title, total=None)
    made.start()
    return made


class _Job:
    """One job: silent at first, then a bar or lines."""

    def __init__(self, title: str, delay: float) -> None:
        self.title = title
        self.bar: Any = None
        self.next_time = time.monotonic() + delay
        self.failed = False

    def __call__(self, done: int, total: int | None) -> None:
        if _hidden or self.failed or sys.stderr is None or time.monotonic() < self.next_time:
            return
        try:
            self._show(done, total)
        except (OSError, SystemExit):  # stderr is full or closed; rich exits where a pipe is broken
            self.failed = True

    def _show(self, done: int, total: int | None) -> None:
        if is_terminal():
            if self.bar is None:
                self.bar = bar(self.title)
            self.bar.update(self.bar.task_ids[0], completed=done, total=total)
            return
        self.next_time = time.monotonic() + EVERY
        print(f"{self.title}: {done:,}" + ("" if total is None else f" of {total:,}"), file=sys.stderr, flush=True)

    def close(self) -> None:
        """Remove the bar."""
        if self.bar is not None:
            with contextlib.suppress(OSError, SystemExit):
                self.bar.stop()
