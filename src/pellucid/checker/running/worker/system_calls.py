"""The system calls that a worker may make: everything else fails with EPERM. A seccomp filter, assembled by hand.

An allow-list: a call that a new kernel adds is refused until it is listed here. A call that can reach another process, or outlive
this one, is listed with the arguments it may have: `kill` reaches this process only, `fcntl` cannot choose who gets a signal.
Sources: seccomp(2), bpf(4) of the BSDs, the kernel's tables of system calls.
"""

import platform
import struct

__all__ = ["ALLOWED", "ARCHITECTURES", "WRITING", "filter_program"]

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # as seccomp names them
ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026  # what a filter may answer

# Name: (number on x86-64, number on arm64); None: that machine does not have it.
ALLOWED: dict[str, tuple[int | None, int | None]] = {
    # files that are open, or that Landlock lets it open
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "close_range": (436, 436), "lseek": (8, 62), "pread64": (17, 67),
    "pwrite64": (18, 68), "readv": (19, 65), "writev": (20, 66), "preadv": (295, 69), "pwritev": (296, 70),
    "stat": (4, None), "fstat": (5, 80), "lstat": (6, None), "newfstatat": (262, 79), "statx": (332, 291),
    "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439), "statfs": (137, 43), "fstatfs": (138, 44),
    "getdents": (78, None), "getdents64": (217, 61), "readlink": (89, None), "readlinkat": (267, 78), "getcwd": (79, 17),
    "chdir": (80, 49), "fchdir": (81, 50), "umask": (95, 166), "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24),
    "pipe": (22, None), "pipe2": (293, 59), "poll": (7, None), "ppoll": (271, 73), "select": (23, None),
    "pselect6": (270, 72), "epoll_create1": (291, 20), "epoll_ctl": (233, 21), "epoll_wait": (232, None),
    "epoll_pwait": (281, 22), "eventfd2": (290, 19), "fsync": (74, 82), "fdatasync": (75, 83), "ftruncate": (77, 46),
    "fadvise64": (221, 223), "sendfile": (40, 71), "copy_file_range": (326, 285),
    # memory
    "mmap": (9, 222), "munmap": (11, 215), "mprotect": (10, 226), "mremap": (25, 216), "madvise": (28, 233), "brk": (12, 214),
    "mincore": (27, 232), "msync": (26, 227),
    # threads, and its own signals
    "futex": (202, 98), "futex_waitv": (449, 449), "set_robust_list": (273, 99), "set_tid_address": (218, 96),
    "rseq": (334, 293), "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "rt_sigpending": (127, 136), "rt_sigtimedwait": (128, 137),
    "rt_sigsuspend": (130, 133), "sigaltstack": (131, 132), "pause": (34, None), "alarm": (37, None),
    "setitimer": (38, 103), "getitimer": (36, 102), "exit": (60, 93), "exit_group": (231, 94), "wait4": (61, 260),
    "waitid": (247, 95), "restart_syscall": (219, 128),
    # time, chance, and who it is
    "nanosleep": (35, 101), "clock_nanosleep": (230, 115), "clock_gettime": (228, 113), "clock_getres": (229, 114),
    "gettimeofday": (96, 169), "time": (201, None), "getrandom": (318, 278), "getpid": (39, 172), "gettid": (186, 178),
    "getppid": (110, 173), "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177),
    "getresuid": (118, 148), "getresgid": (120, 150), "getgroups": (115, 158), "getpgid": (121, 155), "getpgrp": (111, None),
    "getsid": (124, 156), "uname": (63, 160), "sysinfo": (99, 179), "getrusage": (98, 165), "times": (100, 153),
    "getcpu": (309, 168), "getrlimit": (97, 163), "setrlimit": (160, 164),
}  # fmt: skip

# Allowed only where the worker's folder is a file system of its own with a size, and Landlock guards everything else.
WRITING: dict[str, tuple[int | None, int | None]] = {
    "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None), "unlink": (87, None), "unlinkat": (263, 35),
    "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276), "creat": (85, None),
}  # fmt: skip

# Allowed with certain arguments: each has a rule in `filter_program`.
KILL, TGKILL, FCNTL, IOCTL, PRCTL = (62, 129), (234, 131), (72, 25), (16, 29), (157, 167)
PRLIMIT64, CLONE, CLONE3, OPEN, OPENAT = (302, 261), (56, 220), (435, 435), (2, None), (257, 56)

