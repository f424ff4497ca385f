"""Files that a user names: opened only if they are plain files, read only up to a limit, and written whole or not at all.

A pipe or a device could block the program, or never end. Refusing one raises an OSError, as a missing file does, so that whoever
reports unreadable files in one line reports these too.
"""

import contextlib
import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

__all__ = [
    "absence",
    "check_plain",
    "check_replaceable",
    "expanded",
    "is_utf8",
    "kind_of",
    "open_plain",
    "partial_path",
    "read_plain",
    "shown",
    "write_whole",
]

_LONGEST_NAME = 40  # characters in the name of a temporary file: a name has at most 255 bytes
_KINDS = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a named pipe"), (stat.S_ISSOCK, "a socket"))
_STREAMS = ("/proc/", "/dev/fd")
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


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that, whenever the process dies and whoever else writes it, the old content or the new is there, whole.

    A file that is replaced keeps its permissions; a link is replaced, not followed, since in a folder of somebody else's it may
    lead anywhere. Raises OSError where the file cannot be written, and for a device or a stream, which would be lost.
    """
    temporary = partial_path(path)
    check_replaceable(path)
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _keep_permissions(path, temporary)
        os.replace(temporary, path)
        _flush_folder(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def partial_path(path: Path) -> Path:
    """Return where `write_whole` collects a file: a name that cannot be guessed, since a link could lie there to any file."""
    return path.parent / f".{path.name[:_LONGEST_NAME]}.{os.urandom(8).hex()}.part"


def check_replaceable(path: str | os.PathLike[str]) -> None:
    """Raise OSError where a file put at a path would end what it is for: a device or a socket, itself or by links, and a stream of
    a process, such as /dev/stdout, whatever it leads to."""
    if _is_stream(path):
        raise OSError(errno.EINVAL, "a stream of a process, not a plain file; name a file", os.fspath(path))
    with contextlib.suppress(FileNotFoundError):
        mode = os.stat(path).st_mode
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
            raise OSError(errno.EINVAL, f"{kind_of(mode)}, not a plain file", os.fspath(path))


def _is_stream(path: str | os.PathLike[str]) -> bool:
    """Whether a path is /dev/stdout, /dev/fd/1 or the like: in the system's folder of streams, or a link into it."""
    folder = os.path.realpath(os.path.dirname(os.fspath(path)) or ".")
    target = os.path.join(folder, os.readlink(path)) if os.path.islink(path) else ""
    return folder.startswith(_STREAMS) or os.path.realpath(os.path.dirname(target)).startswith(_STREAMS)


def kind_of(mode: int) -> str:
    """Return what is not a plain file, in words: "a named pipe"."""
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "a device")


def absence(path: str | os.PathLike[str]) -> str:
    """Return why there is no file at a path, in words: there is nothing, or a folder."""
    return "a folder, not a plain file" if os.path.isdir(path) else "no such file"


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


def _keep_permissions(path: Path, temporary: Path) -> None:
    with contextlib.suppress(OSError, NotImplementedError):
        found = path.lstat().st_mode
        if stat.S_ISREG(found):
            temporary.chmod(stat.S_IMODE(found))


def _flush_folder(folder: Path) -> None:
    """Make a rename durable (where the system lets a folder be opened)."""
    with contextlib.suppress(OSError, AttributeError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


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
