"""Take rights away from this process for good: memory, files, processes, network. Complete on Linux, partial elsewhere.

Layers of protection, each used where the system offers it; whatever is missing is named in the report:

    resource limits     memory, processor time, file size, open files, threads, core files
    namespaces          of its own: processes, network, IPC, mounts (`namespaces.py`)
    capabilities        none, and no new ones
    Landlock            files: read the standard library and NumPy, write a folder in memory, nothing else
    seccomp             an allow-list of system calls (`system_calls.py`)

An audit hook refuses the same in Python with a message that a learner understands. It is a courtesy, not a protection, and so is
hiding ctypes: code in this process can find a way to run machine code. Sources: landlock(7), seccomp(2), prctl(2), resource(3).
"""

import ctypes
import os
import resource
import struct
import sys
import types
from collections.abc import Collection, Sequence

__all__ = ["confine", "deny_in_python", "forget"]

PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 4, 38, 22
CAPABILITIES_3 = 0x20080522
MOST_THREADS = 256
READ_FILE, READ_DIR = 1 << 2, 1 << 3
LANDLOCK_RIGHTS_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
LANDLOCK_SCOPES = 0b11  # from version 6: no signals to processes outside, no abstract sockets
NECESSARY = ("memory limit", "Landlock", "seccomp")  # without one of these, only trusted code runs


def confine(
    memory: int, seconds: int, folder: str, readable: Sequence[str], entered: Collection[str] = ()
) -> dict[str, str]:
    """Confine this process to `memory` bytes, `seconds` of processor time, writing `folder`, reading `readable`.

    folder: one that exists, which a file system in memory covers; where that is impossible, nothing may be written.
    entered: the namespaces that the template has entered. Returns what was achieved, in words, for "memory", "network", "files"
    and "processes"; the layers that are missing, under "missing"; and those of them that strangers' code needs, under "lacks".
    """
    layers = {name + " namespace" for name in entered}
    if _limits(memory, seconds, may_limit_threads="user" in entered):
        layers.add("memory limit")
    if sys.platform == "linux":
        layers |= _confine_on_linux(folder, readable, own_user="user" in entered)
    return _described(layers, memory)


def _confine_on_linux(folder: str, readable: Sequence[str], *, own_user: bool) -> set[str]:
    """Take this process's rights away; return the names of the layers that worked."""
    import namespaces  # type: ignore[import-not-found]  # the template has imported both from this folder
    import system_calls  # type: ignore[import-not-found]

    system = ctypes.CDLL(None, use_errno=True)
    layers = set()
    system.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    written = [folder] if namespaces.mount_folder(system, folder) else []
    if written:
        layers.add("mount namespace")
    no_rights = ctypes.create_string_buffer(24)
    system.capset(struct.pack("<Ii", CAPABILITIES_3, 0), no_rights)
    system.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if _landlock(system, written, readable):
        layers.add("Landlock")
    program = system_calls.filter_program(os.getpid(), may_write={"mount namespace", "Landlock"} <= layers)
    if program is not None and _seccomp(system, program):
        layers.add("seccomp")
    return layers


def _described(layers: set[str], memory: int) -> dict[str, str]:
    """Return the layers in words."""
    every = [*NECESSARY, *(f"{name} namespace" for name in ("user", "process", "network", "IPC", "mount"))]
    network = [name for name in ("network namespace", "seccomp") if name in layers]
    processes = [name for name in ("process namespace", "seccomp") if name in layers]
    files = "open"
    if "Landlock" in layers:
        written = "may write a folder in memory of 64 MiB" if "mount namespace" in layers else "may write nothing"
        files = f"Landlock: may read the standard library and NumPy, {written}"
    elif "seccomp" in layers:
        files = "may read, but not write (seccomp)"
    return {
        "memory": f"{memory / 2**30:.3g} GiB" if "memory limit" in layers else "not limited",
        "network": f"none ({', '.join(network)})" if network else "open",
        "files": files,
        "processes": f"none but itself ({', '.join(processes)})" if processes else "open",
        "missing": ", ".join(name for name in every if name not in layers),
        "lacks": ", ".join(name for name in NECESSARY if name not in layers),
    }


def _limits(memory: int, seconds: int, *, may_limit_threads: bool) -> bool:
    """Set resource limits; return whether memory is limited. Threads are counted for a whole user: only in a namespace."""
    limits = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 16 << 20),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_STACK, 64 << 20),
        (resource.RLIMIT_MEMLOCK, 0),
        *([(resource.RLIMIT_NPROC, MOST_THREADS)] if may_limit_threads else []),
        (resource.RLIMIT_AS, memory),
    ]
    for limit, value in limits:
        try:
            hard = resource.getrlimit(limit)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(limit, (value, value))
        except (ValueError, OSError):
            if limit == resource.RLIMIT_AS:
                return False
    return True


def _landlock(system: ctypes.CDLL, written: Sequence[str], readable: Sequence[str]) -> bool:
    version = system.syscall(444, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        return False
    rights = LANDLOCK_RIGHTS_BY_VERSION[min(version, 5)]
    scopes = struct.pack("<QQ", 0, LANDLOCK_SCOPES) if version >= 6 else b""
    wanted = struct.pack("<Q", rights) + scopes
    rules = system.syscall(444, wanted, ctypes.c_size_t(len(wanted)), ctypes.c_uint32(0))
    if rules < 0:
        return False
    inside = rights & ~1  # everything but running programs
    for path, allowed in [*((path, inside) for path in written), *((path, READ_FILE | READ_DIR) for path in readable)]:
        try:
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        if not os.path.isdir(path):
            allowed &= READ_FILE
        system.syscall(445, rules, 1, struct.pack("<Qi", allowed, handle), ctypes.c_uint32(0))
        os.close(handle)
    done = system.syscall(446, rules, ctypes.c_uint32(0)) == 0
    os.close(rules)
    return bool(done)


def _seccomp(system: ctypes.CDLL, program: bytes) -> bool:
    code = ctypes.create_string_buffer(program)
    header = struct.pack("<HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    return bool(system.prctl(PR_SET_SECCOMP, 2, ctypes.c_char_p(header), 0, 0) == 0)


def forget(names: Sequence[str]) -> None:
    """Empty modules that were imported already, and those below them, so that importing them asks the audit hook."""
    for name in [name for name in sys.modules if name.partition(".")[0] in names]:
        vars(sys.modules.pop(name)).clear()
    for module in list(sys.modules.values()):
        for name in names:
            if isinstance(getattr(module, "__dict__", {}).get(name), types.ModuleType):
                setattr(module, name, None)


def deny_in_python(roots: Sequence[str], blocked: Sequence[str]) -> None:
    """Refuse processes, sockets, files outside the roots and blocked modules with a clear PermissionError. roots: without links."""
    processes = (
        "os.system",
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "subprocess.Popen",
        "os.kill",
        "os.killpg",
        "pty.spawn",
    )
    changes = ("os.chmod", "os.chown", "os.link", "os.symlink", "os.utime", "os.setxattr", "os.removexattr")
    denied = frozenset(blocked)

    def hook(event: str, args: tuple) -> None:  # type: ignore[type-arg]
        if event in processes or event in changes:
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
