"""The namespaces that a template and its workers live in, where the system allows them.

    user       rights in the other namespaces, without any outside
    process    a worker sees, and can signal, nothing but itself; when the first process ends, the kernel kills the rest
    network    no interface, not even the loopback
    IPC        its own System V memory, queues and semaphores, which end with it
    mount      a worker's folder is a file system in memory with a size

The template enters them once and starts the first process; each worker mounts its own folder: over one that exists, and for itself
alone, so that nothing of it is left however a worker or its grader ends. Sources: namespaces(7),
user_namespaces(7), pid_namespaces(7), tmpfs(5).
"""

import contextlib
import ctypes
import os
import signal
import socket

__all__ = ["FirstProcess", "die_with", "enter", "mount_folder"]

NEW_USER, NEW_PID, NEW_NET, NEW_IPC, NEW_MOUNTS, NEW_HOST_NAME = (
    0x10000000, 0x20000000, 0x40000000, 0x08000000, 0x00020000, 0x04000000
)  # fmt: skip
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000
FOLDER_OPTIONS = b"size=64m,nr_inodes=2048,mode=700"


class FirstProcess:
    """The first process of the workers' process namespace: it ends whatever a worker may have left."""

    def __init__(self, control: socket.socket) -> None:
        theirs, self._orders = os.pipe()
        self._answers, answer = os.pipe()
        self.process = os.fork()
        if not self.process:
            control.close()  # the parent waits for its end
            self._serve(theirs, answer)
        os.close(theirs)
        os.close(answer)
        os.read(self._answers, 1)  # it is ready

    def end_the_others(self) -> None:
        """Kill every other process of the namespace, and wait until those that this process has inherited are gone."""
        os.write(self._orders, b"k")
        os.read(self._answers, 1)

    def _serve(self, orders: int, answer: int) -> None:
        """Kill the others on every order, and end, which ends the namespace, when the template does."""
        try:
            os.close(self._orders)
            os.close(self._answers)
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            os.write(answer, b"r")
            while os.read(orders, 1):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(-1, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):  # none is left
                    while True:
                        os.waitpid(-1, 0)
                os.write(answer, b"k")
        finally:
            os._exit(0)


def enter() -> frozenset[str]:
    """Enter as many namespaces as the system allows; return their names. The mount namespace is each worker's own."""
    system = ctypes.CDLL(None, use_errno=True)
    system.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    if not os.getuid():
        with contextlib.suppress(OSError):
            os.setgroups([])
    user, group = os.getuid(), os.getgid()
    others = NEW_PID | NEW_NET | NEW_IPC | NEW_HOST_NAME
    names = frozenset({"process", "network", "IPC"})
    if system.unshare(NEW_USER | others) == 0:
        with contextlib.suppress(OSError):  # without a map no file can be made: `mount_folder` finds out
            _write("/proc/self/setgroups", "deny")
            _write("/proc/self/uid_map", f"{user} {user} 1")
            _write("/proc/self/gid_map", f"{group} {group} 1")
        return names | {"user"}
    return names if system.unshare(others) == 0 else frozenset()


def mount_folder(system: ctypes.CDLL, folder: str) -> bool:
    """Cover a folder with a file system in memory, of a size, for this process alone. Return whether that worked."""
    if system.unshare(NEW_MOUNTS) != 0 or system.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        return False
    path = os.fsencode(folder)
    if system.mount(b"tmpfs", path, b"tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, FOLDER_OPTIONS) != 0:
        return False
    if not os.access(folder, os.W_OK):
        return False
    os.chdir(folder)
    os.environ["HOME"] = os.environ["TMPDIR"] = folder
    return True


def die_with(read_end: int, write_end: int) -> None:
    """Have this process killed when the template ends; end at once if it has ended already.

    The template alone holds the other end of the pipe: writing fails if it is gone. Its process id proves nothing, because
    another process namespace shows it as 0.
    """
    os.close(read_end)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.write(write_end, b"r")
    os.close(write_end)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
