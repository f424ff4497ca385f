"""The template process: it imports NumPy once and forks a worker for each job, so that starting costs milliseconds.

Started as `python -I -S template.py CONTROL_FD NUMPY_FOLDER`. It runs no code of a learner's and keeps its rights. One job at a
time goes over the control socket:

    parent -> template    the job's folder, with three file descriptors: the job, the results, what the code prints
    template -> parent    the worker's process id
    parent -> template    the seconds that the worker still has; then it is killed
    template -> parent    the worker's exit code, negative for a signal

Only the last step frees the process id, so the parent can kill the worker at any time before without meeting another process.
"""

import contextlib
import importlib
import os
import signal
import socket
import sys
import time
from typing import Any

__all__ = ["main"]


def main() -> None:
    """Import what workers need, then fork one for each message until the parent closes the socket."""
    control, numpy_folder = socket.socket(fileno=int(sys.argv[1])), sys.argv[2]
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:0] = [here]
    sys.path.append(numpy_folder)
    for name in ("numpy.random", "numpy.testing", "confine", "frames", "repair", "steps"):
        importlib.import_module(name)
    harness = importlib.import_module("harness")
    sys.path[:] = [path for path in sys.path if path not in (here, numpy_folder)]
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 3)
        if not message:
            return
        process = os.fork()
        if not process:
            control.close()
            _become_worker(message.decode(), descriptors, harness)
        for descriptor in descriptors:
            os.close(descriptor)
        control.sendall(b"%d" % process)
        control.sendall(b"%d" % _exit_code(process, float(control.recv(64) or 0)))


def _become_worker(folder: str, descriptors: list[int], harness: Any) -> None:
    """Run one job in this process, which ends with it."""
    code = 1
    try:
        job, results, printed = descriptors
        os.setsid()
        os.dup2(job, 0)
        os.dup2(printed, 1)
        os.dup2(printed, 2)
        os.close(job)
        os.close(printed)
        os.chdir(folder)
        os.environ["HOME"] = os.environ["TMPDIR"] = folder
        harness.main(results)
        sys.stdout.flush()
        code = 0
    finally:
        os._exit(code)


def _exit_code(process: int, seconds: float) -> int:
    """Wait for a worker for some seconds, kill it if it is still there, and return its exit code."""
    deadline = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= deadline:
            break
        time.sleep(0.01)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


if __name__ == "__main__":
    main()
