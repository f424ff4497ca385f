"""Take rights away from this process for good: memory, files, processes, network. Complete on Linux, partial elsewhere.

Four layers, each used where the system offers it and named in the report:

    resource limits     memory, processor time, file size, open files, core files
    own network         unshare(CLONE_NEWUSER | CLONE_NEWNET): a network without any interface
    Landlock            files: read the standard library and NumPy, write the temporary folder, nothing else
    seccomp             no sockets, no new processes or programs, no signals to others, no looking into other processes

An audit hook refuses the same in Python with a message that a learner understands. It is a courtesy, not a protection.
Sources: landlock(7), seccomp(2), prctl(2), resource(3).
"""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Sequence

__all__ = ["confine", "deny_in_python"]

CLONE_NEWUSER, CLONE_NEWNET, CLONE_THREAD = 0x10000000, 0x40000000, 0x00010000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 1, 4, 38, 22
READ_FILE, READ_DIR = 1 << 2, 1 << 3
LANDLOCK_RIGHTS_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}

# Numbers of the refused system calls, on x86-64 and on arm64.
REFUSED = {
    "x86_64": {
        "socket": 41, "socketpair": 53, "connect": 42, "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "ptrace": 101,
        "tkill": 200, "mount": 165, "process_vm_readv": 310, "process_vm_writev": 311, "execveat": 322, "bpf": 321,
        "userfaultfd": 323, "io_uring_setup": 425, "pidfd_open": 434, "pidfd_getfd": 438, "unshare": 272, "setns": 308,
    },
    "aarch64": {
        "socket": 198, "socketpair": 199, "connect": 203, "execve": 221, "kill": 129, "ptrace": 117, "tkill": 130,
        "mount": 40, "process_vm_readv": 270, "process_vm_writev": 271, "execveat": 281, "bpf": 280, "userfaultfd": 282,
        "io_uring_setup": 425, "pidfd_open": 434, "pidfd_getfd": 438, "unshare": 97, "setns": 268,
    },
}  # fmt: skip
CLONE = {"x86_64": 56, "aarch64": 220}
CLONE3 = 435
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026


def confine(memory: int, seconds: int, folder: str, readable: Sequence[str]) -> dict[str, str]:
    """Confine this process to `memory` bytes, `seconds` of processor time, writing `folder`, reading `readable`.

    Returns what was achieved, in words, for "memory", "network", "files" and "processes".
    """
    done = {"memory": _limits(memory, seconds), "network": "open", "files": "open", "processes": "open"}
    if sys.platform != "linux":
        return done
    system = ctypes.CDLL(None, use_errno=True)
    system.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    if system.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0:
        done["network"] = "none (a namespace of its own)"
    system.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if _landlock(system, folder, readable):
        done["files"] = "Landlock: may read the standard library and NumPy, may write a temporary folder"
    if _seccomp(system):
        done["processes"] = "seccomp: no new processes, no signals"
        done["network"] = (
            "none (a namespace of its own, and seccomp)" if done["network"] != "open" else "none (seccomp)"
        )
    system.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # it never outlives the template that forked it
    return done


def _limits(memory: int, seconds: int) -> str:
    limits = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 16 << 20),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_STACK, 64 << 20),
        (resource.RLIMIT_AS, memory),
    ]
    for limit, value in limits:
        try:
            hard = resource.getrlimit(limit)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(limit, (value, value))
        except (ValueError, OSError):
            if limit == resource.RLIMIT_AS:
                return "not limited"
    return f"{memory / 2**30:.3g} GiB"


def _landlock(system: ctypes.CDLL, folder: str, readable: Sequence[str]) -> bool:
    version = system.syscall(444, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        return False
    rights = LANDLOCK_RIGHTS_BY_VERSION[min(version, 3)]
    rules = system.syscall(444, struct.pack("<Q", rights), ctypes.c_size_t(8), ctypes.c_uint32(0))
    if rules < 0:
        return False
    inside = rights & ~1  # everything but running programs
    for path, allowed in [(folder, inside), *((path, READ_FILE | READ_DIR) for path in readable)]:
        try:
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        if not os.path.isdir(path):
            allowed &= READ_FILE
        system.syscall(445, rules, 1, struct.pack("<Qi", allowed, handle), ctypes.c_uint32(0))
        os.close(handle)
    return system.syscall(446, rules, ctypes.c_uint32(0)) == 0


def _seccomp(system: ctypes.CDLL) -> bool:
    """Install a filter: refused calls give EPERM; clone only for threads; clone3 pretends not to exist."""
    machine = platform.machine()
    if machine not in REFUSED:
        return False

    def load(offset: int) -> bytes:
        return struct.pack("<HBBI", 0x20, 0, 0, offset)

    def skip_unless_equal(value: int, distance: int) -> bytes:
        return struct.pack("<HBBI", 0x15, 0, distance, value)

    def answer(value: int) -> bytes:
        return struct.pack("<HBBI", 0x06, 0, 0, value)

    program = [load(4), struct.pack("<HBBI", 0x15, 1, 0, ARCHITECTURE[machine]), answer(EPERM), load(0)]
    if machine == "x86_64":  # calls of the x32 table would slip past the numbers
        program += [struct.pack("<HBBI", 0x35, 0, 1, 0x40000000), answer(EPERM)]
    for number in REFUSED[machine].values():
        program += [skip_unless_equal(number, 1), answer(EPERM)]
    program += [skip_unless_equal(CLONE3, 1), answer(ENOSYS)]
    program += [skip_unless_equal(CLONE[machine], 3), load(16)]
    program += [struct.pack("<HBBI", 0x45, 1, 0, CLONE_THREAD), answer(EPERM), answer(ALLOW)]
    code = ctypes.create_string_buffer(b"".join(program))
    header = struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(code))
    return system.prctl(PR_SET_SECCOMP, 2, ctypes.c_char_p(header), 0, 0) == 0


def deny_in_python(folder: str, readable: Sequence[str], blocked: Sequence[str]) -> None:
    """Refuse processes, sockets, foreign files and blocked modules with a clear PermissionError."""
    roots = (os.path.realpath(folder), *map(os.path.realpath, readable))
    processes = (
        "os.system",
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "subprocess.Popen",
        "os.kill",
        "pty.spawn",
    )
    denied = frozenset(blocked)

    def hook(event: str, args: tuple) -> None:  # type: ignore[type-arg]
        if event in processes:
            raise PermissionError(f"the checker does not let code use {event}")
        if event.startswith("socket."):
            raise PermissionError("the checker does not let code use the network")
        if event == "import" and str(args[0]).partition(".")[0] in denied:
            raise ImportError(f"the checker does not let code import {args[0]}")
        if event == "open" and isinstance(args[0], (str, bytes)):
            path = os.path.realpath(os.fsdecode(args[0]))
            if not any(path == root or path.startswith(root + os.sep) for root in roots):
                raise PermissionError(f"the checker does not let code open {os.fsdecode(args[0])}")

    sys.addaudithook(hook)
