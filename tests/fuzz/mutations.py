"""Mutations of a file's bytes, each with a fixed seed: what disks, transfers, editors and mistaken names do to files."""

import contextlib
import os
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from pellucid.data import DataError
from pellucid.interop import InteropError
from pellucid.nets import StorageError
from pellucid.shapes import ShapeError
from pellucid.studies.study import StudyError
from pellucid.train.config import ConfigError

GIANT = 2**35  # bytes of a file that is mostly a hole
ROOM = 4 * 2**30  # bytes that reading may allocate
PATIENCE = 120  # seconds before a reader counts as hung: no measurement of speed
OWN_ERRORS = (ConfigError, DataError, InteropError, ShapeError, StorageError, StudyError)


def flip_bits(data, rng):
    for place in rng.integers(len(data), size=rng.integers(1, 4)):
        data[place] ^= 1 << rng.integers(8)
    return data


def replace_bytes(data, rng):
    start = rng.integers(len(data))
    length = int(rng.integers(1, 9))
    data[start : start + length] = rng.bytes(min(length, len(data) - start))
    return data


def cut_the_end(data, rng):
    return data[: rng.integers(len(data))]


def insert_bytes(data, rng):
    place = rng.integers(len(data) + 1)
    return data[:place] + rng.bytes(int(rng.integers(1, 40))) + data[place:]


def remove_bytes(data, rng):
    start = rng.integers(len(data))
    return data[:start] + data[start + rng.integers(1, 40) :]


def repeat_bytes(data, rng):
    start = rng.integers(len(data))
    part = data[start : start + rng.integers(1, 200)]
    return data[:start] + part * int(rng.integers(2, 30)) + data[start:]


def blow_up_a_length(data, rng):
    """Write a huge number, in one of the usual forms, at any place: of lengths and offsets, files are full."""
    huge = [
        b"\xff\xff\xff\x7f",
        b"\xff\xff\xff\xff",
        b"\x7f\xff\xff\xff",
        b"\xff" * 7 + b"\x7f",
        b"\x00" * 5 + b"\xff\x00\x00",
    ]
    number = huge[rng.integers(len(huge))]
    place = rng.integers(len(data))
    data[place : place + len(number)] = number
    return data


def blow_up_a_number(data, rng):
    """Put a run of nines in place of a digit of a text."""
    digits = [place for place, byte in enumerate(data) if 48 <= byte <= 57]
    if not digits:
        return blow_up_a_length(data, rng)
    place = digits[rng.integers(len(digits))]
    return data[:place] + b"9" * int(rng.choice([5, 25, 400, 5000])) + data[place + 1 :]


def bad_utf8(data, rng):
    place = rng.integers(len(data) + 1)
    return data[:place] + [b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\x00"][rng.integers(4)] + data[place:]


def zero_a_block(data, rng):
    start = rng.integers(len(data))
    length = min(int(rng.integers(1, 512)), len(data) - start)
    data[start : start + length] = bytes(length)
    return data


def byte_order_mark(data, rng):
    return b"\xef\xbb\xbf" + data


def empty(data, rng):
    return b""


ANYWHERE = (
    flip_bits, replace_bytes, cut_the_end, insert_bytes, remove_bytes, repeat_bytes, blow_up_a_length, blow_up_a_number,
    bad_utf8, zero_a_block,
)  # fmt: skip
ONCE = (empty, byte_order_mark)


def mutated(content: bytes, seed: int) -> bytes:
    """Return the content with mutation number `seed`: first those that have no place, then the others in turn."""
    if seed < len(ONCE):
        return bytes(ONCE[seed](bytearray(content), None))
    rng = np.random.default_rng(seed)
    change = ANYWHERE[seed % len(ANYWHERE)]
    return bytes(change(bytearray(content), rng))


def make_giant(path: Path) -> None:
    """Let a file seem to have 32 GiB, of which hardly anything is on the disk."""
    os.truncate(path, GIANT)


@contextlib.contextmanager
def limits() -> Iterator[None]:
    """Bound the memory that the block may allocate on top of what is in use; a file that is only mapped does not count."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    resource.setrlimit(resource.RLIMIT_DATA, (pages * resource.getpagesize() + ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _hung(*_):
    raise AssertionError("the reader hangs")


def complaint(use: Callable[[], object]) -> str | None:
    """Return the one line with which a file is refused, None where it is accepted; any other error is raised."""
    before = signal.signal(signal.SIGALRM, _hung)
    signal.alarm(PATIENCE)
    try:
        use()
    except OWN_ERRORS as error:
        message = str(error)
        assert message, "no words"
        assert len(message.splitlines()) == 1, message
        return message
    except MemoryError as error:
        if "is available; " in str(error):  # counted, and refused before anything was allocated
            return str(error)
        raise
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return None
