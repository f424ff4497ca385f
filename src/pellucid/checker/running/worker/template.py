"""The template process: it imports NumPy once and forks a worker for each job, so that starting costs milliseconds.

Started as `python -I -S template.py CONTROL_FD NUMPY_FOLDER GRADER`. It runs no code of a learner's. It enters namespaces where the
system allows them, in which its workers live. One job at a time goes over the control socket:

    parent -> template    "job", with three file descriptors: the job, the results, what the code prints
    template -> parent    the worker's process id
    parent -> template    the seconds that the worker still has; then it is killed
    template -> parent    the worker's exit code, negative for a signal

Only the last step frees the process id, so the parent can kill the worker at any time before without meeting another process.
Before it, whatever else the worker may have started is killed. The template ends when the parent does: the socket closes, or, if
another process holds a copy of it, GRADER is no longer its parent. Its workers end with it.
"""

import contextlib
import importlib
import os
import select
import signal
import socket
import sys
import time
from typing import Any

__all__ = ["main"]


def main() -> None:
    """Import what workers need, then fork one for each message until the parent closes the socket."""
    control, numpy_folder, grader = socket.socket(fileno=int(sys.argv[1])), sys.argv[2], int(sys.argv[3])
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:0] = [here]
    sys.path.append(numpy_folder)
    harness = importlib.import_module("harness")
    for name in ("numpy.random", *harness.MODULES):  # numpy.testing takes half as long as all of these, and few use it
        importlib.import_module(name)
    sys.path[:] = [path for path in sys.path if path not in (here, numpy_folder)]
    entered, first = frozenset[str](), None
    if sys.platform == "linux":
        import namespaces

        entered = namespaces.enter()
        first = namespaces.FirstProcess(control) if "process" in entered else None
    while _waits_for(control, grader):
        message, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 3)
        if not message:
            return
        read_end, write_end = os.pipe()
        process = os.fork()
        if not process:
            control.close()
            _become_worker(descriptors, (read_end, write_end), harness, entered)
        os.close(write_end)
        for descriptor in descriptors:
            os.close(descriptor)
        control.sendall(b"%d" % process)
        seconds = float(control.recv(64) or 0) if _waits_for(control, grader) else 0.0
        code = _exit_code(process, seconds)
        os.close(read_end)
        _end_the_rest(first)
        control.sendall(b"%d" % code)


def _waits_for(control: socket.socket, grader: int) -> bool:
    """Wait for a message, or the end of the socket; return False if the parent has ended."""
    while not select.select([control], [], [], 1.0)[0]:
        if os.getppid() != grader:
            return False
    return True


def _end_the_rest(first: Any) -> None:
    """Kill whatever a worker has started, and return once it is gone.

    It is everything in the worker's process namespace, or else every child of this process, which adopts orphans.
    """
    spared = frozenset[int]()
    if first is not None:
        first.end_the_others()
        spared = frozenset({first.process})
    while others := _children() - spared:
        for child in others:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        if first is not None:  # it has inherited theirs
            first.end_the_others()


def _children() -> frozenset[int]:
    """Return the children of this process that still run or were not waited for."""
    place = f"/proc/self/task/{os.getpid()}/children"
    if not os.path.exists(place):
        return frozenset()
    with open(place) as file:
        return frozenset(map(int, file.read().split()))


def _become_worker(descriptors: list[int], lifeline: tuple[int, int], harness: Any, entered: frozenset[str]) -> None:
    """Run one job in this process, which ends with it."""
    code = 1
    try:
        job, results, printed = descriptors
        os.setsid()
        if sys.platform == "linux":
            import namespaces

            namespaces.die_with(*lifeline)
        os.dup2(job, 0)
        os.dup2(printed, 1)
        os.dup2(printed, 2)
        os.closerange(3, results)
        os.closerange(results + 1, 256)
        os.chdir("/")  # unless it gets a folder of its own
        os.environ["HOME"] = "/"
        harness.main(results, entered)
        sys.stdout.flush()
        code = 0
    finally:
        os._exit(code)


def _exit_code(process: int, seconds: float) -> int:
    """Wait for a worker for some seconds, kill it if it is still there, and return its exit code."""
    deadline = time.monotonic() + seconds
    pause = 0.0005
    while True:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= deadline:
            break
        time.sleep(pause)
        pause = min(2 * pause, 0.01)
    os.kill(process, signal.SIGKILL)  # the group is not its own yet where it has only just been forked
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


if __name__ == "__main__":
    main()
