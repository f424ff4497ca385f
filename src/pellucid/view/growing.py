"""A file of lines that grows: read on from where reading stopped, a piece at a time; and what is made of its lines."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pellucid.files import check_plain, open_plain

__all__ = ["GrowingFile", "GrowingRecord"]

PIECE = 4 * 2**20  # bytes of one reading
LONGEST_LINE = 2**20  # bytes


@dataclass
class GrowingFile:
    """A file of lines. `read` returns the whole lines that have come since the last reading."""

    path: Path
    offset: int = 0  # of the first byte that no line was made of yet
    begun: int = 0  # how often reading began at the top: a file that got shorter, or was replaced, is another
    trouble: str = ""  # why it cannot be read; "" where it can, or is missing
    _identity: tuple[int, int] | None = field(default=None, repr=False)

    def read(self) -> Sequence[bytes]:
        """Return the next whole lines, at most PIECE bytes; none where nothing has come. `begun` grows where they start again."""
        self.trouble = ""
        try:
            check_plain(self.path)
            found = os.stat(self.path)
            identity = (found.st_dev, found.st_ino)
            if identity != self._identity or found.st_size < self.offset:
                self._identity, self.offset, self.begun = identity, 0, self.begun + 1
            if found.st_size <= self.offset:
                return ()
            return self._lines()
        except FileNotFoundError:
            return ()
        except OSError as error:
            self.trouble = error.strerror or str(error)
            return ()

    def _lines(self) -> Sequence[bytes]:
        with open_plain(self.path) as file:
            file.seek(self.offset)
            content = file.read(PIECE)
        end = content.rfind(b"\n") + 1
        if end == 0 and len(content) > LONGEST_LINE:  # no line is as long: skip it in pieces
            end = len(content)
        self.offset += end
        return content[:end].splitlines()


class GrowingRecord:
    """What is made of the lines of a file as they come, again from its beginning where it is another file."""

    def __init__(self, path: Path) -> None:
        self.file = GrowingFile(path)
        self.version = self.damaged = 0  # how often lines came, and how many of them made no sense
        self._begun = 0
        self._clear()

    def refresh(self) -> bool:
        """Read what has come; return whether there may be more at once."""
        lines = self.file.read()
        if self.file.begun != self._begun:
            self.version = self.damaged = 0
            self._clear()
            self._begun = self.file.begun
        if lines:
            self._add(lines)
            self.version += 1
        return bool(lines)

    def _clear(self) -> None:
        """Forget everything."""
        raise NotImplementedError

    def _add(self, lines: Sequence[bytes]) -> None:
        """Take lines that have come."""
        raise NotImplementedError
