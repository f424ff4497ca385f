"""metrics.jsonl: one line per step and epoch, written as they happen.

A resume first removes the lines after the checkpoint, so that the file reads as if the run had never stopped.
"""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pellucid.nets import StorageError, write_atomically
from pellucid.train.events import EpochDone, Event, Started, StepDone

__all__ = ["MetricsFile", "read_metrics"]


class MetricsFile:
    """Writes the lines of the events it is called with."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, event: Event) -> None:
        """Write the line of a step or an epoch."""
        if isinstance(event, Started):
            earlier = [entry for entry in read_metrics(self.path) if _is_before(entry, event)]
            write_atomically(self.path, "".join(map(_line, earlier)).encode())
        elif isinstance(event, (StepDone, EpochDone)):
            name = "step" if isinstance(event, StepDone) else "epoch"
            try:
                with open(self.path, "a", encoding="utf-8") as file:
                    file.write(_line({"event": name} | _finite(asdict(event))))
            except OSError as error:
                raise StorageError(f"cannot write {self.path}: {error.strerror or error}") from error


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Return the entries of a metrics file, without a last line that was cut off."""
    if not path.exists():
        return []
    entries = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entries.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return entries


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