# F_DUPFD, F_GETFD, F_SETFD, F_GETFL, the locks of lockf, F_DUPFD_CLOEXEC; F_SETFL has a rule of its own.
DESCRIPTOR_COMMANDS = (0, 1, 2, 3, 5, 6, 7, 1030)
F_SETFL, O_ASYNC = 4, 0o20000
# TCGETS, TCGETS2, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
TERMINAL_QUESTIONS = (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
PROCESS_OPTIONS = (15, 16, 0x53564D41)  # PR_SET_NAME, PR_GET_NAME, PR_SET_VMA: names only
O_ACCESS, O_CREAT, O_TRUNC = 0o3, 0o100, 0o1000
CLONE_THREAD = 0x00010000
NEW_NAMESPACES, CLONE_PTRACE, CLONE_PIDFD = 0x7E020080, 0x2000, 0x1000

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # opcodes
Instruction = tuple[int, int, int, int]  # opcode, jump if true, jump if false, operand


def filter_program(own: int, *, may_write: bool) -> bytes | None:
    """Return the filter for a process whose id is `own`; None on a machine whose numbers are not known.

    may_write: whether it may open files for writing, make folders and delete.
    """
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        return None
    column = list(ARCHITECTURES).index(machine)
    program: list[Instruction] = [
        (LOAD, 0, 0, 4),
        (EQUAL, 1, 0, ARCHITECTURES[machine]),
        (RETURN, 0, 0, EPERM),
        (LOAD, 0, 0, 0),
    ]
    if machine == "x86_64":  # calls of the x32 table would slip past the numbers
        program += [(AT_LEAST, 0, 1, 0x40000000), (RETURN, 0, 0, EPERM)]
    for call, rule in _rules(own, may_write=may_write):
        number = call[column]
        if number is not None:
            program += [(EQUAL, 0, len(rule), number), *rule]
    for call in (ALLOWED | (WRITING if may_write else {})).values():
        number = call[column]
        if number is not None:
            program += [(EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    program.append((RETURN, 0, 0, EPERM))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)


def _rules(own: int, *, may_write: bool) -> list[tuple[tuple[int | None, int | None], list[Instruction]]]:
    """Return, for each call whose arguments matter, the instructions that answer it."""
    refuse, allow = (RETURN, 0, 0, EPERM), (RETURN, 0, 0, ALLOW)
    set_flags = [(EQUAL, 0, 4, F_SETFL), _load(2), (ANY_BIT, 0, 1, O_ASYNC), refuse, allow]
    outside = NEW_NAMESPACES | CLONE_PTRACE | CLONE_PIDFD
    return [
        (OPENAT, _open_rule(2, may_write=may_write)),
        (OPEN, _open_rule(1, may_write=may_write)),
        (KILL, _one_of(0, (own,))),
        (TGKILL, _one_of(0, (own,))),
        (PRLIMIT64, _one_of(0, (0,))),
        (PRCTL, _one_of(0, PROCESS_OPTIONS)),
        (IOCTL, _one_of(1, TERMINAL_QUESTIONS)),
        (FCNTL, [_load(1), *set_flags, *_one_of(1, DESCRIPTOR_COMMANDS)]),
        (CLONE, [_load(0), (ANY_BIT, 2, 0, outside), (ANY_BIT, 0, 1, CLONE_THREAD), allow, refuse]),
        (CLONE3, [(RETURN, 0, 0, ENOSYS)]),  # its flags lie in memory; the C library falls back to clone
    ]


def _load(argument: int) -> Instruction:
    return (LOAD, 0, 0, 16 + 8 * argument)  # the lower half: the kernel reads no more of these arguments


def _one_of(argument: int, values: tuple[int, ...]) -> list[Instruction]:
    """Allow the call if an argument is one of these values."""
    tests = [(EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)]
    return [_load(argument), *tests, (RETURN, 0, 0, EPERM), (RETURN, 0, 0, ALLOW)]


def _open_rule(flags: int, *, may_write: bool) -> list[Instruction]:
    """Refuse to write, where that is not allowed; never let an open for reading truncate."""
    if not may_write:
        return [
            _load(flags),
            (ANY_BIT, 0, 1, O_ACCESS | O_CREAT | O_TRUNC),
            (RETURN, 0, 0, EPERM),
            (RETURN, 0, 0, ALLOW),
        ]
    return [
        _load(flags),
        (ANY_BIT, 2, 0, O_ACCESS),
        (ANY_BIT, 0, 1, O_TRUNC),
        (RETURN, 0, 0, EPERM),
        (RETURN, 0, 0, ALLOW),
    ]
