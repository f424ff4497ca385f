"""metrics.jsonl: one line per step and epoch, written as they happen.

A resume first removes the lines after the checkpoint, so that the file reads as if the run had never stopped. Damaged lines
are left out with a warning: they only feed figures, and must not cost the run.
"""

import json
import math
import warnings
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec

from pellucid.files import open_plain
from pellucid.nets import StorageError, write_atomically
from pellucid.train.events import EpochDone, Event, Started, StepDone

__all__ = ["Metrics", "MetricsFile", "metrics_in", "read_metrics"]

LONGEST_LINE = 2**16  # bytes; a line has about 200
LARGEST_FILE = 2**32  # bytes: twenty million steps
LARGEST_NUMBER = 1e100  # float32 ends at 3e38, and figures cannot be drawn up to 1e308


Count = Annotated[int, msgspec.Meta(ge=1, le=2**53)]


class _StepLine(msgspec.Struct, tag_field="event", tag="step"):
    step: Count
    epoch: Count
    loss: float | None


class _EpochLine(msgspec.Struct, tag_field="event", tag="epoch"):
    step: Count
    epoch: Count
    train_loss: float | None
    train_accuracy: float | None
    val_loss: float | None
    val_accuracy: float | None
    best: bool


_LINES = msgspec.json.Decoder(_StepLine | _EpochLine)  # what is read of a line; it holds more


class Metrics(NamedTuple):
    """The entries of a metrics file, and the numbers of the lines that are none, counted from 1."""

    entries: list[dict[str, Any]]
    damaged: list[int]


class MetricsFile:
    """Writes the lines of the events it is called with."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, event: Event) -> None:
        """Write the line of a step or an epoch."""
        if isinstance(event, Started):
            earlier = [entry for entry in self._read() if _is_before(entry, event)]
            write_atomically(self.path, "".join(map(_line, earlier)).encode())
        elif isinstance(event, (StepDone, EpochDone)):
            name = "step" if isinstance(event, StepDone) else "epoch"
            try:
                with open(self.path, "a", encoding="utf-8") as file:
                    file.write(_line({"event": name} | _finite(asdict(event))))
            except OSError as error:
                raise StorageError(f"cannot write {self.path}: {error.strerror or error}") from error

    def _read(self) -> list[dict[str, Any]]:
        entries, damaged = metrics_in(self.path)
        if damaged:
            shown = ", ".join(map(str, damaged[:5])) + (", ..." if len(damaged) > 5 else "")
            warnings.warn(f"{self.path}: left out {len(damaged)} damaged lines (line {shown})", stacklevel=2)
        return entries


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Return the entries of a metrics file, without damaged lines. Raises StorageError where it cannot be read."""
    return metrics_in(path).entries


def metrics_in(path: Path) -> Metrics:
    """Return the entries of a metrics file and where it is damaged; a last line that was cut off is left out silently."""
    entries: list[dict[str, Any]] = []
    damaged: list[int] = []
    for number, line in enumerate(_lines(path), start=1):
        if (entry := _entry(line)) is not None:
            entries.append(entry)
        elif line.endswith(b"\n"):
            damaged.append(number)
    return Metrics(entries, damaged)


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file, none longer than a limit."""
    try:
        with open_plain(path) as file:
            if path.stat().st_size > LARGEST_FILE:
                raise StorageError(
                    f"{path} is larger than {LARGEST_FILE >> 30} GiB; move it away, and resume without it"
                )
            while line := file.readline(LONGEST_LINE):
                yield line
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}") from None


def _entry(line: bytes) -> dict[str, Any] | None:
    """Return the entry of a line, or None where it is damaged."""
    try:
        _LINES.decode(line)
        entry: dict[str, Any] = json.loads(line)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None
    return entry if all(map(_is_plain, entry.values())) else None


def _is_plain(value: Any) -> bool:
    """Whether a line may hold a value: numbers, alone or by name, not infinite as JSON's 1e999 is in Python."""
    if isinstance(value, dict):
        return not any(isinstance(inner, dict) for inner in value.values()) and all(map(_is_plain, value.values()))
    return abs(value) <= LARGEST_NUMBER if isinstance(value, float) else not isinstance(value, list)


def _is_before(entry: dict[str, Any], start: Started) -> bool:
    return entry["epoch"] <= start.first_epoch if entry["event"] == "epoch" else entry["step"] <= start.first_step


def _line(entry: dict[str, Any]) -> str:
    return json.dumps(entry, allow_nan=False) + "\n"


def _finite(record: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN: values that are not finite become null."""
    found = {}
    for name, value in record.items():
        value = _finite(value) if isinstance(value, dict) else value
        found[name] = None if isinstance(value, float) and not math.isfinite(value) else value
    return found
