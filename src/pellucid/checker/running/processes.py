"""Worker processes: forked from templates that have imported NumPy already, one at a time from each."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple

import numpy as np

__all__ = ["StoppedError", "Template", "Templates", "Times", "Worker"]

PROGRAM = Path(__file__).with_name("worker") / "template.py"


class StoppedError(RuntimeError):
    """No worker starts any more: the check was interrupted."""


class Times(NamedTuple):
    """What a process did with its time, as far as the system says it."""

    ran: float  # seconds of processor time, of all its threads
    waited: float  # seconds in which its first thread could have run, and no processor was free

    def is_starved(self, limit: float) -> bool:
        """Say whether a process that did not end within a limit lacked a processor for much of it."""
        return self.waited > 0.25 * limit and self.ran < 0.75 * limit

    def is_idle(self, limit: float) -> bool:
        """Say whether the process hardly did anything, by its own choice."""
        return self.ran < 0.1 * limit and self.waited < 0.1 * limit


class Worker:
    """A forked process; its process id stays its own until `end`."""

    def __init__(self, control: socket.socket, process: int) -> None:
        self.control, self.process = control, process

    def kill(self) -> None:
        """Kill the worker and whatever it started."""
        for kill in (os.kill, os.killpg):  # the group is not its own yet where it has only just been forked
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(self.process, signal.SIGKILL)

    def times(self) -> Times | None:
        """Return what the worker did with its time so far; None where the system does not say."""
        try:
            scheduled = Path(f"/proc/{self.process}/schedstat").read_text(encoding="ascii").split()
            # What stands in front is the process's name, in parentheses, which it can choose.
            fields = Path(f"/proc/{self.process}/stat").read_bytes().rpartition(b")")[2].split()
            ticks = int(fields[11]) + int(fields[12])  # as a user, and in the system
            return Times(ticks / os.sysconf("SC_CLK_TCK"), int(scheduled[1]) * 1e-9)
        except (OSError, ValueError, IndexError):
            return None

    def end(self, seconds: float) -> int:
        """Give the worker some seconds to end by itself, kill it then, and return its exit code, negative for a signal."""
        try:
            self.control.sendall(b"%g" % seconds)
            return int(self.control.recv(64) or -signal.SIGKILL)
        except OSError:  # the template is gone, and its worker with it
            return -signal.SIGKILL


class Template:
    """A process that forks workers, one at a time."""

    def __init__(self) -> None:
        self.control, theirs = socket.socketpair()
        numpy_folder = str(Path(np.__file__).resolve().parents[1])
        environment = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
        if "OPENBLAS_CORETYPE" in os.environ:
            environment["OPENBLAS_CORETYPE"] = os.environ["OPENBLAS_CORETYPE"]
        command = [sys.executable, "-I", "-S", "-B", str(PROGRAM), str(theirs.fileno()), numpy_folder, str(os.getpid())]
        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()], env=environment, start_new_session=True,
            )  # fmt: skip
        except BaseException:
            self.control.close()
            raise
        finally:
            theirs.close()

    def fork(self, job: int, results: int, printed: BinaryIO) -> Worker:
        """Return a new worker that reads its job from a pipe, writes results into a pipe, and prints into a file."""
        socket.send_fds(self.control, [b"job"], [job, results, printed.fileno()])
        process = self.control.recv(64)
        if not process:
            raise OSError("the checker's worker could not be started")
        return Worker(self.control, int(process))

    @property
    def is_alive(self) -> bool:
        """Whether the template can fork another worker."""
        return self.process.poll() is None

    def close(self) -> None:
        """End the template."""
        self.control.close()
        self.process.kill()
        self.process.wait()


class Templates:
    """Templates that are used again by later jobs; a context that ends them all."""

    def __init__(self) -> None:
        self._idle: list[Template] = []
        self._in_use: list[Template] = []
        self._lock = threading.Lock()
        self._is_stopped = False

    def __enter__(self) -> "Templates":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def stop(self) -> None:
        """End every worker at work, and start no more: for the thread that is interrupted while others use the templates."""
        with self._lock:
            self._is_stopped = True
            for template in self._in_use:
                template.process.kill()  # its workers die with it; whoever uses it closes it

    def check(self) -> None:
        """Raise StoppedError after `stop`."""
        if self._is_stopped:
            raise StoppedError("the check was interrupted")

    @contextlib.contextmanager
    def one(self) -> Iterator[Template]:
        """Lend a template, started if none is idle; one whose use was interrupted is ended. Raises StoppedError after `stop`."""
        template = self._taken()
        try:
            yield template
        except BaseException:
            self._given_back(template, is_sound=False)
            raise
        self._given_back(template, is_sound=True)

    def _taken(self) -> Template:
        with self._lock:
            self.check()
            template = self._idle.pop() if self._idle else None
            if template is not None and not template.is_alive:
                template.close()
                template = None
            template = template or Template()
            self._in_use.append(template)
            return template

    def _given_back(self, template: Template, *, is_sound: bool) -> None:
        with self._lock:
            self._in_use.remove(template)
            if is_sound:
                self._idle.append(template)
        if not is_sound:
            template.close()
