"""Lines of the user's own code: where backward, the step and the loss are called."""

import linecache
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

__all__ = ["Line", "users_line"]

_PACKAGES = tuple({sysconfig.get_paths()["purelib"], sysconfig.get_paths()["platlib"], sysconfig.get_paths()["stdlib"]})
_OWN = str(Path(__file__).parents[1])


@dataclass(frozen=True)
class Line:
    """A line of a file."""

    file: str
    number: int

    def __str__(self) -> str:
        """Return the file's name, the number and the text: `train.py:12: loss.backward()`."""
        text = linecache.getline(self.file, self.number).strip()
        return f"{Path(self.file).name}:{self.number}" + (f": {text}" if text else "")


def users_line() -> Line | None:
    """Return the innermost line that is neither in an installed package nor in this one; None if there is no such line."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith((_OWN, *_PACKAGES)) and not file.startswith("<frozen"):
            return Line(file, frame.f_lineno)
        frame = frame.f_back
    return None
