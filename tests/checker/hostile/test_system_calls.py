"""The allow-list of system calls: its numbers are the kernel's, and the refused stay refused."""

import re
from pathlib import Path

import pytest

from pellucid.checker.running.worker import system_calls

KERNEL = {
    0: Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    1: Path("/usr/include/asm-generic/unistd.h"),  # arm64 uses the generic table
}
NEVER = {
    "ptrace", "process_vm_readv", "process_vm_writev", "tkill", "rt_sigqueueinfo", "pidfd_open", "pidfd_send_signal", "socket",
    "execve", "execveat", "fork", "vfork", "unshare", "setns", "mount", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup",
    "shmget", "msgget", "semget", "mq_open", "add_key", "keyctl", "memfd_create", "chmod", "fchmod", "fchmodat", "chown",
    "utimensat", "setxattr", "fsetxattr", "sched_setaffinity", "setpriority", "kcmp", "truncate", "link", "symlink", "mknod",
    "openat2", "fallocate",
}  # fmt: skip
WITH_RULES = {
    "kill": system_calls.KILL, "tgkill": system_calls.TGKILL, "fcntl": system_calls.FCNTL, "ioctl": system_calls.IOCTL,
    "prctl": system_calls.PRCTL, "prlimit64": system_calls.PRLIMIT64, "clone": system_calls.CLONE,
    "clone3": system_calls.CLONE3, "open": system_calls.OPEN, "openat": system_calls.OPENAT,
}  # fmt: skip


@pytest.mark.parametrize("column", KERNEL)
def test_the_numbers_are_the_kernels(column):
    if not KERNEL[column].is_file():
        pytest.skip("needs the kernel's headers")
    pattern = r"#define __NR(?:3264)?_(\w+)\s+(\d+)"
    numbers = {name: int(number) for name, number in re.findall(pattern, KERNEL[column].read_text())}
    numbers["newfstatat"] = numbers.get("newfstatat", numbers.get("fstatat"))
    table = system_calls.ALLOWED | system_calls.WRITING | WITH_RULES
    assert {name: numbers.get(name) for name in table} == {name: entry[column] for name, entry in table.items()}


def test_what_is_never_allowed():
    table = system_calls.ALLOWED | system_calls.WRITING
    assert not NEVER & table.keys()
    assert not {entry for name, entry in WITH_RULES.items()} & set(table.values())


def test_an_unknown_machine_has_no_filter(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert system_calls.filter_program(2, may_write=True) is None
