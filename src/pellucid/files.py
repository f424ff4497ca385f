"""Files that a user names: opened only if they are plain files, and read only up to a limit.

A pipe or a device could block the program, or never end. Refusing one raises an OSError, as a missing file does, so that whoever
reports unreadable files in one line reports these too.
"""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

__all__ = ["check_plain", "expanded", "is_utf8", "kind_of", "open_plain", "read_plain", "shown"]

_KINDS = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a named pipe"), (stat.S_ISSOCK, "a socket"))
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def open_plain(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a plain file for reading bytes. Raises OSError for anything else: `strerror` says what it is."""
    check_plain(path)  # before it is opened: opening some devices does something
    descriptor = os.open(path, _FLAGS)  # a pipe that has just taken the file's place does not block either
    try:
        _check_mode(os.fstat(descriptor).st_mode, path)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_plain(path: str | os.PathLike[str], *, limit: int) -> bytes:
    """Return the bytes of a plain file. Raises OSError for anything else, and for more than `limit` bytes."""
    with open_plain(path) as file:
        if os.fstat(file.fileno()).st_size <= limit:
            content = file.read(limit + 1)  # a file can grow
            if len(content) <= limit:
                return content
    raise _too_large(path, limit)


def check_plain(path: str | os.PathLike[str], *, limit: int | None = None) -> None:
    """Raise OSError unless there is a plain file of at most `limit` bytes at a path; for libraries that open paths themselves."""
    try:
        found = os.stat(path)
    except (UnicodeEncodeError, ValueError) as error:  # a null character; a letter that the system's encoding lacks
        raise OSError(errno.EINVAL, f"not a possible file name ({error})", os.fspath(path)) from None
    _check_mode(found.st_mode, path)
    if limit is not None and found.st_size > limit:
        raise _too_large(path, limit)


def kind_of(mode: int) -> str:
    """Return what is not a plain file, in words: "a named pipe"."""
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "a device")


def expanded(path: str | os.PathLike[str]) -> Path:
    """Return a path with `~` replaced by the user's home folder. Raises OSError where that is unknown."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise FileNotFoundError(errno.ENOENT, "the home folder of this user is not known", os.fspath(path)) from None


def is_utf8(text: str) -> bool:
    """Whether UTF-8 can hold a text: it cannot hold what stands for the bytes of a name in another encoding."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def shown(path: str | os.PathLike[str]) -> str:
    """Return a path as text that UTF-8 can hold: bytes that are not UTF-8 are written out, such as \\xff."""
    try:
        return os.fsencode(path).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # a letter that this system's encoding of names lacks
        return os.fspath(path).encode("utf-8", "backslashreplace").decode()


def _too_large(path: str | os.PathLike[str], limit: int) -> OSError:
    size = (
        f"{limit / 2**30:g} GiB"
        if limit >= 2**30
        else f"{limit / 2**20:g} MiB"
        if limit >= 2**20
        else f"{limit / 2**10:g} KiB"
    )
    return OSError(errno.EFBIG, f"larger than {size}", os.fspath(path))


def _check_mode(mode: int, path: str | os.PathLike[str]) -> None:
    if not stat.S_ISREG(mode):
        number = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
        raise OSError(number, f"{kind_of(mode)}, not a plain file", os.fspath(path))
