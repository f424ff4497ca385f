"""One worker at work: what it is sent, what it sends, how long it may take, and how it ended."""

import contextlib
import os
import secrets
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any, BinaryIO

from pellucid.checker.running.job import Limits
from pellucid.checker.running.messages import Messages
from pellucid.checker.running.processes import Template, Times, Worker
from pellucid.checker.running.worker import frames

__all__ = ["OUTPUT_SHOWN", "Conversation", "conversation"]

OUTPUT_SHOWN = 1 << 20  # bytes: the end of what was printed
SMALLEST_RESULTS = (
    8 << 20
)  # bytes of results of one job; more where its inputs are large. All jobs of a file are held at once


class Conversation:
    """Messages to a worker and from it, within a time; at the end, how it ended and what it printed."""

    def __init__(self, worker: Worker, job: BinaryIO, results: BinaryIO, output: BinaryIO, seconds: float) -> None:
        self.grace = 0.0  # seconds that it has to end by itself
        self.code: int | None = None  # how the process ended, negative for a signal; None where it timed out
        self.times: Times | None = None  # of a worker that timed out, until then
        self.went_on = False  # it did not end by itself within `grace`
        self.wrote = 0  # bytes printed
        self.printed = b""  # the end of it
        self._worker, self._job, self._results, self._output = worker, job, results, output
        self._nonce = secrets.token_bytes(16)
        self._timed_out = threading.Event()
        self._timer = threading.Timer(seconds, self._stop)

    def start(self, message: Any, largest_results: int = 0, repeated: int = 0) -> Messages:
        """Send the job; return what the worker sends.

        largest_results: bytes, if more than the size of the job suggests; repeated: bytes of inputs that are sent once, used often.
        """
        data = self._nonce + frames.pack(message, self._nonce)
        self._timer.start()
        self._write(data)
        return Messages(self._results, self._nonce, max(largest_results, SMALLEST_RESULTS + 8 * (len(data) + repeated)))

    def send(self, message: Any) -> None:
        """Send another message to a worker that waits for one."""
        self._write(frames.pack(message, self._nonce))

    def end(self) -> None:
        """End the worker, and look at what it printed."""
        self._timer.cancel()
        if self._timer.is_alive():  # it may be killing the worker: only then may the process id be freed
            self._timer.join()
        start = time.monotonic()
        code = self._worker.end(self.grace)
        self.went_on = code == -signal.SIGKILL and 0.0 < self.grace <= time.monotonic() - start
        self.code = None if self._timed_out.is_set() else code
        self.wrote = os.fstat(self._output.fileno()).st_size
        self.printed = os.pread(self._output.fileno(), OUTPUT_SHOWN, max(0, self.wrote - OUTPUT_SHOWN))

    def _write(self, message: bytes) -> None:
        data = memoryview(message)
        with contextlib.suppress(BrokenPipeError):  # it has ended, and its messages say how
            while len(data):
                data = data[self._job.write(data) :]

    def _stop(self) -> None:
        self._timed_out.set()
        self.times = self._worker.times()
        self._worker.kill()


@contextlib.contextmanager
def conversation(template: Template, limits: Limits) -> Iterator[Conversation]:
    """Fork a worker and lend it; at the end of the context it has ended, whatever happened in between."""
    with contextlib.ExitStack() as opened, tempfile.TemporaryFile() as output:  # which no folder lists
        theirs, job = (opened.enter_context(end) for end in _pipe())
        results, theirs_too = (opened.enter_context(end) for end in _pipe())
        worker = template.fork(theirs.fileno(), theirs_too.fileno(), output)
        talk = Conversation(worker, job, results, output, limits.seconds)
        try:
            theirs.close()
            theirs_too.close()
            yield talk
        finally:  # whatever stopped us, Ctrl-C among it
            talk.end()


def _pipe() -> tuple[BinaryIO, BinaryIO]:
    read_end, write_end = os.pipe()
    return os.fdopen(read_end, "rb"), os.fdopen(write_end, "wb", buffering=0)
