"""How a command writes its results, and how it ends when it fails: whatever state its output streams are in."""

import os
import sys
import warnings
from collections.abc import Callable
from typing import Any, NoReturn, TextIO

from pellucid.escaping import printable, printable_lines

__all__ = [
    "OutputError",
    "end_output",
    "fail",
    "leave",
    "note",
    "prepare_streams",
    "say",
    "show",
    "while_it_can_be_shown",
]


class OutputError(Exception):
    """Standard output is closed or full."""


def prepare_streams() -> None:
    """Let streams write out the letters that their encoding lacks, and no file take the place of a closed stream."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass  # a closed stream's number now belongs to the null device
    os.close(descriptor)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    warnings.showwarning = _show_warning


def say(text: str) -> None:
    """Print a result; characters that a terminal would obey are written out. Raises OutputError where it cannot be written."""
    if sys.stdout is None:
        raise OutputError("standard output is closed")
    try:
        print(printable_lines(text), flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"standard output cannot be written: {error.strerror or error}") from None


def end_output() -> None:
    """Write what is still buffered, such as a help text. Raises OutputError where that is impossible."""
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"standard output cannot be written: {error.strerror or error}") from None


def note(message: str) -> None:
    """Print a line on stderr, if it can be written."""
    show(f"pellucid: {printable(message)}")


def show(text: str) -> None:
    """Print lines on stderr, if they can be written."""
    if sys.stderr is None:
        return
    try:
        print(printable_lines(text), file=sys.stderr, flush=True)
    except OSError:
        _discard(sys.stderr)


def while_it_can_be_shown(show: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return `show` until it fails, then nothing: a full or closed stderr must not end what is shown, such as a training."""
    failed = False

    def call(event: Any) -> None:
        nonlocal failed
        if failed:
            return
        try:
            show(event)
        except (OSError, SystemExit):  # rich exits where a pipe is broken
            failed = True
            if sys.stderr is not None:
                _discard(sys.stderr)

    return call


def fail(message: str, code: int) -> NoReturn:
    """Print a one-line message on stderr, and exit with a code."""
    note(message)
    leave(code)


def leave(code: int) -> NoReturn:
    """Exit; what cannot be written to stdout any more is dropped, since Python would report it again."""
    if sys.stdout is not None:
        try:
            sys.stdout.flush()
        except OSError:
            _discard(sys.stdout)
    sys.exit(code)


def _discard(stream: TextIO) -> None:
    """Send what a stream still holds to the null device."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    note(str(message))
